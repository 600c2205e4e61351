// SPDX-License-Identifier: MIT
#include "conformance/traces/player.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <map>
#include <memory>
#include <optional>
#include <regex>

#include "conformance/schemas/conversation.h"
#include "conformance/stage/kept_files.h"
#include "conformance/stage/loop.h"
#include "conformance/stage/sandbox.h"
#include "conformance/traces/model_answers.h"
#include "conformance/traces/places.h"
#include "conformance/traces/unifier.h"
#include "wire/child_process.h"
#include "wire/framing.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using Kind = TraceLine::Kind;
using std::chrono::milliseconds;

// How long a frame may take that came at once in the recording.
constexpr milliseconds kPatience(700);
constexpr milliseconds kMostPatience(30'000);
constexpr milliseconds kStartLimit(8000);
constexpr milliseconds kExitLimit(6000);

std::string KeyOn(int connection, const std::string& key) {
  return connection > 1 ? fmt::format("[{}] {}", connection, key) : key;
}

Json ExitMessage(const wire::ExitStatus& status) {
  if (status.signal == 0) return {{"code", status.code}, {"signal", nullptr}};
  const std::string name = status.signal == SIGTERM   ? "SIGTERM"
                           : status.signal == SIGKILL ? "SIGKILL"
                                                      : status.ToString();
  return {{"code", nullptr}, {"signal", name}};
}

// The port of a server on TCP is another one each time.
std::string AnyPort(const std::string& text) {
  static const std::regex port("port [0-9]+");
  return std::regex_replace(text, port, "port <PORT>");
}

// A port that nobody listens on. Somebody else might take it before it is
// used; then the model does not start, and says so.
int FreePort(asio::io_context& io) {
  const asio::ip::tcp::acceptor taken(io,
                                      {asio::ip::address_v4::loopback(), 0});
  return taken.local_endpoint().port();
}

// "<3 a>" stands for "aaa".
std::string Repeated(const std::string& raw) {
  static const std::regex repetition("<([0-9]+) (.)>");
  std::smatch found;
  if (!std::regex_search(raw, found, repetition)) return raw;
  const size_t count = std::stoul(found[1].str());
  return found.prefix().str() + std::string(count, *found[2].first) +
         found.suffix().str();
}

// An answer to sessionFs.readFile without what the file held.
bool IsFileLeftOut(const Json& message) {
  const Json result =
      message.is_object() ? message.value("result", Json()) : Json();
  const Json content =
      result.is_object() ? result.value("content", Json()) : Json();
  return content.is_string() &&
         content.get_ref<const std::string&>().rfind("<elided ", 0) == 0;
}

// One program that was started, and what connects us with it.
struct Process {
  std::unique_ptr<wire::ChildProcess> child;
  bool stdio = true;
  int port = 0;
  std::string out;  // stdout of a server on TCP
  std::string errors;
};

struct Connection {
  std::unique_ptr<wire::Transport> transport;
  std::unique_ptr<wire::Framing> framing = wire::MakeContentLengthFraming();
};

class Player {
 public:
  Player(const Trace& trace, const Settings& settings)
      : trace_(trace), settings_(settings), loop_(std::chrono::minutes(5)) {
    for (const Frame& frame : RecordedFrames(trace)) {
      recorded_[frame.key].push_back(frame.message);
    }
  }

  std::vector<Frame> Run() {
    KnowPlaces();
    StartModel();
    std::map<std::string, size_t> due;
    for (const TraceLine& line : trace_.lines) {
      switch (line.kind) {
        case Kind::kFiles:
          Prepare(line.message);
          break;
        case Kind::kSpawn:
          Start(line);
          break;
        case Kind::kCame: {
          const std::string key = KeyOn(line.connection, KeyOf(line.message));
          if (!IsRacy(key)) ++due[key];
          break;
        }
        case Kind::kSent:
          WaitFor(due, line);
          Send(line);
          break;
        case Kind::kNote:
          WaitFor(due, line);
          Do(line);
          break;
        case Kind::kExit:
          WaitFor(due, line);
          End(line);
          break;
        case Kind::kModel:
        case Kind::kText:
          break;
      }
    }
    connections_.clear();
    std::string out;
    std::string errors;
    for (auto& [number, process] : processes_) {
      out += process.out;
      errors += process.errors;
    }
    AddText("stdout", out);
    AddText("stderr", errors);
    return std::move(came_);
  }

 private:
  void StartModel() {
    const int port = FreePort(loop_.io());
    const std::string origin = fmt::format("http://127.0.0.1:{}", port);
    places_.Add("<MODEL_URL>", origin + "/v1");
    places_.Add("<MODEL_ORIGIN>", origin);
    sandbox_.Write(sandbox_.own("script"), R"({"brain":"model"})");
    const std::string script = sandbox_.own("model.json");
    sandbox_.Write(script, places_.ToHere(ModelAnswers(trace_)).dump(1));
    wire::ChildOptions options;
    options.argv = {settings_.fake_model, "--port", std::to_string(port),
                    "--script", script};
    auto model = wire::ChildProcess::Spawn(loop_.io(), std::move(options));
    if (!model) throw EnvironmentFailed(model.error());
    model_ = std::move(*model);
    model_output_ = model_->TakeTransport();
    std::string text;
    model_output_->Start([&](std::string_view bytes) { text += bytes; },
                         [](const std::string&) {});
    const bool started =
        loop_.RunFor(kStartLimit, [&] { return text.find('\n') != text.npos; });
    if (!started) throw EnvironmentFailed("fake-model did not start");
    model_output_->Start([](std::string_view) {}, [](const std::string&) {});
  }

  void KnowPlaces() {
    places_.Add("<COPILOT_HOME>", sandbox_.home() + "/.copilot");
    places_.Add("<CACHE>", settings_.cache + "/copilot");
    places_.Add("<CWD>", sandbox_.workspace());
    places_.Add("<HOME>", sandbox_.home());
    places_.Add("<TMP>", sandbox_.temp());
    places_.Add("<MCP_SERVER>", settings_.fake_mcp);
    places_.Add("<TOKEN>", "lab-token-0123456789");
  }

  // The files that were there before. A name with a slash at its end is a
  // directory.
  void Prepare(const Json& files) {
    for (const auto& [name, content] : files.items()) {
      sandbox_.Write(places_.ToHere(name), content);
    }
  }

  void Start(const TraceLine& line) {
    Process& process = processes_[line.process];
    wire::ChildOptions options;
    options.argv = {settings_.cli};
    process.stdio = false;
    for (const Json& argument : line.message.value("args", Json::array())) {
      options.argv.push_back(places_.ToHere(argument.get<std::string>()));
      process.stdio |= argument == "--stdio";
    }
    options.environment = {"HOME=" + sandbox_.home(), "PATH=" + settings_.path,
                           "TMPDIR=" + sandbox_.temp(), "LANG=C.UTF-8",
                           "XDG_CACHE_HOME=" + settings_.cache,
                           // Only the fake reads this.
                           "FAKE_COPILOT_SCRIPT=" + sandbox_.own("script")};
    for (const auto& [name, value] : Section(line.message, "env").items()) {
      options.environment.push_back(name + "=" +
                                    places_.ToHere(value.get<std::string>()));
    }
    options.working_directory = sandbox_.workspace();
    options.on_stderr = [&process](std::string_view text) {
      process.errors += text;
    };
    auto child = wire::ChildProcess::Spawn(loop_.io(), std::move(options));
    if (!child) throw EnvironmentFailed(child.error());
    process.child = std::move(*child);
    if (process.stdio) {
      Adopt(FirstConnection(line), process.child->TakeTransport());
      return;
    }
    process_output_.push_back(process.child->TakeTransport());
    process_output_.back()->Start(
        [&process](std::string_view bytes) { process.out += bytes; },
        [](const std::string&) {});
    current_ = line.process;
  }

  // The connection that a process on stdio talks over.
  int FirstConnection(const TraceLine& spawn) const {
    for (const TraceLine& line : trace_.lines) {
      if (line.number > spawn.number &&
          (line.kind == Kind::kSent || line.kind == Kind::kCame)) {
        return line.connection;
      }
    }
    return spawn.connection;
  }

  void Adopt(int number, std::unique_ptr<wire::Transport> transport) {
    Connection& connection = connections_[number];
    connection.framing = wire::MakeContentLengthFraming();
    connection.transport = std::move(transport);
    connection.transport->Start(
        [this, number](std::string_view bytes) { Received(number, bytes); },
        [](const std::string&) {});
  }

  void Received(int number, std::string_view bytes) {
    wire::Framing& framing = *connections_[number].framing;
    framing.Append(bytes);
    while (const auto body = framing.Next()) {
      if (!*body) return;
      Take(number, Json::parse(**body, nullptr, false));
    }
  }

  void Take(int number, const Json& raw) {
    Frame frame;
    frame.message = places_.ToRecording(raw);
    frame.key = KeyOn(number, KeyOf(frame.message));
    frame.answered = conversations_[number].Answered(frame.message);
    const auto recorded = recorded_.find(frame.key);
    const size_t nth = seen_[frame.key]++;
    if (recorded != recorded_.end() && nth < recorded->second.size()) {
      const Json& twin = recorded->second[nth];
      (void)unifier_.Compare(twin, frame.message);
      if (frame.key.find("request ") != std::string::npos) {
        request_ids_[twin["id"].dump()] = raw["id"];
      }
    }
    TakeFile(raw);
    came_.push_back(std::move(frame));
  }

  // A client that keeps the CLI's files: what is in them (sessionFs.*).
  void TakeFile(const Json& request) {
    const std::string method = request.value("method", "");
    if (method.rfind("sessionFs.", 0) != 0) return;
    const Json params = request.value("params", Json::object());
    (void)files_.Answer(method.substr(10), params);
    if (method == "sessionFs.readFile") {
      read_[request.value("id", Json()).dump()] = params.value("path", "");
    }
  }

  // Longer where the recording paused.
  milliseconds PatienceFor(const TraceLine& line) {
    const milliseconds pause(line.moment_ms - last_moment_ms_);
    last_moment_ms_ = line.moment_ms;
    pause_ = milliseconds(line.moment_ms - last_sent_ms_);
    if (line.kind == Kind::kSent) last_sent_ms_ = line.moment_ms;
    if (!answered_once_) return kStartLimit;
    return std::min(kPatience + pause * 3 / 2, kMostPatience);
  }

  // What does not come is given up, so that it delays one line only.
  void WaitFor(std::map<std::string, size_t>& due, const TraceLine& line) {
    const milliseconds patience = PatienceFor(line);
    const auto all = [&] {
      for (const auto& [key, count] : due) {
        const auto seen = seen_.find(key);
        if (seen == seen_.end() || seen->second < count) return false;
      }
      return true;
    };
    if (loop_.RunFor(patience, all)) {
      answered_once_ |= !due.empty();
      return;
    }
    for (auto& [key, count] : due) count = std::min(count, seen_[key]);
  }

  void Send(const TraceLine& line) {
    if (!connections_.contains(line.connection)) Dial(line.connection);
    const auto found = connections_.find(line.connection);
    if (found == connections_.end()) return;
    if (line.message.is_null()) {
      found->second.transport->Send(Repeated(line.raw));
      return;
    }
    Json message = unifier_.Translate(places_.ToHere(line.message));
    conversations_[line.connection].Asked(message);
    if (!message.contains("method") && message.contains("id")) {
      const auto id = request_ids_.find(message["id"].dump());
      if (id != request_ids_.end()) message["id"] = id->second;
      if (IsFileLeftOut(message)) {
        message["result"]["content"] =
            files_.Content(read_[message["id"].dump()]);
      }
    }
    std::string bytes;
    found->second.framing->Encode(message.dump(), &bytes);
    found->second.transport->Send(std::move(bytes));
  }

  void Dial(int number) {
    const auto found = processes_.find(current_);
    if (found == processes_.end() || found->second.stdio) return;
    Process& process = found->second;
    constexpr std::string_view kMark = "listening on port ";
    loop_.RunFor(kStartLimit,
                 [&] { return process.out.find('\n') != std::string::npos; });
    const size_t at = process.out.find(kMark);
    if (at == std::string::npos) return;
    process.port = std::atoi(process.out.c_str() + at + kMark.size());
    auto transport = wire::DialTcp(loop_.io(), "127.0.0.1", process.port, 5000);
    if (transport) Adopt(number, std::move(*transport));
  }

  void Do(const TraceLine& line) {
    if (!line.message.is_string()) return;
    const std::string note = line.message;
    const auto process = processes_.find(line.process);
    if (note.find("close stdin") != note.npos ||
        note.find("closing stdin") != note.npos) {
      const auto found = connections_.find(line.connection);
      if (found != connections_.end()) found->second.transport->CloseWrite();
    } else if (note == "send SIGTERM" && process != processes_.end()) {
      process->second.child->Signal(SIGTERM);
    } else if (note.find("connection closed") == 0) {
      if (IsUsedAfter(line)) connections_.erase(line.connection);
    } else if (note.find("disconnects") != note.npos) {
      connections_.erase(std::atoi(note.c_str() + note.find(' ')));
    }
  }

  // Whether the process goes on when a connection with it has ended: then it
  // was the client that ended it.
  bool IsUsedAfter(const TraceLine& line) const {
    for (const TraceLine& other : trace_.lines) {
      if (other.number <= line.number) continue;
      if (other.kind == Kind::kExit) return false;
      if (other.kind == Kind::kSent) return true;
    }
    return false;
  }

  void End(const TraceLine& line) {
    const auto found = processes_.find(line.process);
    if (found == processes_.end() || !found->second.child) return;
    wire::ChildProcess& child = *found->second.child;
    if (line.message.value("signal", Json()) == "SIGKILL") {
      loop_.RunFor(std::min(pause_, kMostPatience), [] { return false; });
      child.Kill();
    }
    const auto ended = [&] { return child.exit_status().has_value(); };
    if (!loop_.RunFor(kPatience + pause_ * 3 / 2, ended)) {
      // Whoever made the recording ended it somehow.
      if (line.message.value("signal", Json()) == "SIGTERM") {
        child.Signal(SIGTERM);
      } else {
        for (auto& [number, connection] : connections_) {
          connection.transport->CloseWrite();
        }
      }
    }
    if (!loop_.RunFor(kExitLimit, ended)) child.Kill();
    loop_.RunFor(kExitLimit, ended);
    if (const auto status = child.exit_status()) {
      came_.push_back({"exit", ExitMessage(*status), 0, false});
    }
  }

  void AddText(const std::string& stream, const std::string& text) {
    if (text.empty()) return;
    came_.push_back({stream, AnyPort(places_.ToRecording(text)), 0, false});
  }

  const Trace& trace_;
  const Settings& settings_;
  Places places_;
  Sandbox sandbox_;
  Loop loop_;
  Unifier unifier_;
  std::unique_ptr<wire::ChildProcess> model_;
  std::unique_ptr<wire::Transport> model_output_;
  std::map<int, Process> processes_;
  std::vector<std::unique_ptr<wire::Transport>> process_output_;
  std::map<int, Connection> connections_;
  int current_ = 0;  // the process that is dialled
  bool answered_once_ = false;
  milliseconds pause_{0};  // of the recording, since the client spoke
  int last_sent_ms_ = 0;
  int last_moment_ms_ = 0;  // when the client did something
  std::map<std::string, std::vector<Json>> recorded_;
  std::map<std::string, size_t> seen_;
  std::map<std::string, Json> request_ids_;
  std::map<int, Conversation> conversations_;  // by connection
  KeptFiles files_;
  std::map<std::string, std::string> read_;  // paths, by request
  std::vector<Frame> came_;
};

// What a recording needs that is not here; empty when nothing.
std::string Obstacle(const Trace& trace) {
  for (const TraceLine& line : trace.lines) {
    const std::string text = line.message.dump();
    if (line.kind == Kind::kSent && text.find("<elided ") != text.npos &&
        !IsFileLeftOut(line.message)) {
      return "a part of what the client said is left out";
    }
  }
  return "";
}

// Answers that overtake the events which follow from the call, and the other
// way round (protocol 10).
bool AnsweredAnyTime(const std::string& method) {
  return method == "session.send" ||
         method.find(".handlePending") != std::string::npos;
}

}  // namespace

std::vector<Frame> RecordedFrames(const Trace& trace) {
  std::vector<Frame> frames;
  std::map<int, Conversation> conversations;  // by connection
  std::map<std::string, Frame> texts;         // of all processes, by stream
  for (const TraceLine& line : trace.lines) {
    if (line.kind == Kind::kSent) {
      conversations[line.connection].Asked(line.message);
    } else if (line.kind == Kind::kCame) {
      const std::string answered =
          conversations[line.connection].Answered(line.message);
      frames.push_back({KeyOn(line.connection, KeyOf(line.message)),
                        line.message, line.number, AnsweredAnyTime(answered),
                        answered});
    } else if (line.kind == Kind::kExit) {
      frames.push_back({"exit", line.message, line.number});
    } else if (line.kind == Kind::kText && line.message.is_string()) {
      Frame& text = texts[line.stream];
      text.key = line.stream;
      text.line = line.number;
      text.message =
          AnyPort((text.message.is_string() ? text.message.get<std::string>()
                                            : std::string()) +
                  line.message.get<std::string>());
    }
  }
  for (auto& [stream, text] : texts) frames.push_back(std::move(text));
  return frames;
}

tl::expected<std::vector<Frame>, std::string> Play(const Trace& trace,
                                                   const Settings& settings) {
  const std::string obstacle = Obstacle(trace);
  if (!obstacle.empty()) return tl::unexpected(obstacle);
  try {
    return Player(trace, settings).Run();
  } catch (const std::exception& failure) {
    return tl::unexpected(std::string(failure.what()));
  }
}

}  // namespace copilot::conformance

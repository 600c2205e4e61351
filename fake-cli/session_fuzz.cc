// SPDX-License-Identifier: MIT
//
// A client that says anything to an open session: a JSON-RPC message per line,
// `$S` standing for the session's id and `$P` for what waits for an answer. A
// line that begins with `!` goes to the server as it is, without a frame.
// Nothing may crash, hang or grow without bound.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "fake-cli/server.h"
#include "wire/framing.h"

namespace copilot::fake_cli {
namespace {

constexpr char kSession[] = "11111111-2222-3333-4444-555555555555";
constexpr size_t kMostLines = 40;

// The other end of the server's connection.
class Client : public wire::Transport {
 public:
  // `end` outlives the server: where it is told what was sent.
  struct End {
    std::function<void(std::string_view)> say;
    std::string pending;  // the last request id that was told
  };

  explicit Client(End* end) : end_(end) {}
  ~Client() override { end_->say = nullptr; }

  void Start(std::function<void(std::string_view)> on_bytes,
             std::function<void(const std::string&)>) override {
    end_->say = std::move(on_bytes);
  }
  void Send(std::string bytes) override {
    constexpr std::string_view kMember = "\"requestId\":\"";
    const size_t at = bytes.rfind(kMember);
    if (at == std::string::npos) return;
    end_->pending = bytes.substr(at + kMember.size(), 36);
  }
  void CloseWrite() override {}
  void Close() override { end_->say = nullptr; }

 private:
  End* end_;
};

// A home of this process, empty for each run.
class Home {
 public:
  Home() {
    std::string path = std::filesystem::temp_directory_path() / "fuzz-XXXXXX";
    path_ = mkdtemp(path.data());
  }
  ~Home() { Clear(); }
  const std::string& path() const { return path_; }
  void Clear() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

 private:
  std::string path_;
};

std::string Replaced(std::string text, std::string_view what,
                     std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

void Say(const Client::End& end, asio::io_context& io,
         const std::string& line) {
  if (!end.say) return;
  std::string bytes;
  if (line.rfind('!', 0) == 0) {
    bytes = line.substr(1);
  } else {
    wire::MakeContentLengthFraming()->Encode(line, &bytes);
  }
  end.say(bytes);
  io.poll();
}

void Play(std::string_view lines) {
  static Home home;
  asio::io_context io(1);
  LaunchOptions options;
  options.stdio = true;
  options.copilot_home = home.path();
  Journal journal;
  Client::End end;
  {
    Server server(io, options, Script(), journal);
    server.AddConnection(std::make_unique<Client>(&end));
    Say(end, io, R"({"jsonrpc":"2.0","id":1,"method":"connect","params":{}})");
    Say(end, io,
        std::string(R"({"jsonrpc":"2.0","id":2,"method":"session.create",)") +
            R"("params":{"sessionId":")" + kSession +
            R"(","requestPermission":true,"tools":[{"name":"t"}]}})");
    for (size_t i = 0; i < kMostLines && !lines.empty(); ++i) {
      const size_t length = std::min(lines.find('\n'), lines.size());
      std::string line(lines.substr(0, length));
      lines.remove_prefix(std::min(length + 1, lines.size()));
      Say(end, io, Replaced(Replaced(line, "$S", kSession), "$P", end.pending));
    }
  }
  home.Clear();
}

}  // namespace
}  // namespace copilot::fake_cli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  copilot::fake_cli::Play({reinterpret_cast<const char*>(data), size});
  return 0;
}

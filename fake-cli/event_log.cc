// SPDX-License-Identifier: MIT
#include "fake-cli/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "fake-cli/attachments.h"
#include "fake-cli/json_object.h"
#include "wire/message.h"

namespace copilot::fake_cli {

namespace {

constexpr size_t kMostSent = 10'000;

// Some events are shorter in the file than on the wire (protocol 21).
std::string ForTheFile(std::string_view type, const std::string& event) {
  if (type != "system.message" && type != "tool.execution_complete" &&
      type != "user.message") {
    return event;
  }
  auto document = nlohmann::ordered_json::parse(event, nullptr, false);
  if (!document.is_object() || !document["data"].is_object()) return event;
  auto& data = document["data"];
  data.erase("contentBlocks");
  if (data.contains("attachments")) NameAssets(&data["attachments"]);
  const auto result = data.find("result");
  if (result != data.end() && result->contains("content") &&
      result->value("detailedContent", nlohmann::ordered_json()) ==
          (*result)["content"]) {
    result->erase("detailedContent");
  }
  return document.dump();
}

// What is kept of the model's work on a compaction counts nowhere.
bool IsOfCompaction(std::string_view event) {
  return wire::RawString(wire::RawMember(event, "type")).rfind("model.", 0) ==
         0;
}

// The text of a system message, as raw JSON.
std::string_view SystemText(std::string_view event) {
  return wire::RawMember(wire::RawMember(event, "data"), "content");
}

}  // namespace

EventLog::EventLog(IdSource& ids, std::function<void(const std::string&)> send,
                   std::function<void(std::string_view)> persisted)
    : ids_(ids),
      send_(std::move(send)),
      persisted_(std::move(persisted)),
      modified_ms_(NowMs()) {}

std::string EventLog::Envelope(std::string_view type, std::string_view data,
                               const EventOptions& options,
                               const std::string& id) {
  modified_ms_ = NowMs();
  JsonObject event;
  event.Text("type", type).Raw("data", data);
  if (options.ephemeral) event.Bool("ephemeral", true);
  event.TextIf("agentId", options.agent_id);
  event.Text("id", id).Text("timestamp", IsoTime(modified_ms_));
  const std::string& parent =
      options.chain == nullptr ? parent_ : *options.chain;
  if (parent.empty()) {
    event.Null("parentId");
  } else {
    event.Text("parentId", parent);
  }
  return event.str();
}

void EventLog::Emulate(const Release* release, Ask ask) {
  release_ = release;
  remembers_all_ = release->remembers_all_events();
  ask_ = std::move(ask);
}

std::string EventLog::Emit(std::string_view type, std::string_view data,
                           const EventOptions& options) {
  if (forward_) return forward_(type, data, options);
  if (release_ == nullptr) return Tell(type, data, options);
  return EmitAsThen(type, data, options);
}

std::string EventLog::EmitAsThen(std::string_view type, std::string_view today,
                                 EventOptions options) {
  std::string data = release_->Data(
      type, today,
      [this](const std::string& earlier) { return LastData(earlier); });
  if (const RequestForm* request = release_->RequestFor(type)) {
    ask_(*request, data);
    return "";
  }
  if (!release_->Tells(type, options.occasion)) {
    last_of_type_[std::string(type)] = JsonObject().Raw("data", data).str();
    return "";
  }
  options.ephemeral |= !release_->Keeps(type);
  if (held_ && held_->awaited != type && !options.ephemeral) TellHeld();
  std::string awaited = release_->Awaited(type);
  if (!awaited.empty() && options.chain == nullptr) {
    held_ = Held{std::move(awaited), std::string(type), std::move(data),
                 std::move(options)};
    return "";
  }
  std::string id = Tell(type, data, options);
  if (held_ && held_->awaited == type) TellHeld();
  for (const FollowingEvent& next : release_->Following(type)) {
    EventOptions how;
    how.ephemeral = next.ephemeral;
    Tell(next.type, next.data, how);
  }
  return id;
}

void EventLog::TellHeld() {
  const auto held = std::exchange(held_, std::nullopt);
  Tell(held->type, held->data, held->options);
}

std::string EventLog::LastData(const std::string& type) const {
  const auto found = last_of_type_.find(type);
  return found == last_of_type_.end()
             ? ""
             : std::string(wire::RawMember(found->second, "data"));
}

std::string EventLog::Tell(std::string_view type, std::string_view data,
                           const EventOptions& options) {
  const std::string id = options.id.empty() ? ids_.Uuid() : options.id;
  std::string event = Envelope(type, data, options, id);
  send_(event);
  sent_.push_back({id, event});
  if (sent_.size() > kMostSent) {
    sent_.pop_front();
    ++sent_before_;
  }
  if (!options.ephemeral || remembers_all_) {
    (options.chain == nullptr ? parent_ : *options.chain) = id;
    if (options.chain == nullptr) events_.push_back(event);
  }
  if (!options.ephemeral) {
    Write(type, id, ForTheFile(type, event));
    persisted_(type);
  }
  last_of_type_[std::string(type)] = std::move(event);
  return id;
}

std::string EventLog::Persist(std::string_view type, std::string_view data,
                              std::string_view occasion) {
  EventOptions options;
  options.occasion = occasion;
  return Emit(type, data, options);
}

void EventLog::Ephemeral(std::string_view type, std::string_view data,
                         std::string_view occasion) {
  EventOptions options;
  options.ephemeral = true;
  options.occasion = occasion;
  Emit(type, data, options);
}

void EventLog::Hide(std::string_view type, std::string_view data,
                    std::string* chain) {
  EventOptions options;
  options.chain = chain;
  options.hidden = true;
  if (forward_) {
    forward_(type, data, options);
    return;
  }
  if (release_ != nullptr && !release_->Tells(type)) return;
  const std::string id = ids_.Uuid();
  Write(type, id, Envelope(type, data, options, id));
  (chain == nullptr ? parent_ : *chain) = id;
}

// A system message that is the same as before is not written again: what
// follows it follows its parent in the file. It counts all the same.
void EventLog::Write(std::string_view type, const std::string& id,
                     std::string line) {
  ++lines_;
  const std::string parent = wire::RawString(wire::RawMember(line, "parentId"));
  if (type == "system.message") {
    const std::string text(SystemText(line));
    if (text == written_system_) {
      skipped_ = id;
      skipped_parent_ = parent;
      return;
    }
    written_system_ = text;
  }
  if (!skipped_.empty() && parent == skipped_) {
    line.replace(line.rfind(skipped_), skipped_.size(), skipped_parent_);
    skipped_.clear();
  }
  line.push_back('\n');
  unwritten_ += line;
  file_bytes_ += static_cast<int64_t>(line.size());
}

bool EventLog::Reemit(const std::string& type) {
  const auto found = last_of_type_.find(type);
  if (found == last_of_type_.end()) return false;
  send_(found->second);
  return true;
}

void EventLog::Materialise(const std::string& path) { path_ = path; }

bool EventLog::Load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return LoadText(text.str(), path);
}

bool EventLog::LoadText(const std::string& text, const std::string& path) {
  std::istringstream in(text);
  std::string line;
  while (std::getline(in, line)) {
    file_bytes_ += static_cast<int64_t>(line.size()) + 1;
    const std::string id = wire::RawString(wire::RawMember(line, "id"));
    const std::string type = wire::RawString(wire::RawMember(line, "type"));
    if (id.empty() || type.empty()) continue;
    parent_ = id;
    ++lines_;
    if (type == "session.usage_record") {
      hidden_.push_back(line);
      continue;
    }
    if (IsOfCompaction(line)) continue;
    if (type == "system.message") written_system_ = SystemText(line);
    events_.push_back(line);
    last_of_type_[type] = line;
  }
  if (events_.empty()) return false;
  path_ = path;
  return true;
}

namespace {

// What was there stays until all of the new is.
bool WriteInPlace(const std::string& path, const std::string& content) {
  namespace fs = std::filesystem;
  const std::string fresh = path + ".tmp";
  std::error_code error;
  {
    std::ofstream out(fresh, std::ios::trunc | std::ios::binary);
    fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write,
                    error);
    out << content;
    if (!out.flush() || error) return false;
  }
  fs::rename(fresh, path, error);
  return !error;
}

}  // namespace

bool EventLog::Has(const std::string& id) const {
  return std::any_of(
      events_.begin(), events_.end(), [&](const std::string& event) {
        return wire::RawString(wire::RawMember(event, "id")) == id;
      });
}

std::optional<int64_t> EventLog::Truncate(const std::string& id) {
  if (!Has(id) || path_.empty()) return std::nullopt;
  Flush();
  std::ifstream in(path_, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  const auto cut = CutEvents(text.str(), id);
  if (!cut || !WriteInPlace(path_, cut->rest)) return std::nullopt;
  Replace(cut->rest);
  return cut->removed;
}

void EventLog::Replace(const std::string& text) {
  Reset();
  LoadText(text, std::string(path_));
}

std::optional<CutHistory> CutEvents(const std::string& history,
                                    const std::string& id) {
  CutHistory cut;
  std::istringstream in(history);
  std::string line;
  while (std::getline(in, line)) {
    if (cut.removed > 0 || wire::RawString(wire::RawMember(line, "id")) == id) {
      cut.removed += IsOfCompaction(line) ? 0 : 1;
    } else {
      cut.rest += line + '\n';
    }
  }
  if (cut.removed == 0) return std::nullopt;
  return cut;
}

// As before the first event, but for what was sent.
void EventLog::Reset() {
  lines_ = 0;
  file_bytes_ = 0;
  hidden_.clear();
  events_.clear();
  last_of_type_.clear();
  parent_.clear();
  written_system_.clear();
  skipped_.clear();
}

void EventLog::Flush() {
  if (path_.empty() || unwritten_.empty()) return;
  if (writer_) {
    writer_();
    return;
  }
  const int fd =
      open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  std::string_view rest = unwritten_;
  while (!rest.empty()) {
    const ssize_t written = write(fd, rest.data(), rest.size());
    if (written <= 0) break;
    rest.remove_prefix(static_cast<size_t>(written));
  }
  unwritten_.erase(0, unwritten_.size() - rest.size());
  close(fd);
}

int EventLog::LastCheckpoint() const {
  int last = 0;
  for (const std::string& event : events_) {
    const std::string_view number =
        wire::RawMember(wire::RawMember(event, "data"), "checkpointNumber");
    last = std::max(last, std::atoi(std::string(number).c_str()));
  }
  return last;
}

std::string EventLog::VisibleEvents() const {
  std::string array = "[";
  for (const std::string& event : events_) {
    if (array.size() > 1) array.push_back(',');
    array += event;
  }
  return array + ']';
}

}  // namespace copilot::fake_cli

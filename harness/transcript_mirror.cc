// SPDX-License-Identifier: MIT
#include "harness/transcript_mirror.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "harness/session_event.h"
#include "harness/uuid.h"
#include "wire/message.h"

namespace copilot::harness {
namespace {

namespace fs = std::filesystem;

// An open file that nobody else of any process extends meanwhile.
class LockedFile {
 public:
  LockedFile(const std::string& path, int flags)
      : fd_(open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | flags, 0600)) {
    if (fd_ >= 0) flock(fd_, LOCK_EX);
  }
  ~LockedFile() {
    if (fd_ >= 0) close(fd_);
  }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  bool is_open() const { return fd_ >= 0; }

  // Fail with errno.
  bool Read(std::string* text) const {
    struct stat status;
    if (fstat(fd_, &status) != 0) return false;
    text->resize(static_cast<size_t>(status.st_size));
    size_t size = 0;
    while (size < text->size()) {
      const ssize_t got = pread(fd_, text->data() + size, text->size() - size,
                                static_cast<off_t>(size));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return false;
      if (got == 0) break;
      size += static_cast<size_t>(got);
    }
    text->resize(size);
    return true;
  }
  // All or nothing, as far as the disk lets us take it back.
  bool Append(std::string_view rest, size_t size_before) const {
    while (!rest.empty()) {
      const ssize_t written = write(fd_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        const int error = errno;
        (void)!ftruncate(fd_, static_cast<off_t>(size_before));
        errno = error;
        return false;
      }
      rest.remove_prefix(static_cast<size_t>(written));
    }
    return true;
  }

 private:
  const int fd_;
};

class RealTranscriptFile : public TranscriptFile {
 public:
  Status Extend(
      const std::string& path,
      const std::function<std::string(const std::string&)>& add) override {
    // Locks of files do not hold threads apart.
    const std::shared_ptr<std::mutex> mutex = MutexOf(path);
    const std::lock_guard lock(*mutex);
    {
      const LockedFile file(path, 0);
      if (file.is_open()) return Extend(file, path, add);
      if (errno != ENOENT && errno != ENOTDIR) return Failure(path);
    }
    const std::string first = add("");
    if (first.empty()) return {};
    std::error_code ignored;
    fs::create_directories(fs::path(path).parent_path(), ignored);
    const LockedFile file(path, O_CREAT);
    if (!file.is_open()) return Failure(path);
    // Another process may have been here meanwhile.
    return Extend(file, path, [&](const std::string& before) {
      return before.empty() ? first : add(before);
    });
  }

 private:
  static Status Extend(
      const LockedFile& file, const std::string& path,
      const std::function<std::string(const std::string&)>& add) {
    std::string before;
    if (!file.Read(&before)) return Failure(path);
    if (!file.Append(add(before), before.size())) return Failure(path);
    return {};
  }

  std::shared_ptr<std::mutex> MutexOf(const std::string& path) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<std::mutex>& file = files_[path];
    if (!file) file = std::make_shared<std::mutex>();
    return file;
  }

  static tl::unexpected<Error> Failure(const std::string& path) {
    return Fail(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::mutex>> files_;
};

std::string RoleOf(const Json& message) {
  return StringMember(message, "role");
}

bool IsMirrored(const std::string& role) {
  return role == "user" || role == "assistant" || role == "toolResult";
}

// The text of a user message, whose content is text or blocks.
std::string TextOf(const Json& message) {
  const Json& content = MemberOrNull(message, "content");
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (content.is_array()) {
    for (const Json& block : content) text += StringMember(block, "text");
  }
  return text;
}

std::set<std::string> KeysIn(std::string_view text) {
  std::set<std::string> keys;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!Json::accept(line)) continue;  // a crash cut it
    const std::string key = wire::RawString(
        wire::RawMember(wire::RawMember(line, "message"), "idempotencyKey"));
    if (!key.empty()) keys.insert(key);
  }
  return keys;
}

// What the hook leaves of a message; null when it blocks it. A hook that
// throws changes nothing.
Json AfterHook(const Json& message, const AttemptHost& host) {
  if (!host.wants("before_message_write")) return message;
  const auto result =
      host.run_hook("before_message_write", {{"message", message}});
  if (!result) {
    host.Warn("before_message_write hook failed: " + result.error().message);
    return message;
  }
  if (MemberOrNull(*result, "block") == true) return nullptr;
  const Json& changed = MemberOrNull(*result, "message");
  // A rewrite is of its own role: it says nothing about the others.
  if (!changed.is_object() || RoleOf(changed) != RoleOf(message)) {
    return message;
  }
  return changed;
}

// The lines of the messages whose keys are not known yet.
std::string NewLines(std::set<std::string> known, const std::string& scope,
                     const std::vector<MirrorMessage>& messages,
                     const AttemptHost& host) {
  std::string text;
  for (const MirrorMessage& each : messages) {
    if (!IsMirrored(RoleOf(each.message))) continue;
    const std::string key = IdempotencyKey(scope, each);
    if (!key.empty() && !known.insert(key).second) continue;
    Json message = AfterHook(each.message, host);
    if (message.is_null()) continue;
    if (!key.empty()) message["idempotencyKey"] = key;
    const Json line = {{"type", "message"},
                       {"id", RandomUuid()},
                       {"message", std::move(message)}};
    text += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace

std::shared_ptr<TranscriptFile> MakeTranscriptFile() {
  return std::make_shared<RealTranscriptFile>();
}

std::string IdempotencyKey(const std::string& scope,
                           const MirrorMessage& message) {
  if (scope.empty()) return "";
  if (!message.identity.empty()) return scope + ":" + message.identity;
  const Json identity = {{"role", MemberOrNull(message.message, "role")},
                         {"content", MemberOrNull(message.message, "content")}};
  return fmt::format(
      "{}:{}:{}", scope, RoleOf(message.message),
      wire::Sha256Hex(
          identity.dump(-1, ' ', false, Json::error_handler_t::replace), 16));
}

std::vector<MirrorMessage> MessagesOf(const AttemptParams& params,
                                      const std::string& sdk_session_id,
                                      const Json& assistant, int64_t now) {
  std::vector<MirrorMessage> messages;
  const std::string owner = sdk_session_id.empty() ? "attempt" : sdk_session_id;
  for (size_t i = 0; i < params.messages.size(); ++i) {
    messages.push_back(
        {params.messages[i],
         fmt::format("{}:{}:{}", owner, RoleOf(params.messages[i]), i)});
  }
  const std::string body = params.transcript_prompt.value_or(params.prompt);
  const bool repeated = !messages.empty() &&
                        RoleOf(messages.back().message) == "user" &&
                        TextOf(messages.back().message) == body;
  if (!repeated) {
    messages.push_back(
        {{{"role", "user"}, {"content", body}, {"timestamp", now}},
         params.run_id + ":prompt"});
  }
  if (!assistant.is_null()) {
    messages.push_back({assistant, params.run_id + ":assistant:final"});
  }
  return messages;
}

Status MirrorTranscript(TranscriptFile& file, const std::string& path,
                        const std::string& scope,
                        const std::vector<MirrorMessage>& messages,
                        const AttemptHost& host) {
  if (messages.empty()) return {};
  return file.Extend(path, [&](const std::string& before) {
    const std::string lines = NewLines(KeysIn(before), scope, messages, host);
    // A line that a crash cut short must not swallow ours.
    const bool cut = !before.empty() && before.back() != '\n';
    return cut && !lines.empty() ? "\n" + lines : lines;
  });
}

}  // namespace copilot::harness

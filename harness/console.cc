// SPDX-License-Identifier: MIT
#include "harness/console.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include "harness/permission_policy.h"
#include "harness/session_event.h"
#include "harness/terminal.h"
#include "harness/text.h"
#include "harness/user_input.h"

namespace copilot::harness {
namespace {

// A pipe that becomes readable when a signal fires. Shared with the callback,
// which may still run when the wait is over.
class Waker {
 public:
  Waker() {
    if (pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) != 0) ends_ = {-1, -1};
  }
  ~Waker() {
    for (const int end : ends_) {
      if (end >= 0) close(end);
    }
  }
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  int end() const { return ends_[0]; }
  void Wake() const {
    const char byte = 0;
    // A full pipe is as good.
    if (ends_[1] >= 0 && write(ends_[1], &byte, 1) < 0) return;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

}  // namespace

void Console::Write(const std::string& text) {
  const std::lock_guard lock(writing_);
  std::fputs(text.c_str(), output_);
  std::fflush(output_);
}

void Console::Print(const std::string& text) { Write(TerminalSafe(text)); }

std::optional<std::string> Console::ReadLine(const AbortSignal& signal) {
  const auto waker = std::make_shared<Waker>();
  const auto registration = signal.OnAbort([waker] { waker->Wake(); });
  for (;;) {
    if (const size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    std::array<pollfd, 2> waited = {
        {{input_, POLLIN, 0}, {waker->end(), POLLIN, 0}}};
    if (poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) {
      return std::nullopt;
    }
    if (signal.aborted()) return std::nullopt;
    if ((waited[0].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) == 0) {
      continue;
    }
    std::array<char, 4096> chunk;
    const ssize_t count = read(input_, chunk.data(), chunk.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) {
      if (unread_.empty()) return std::nullopt;
      return std::exchange(unread_, "");
    }
    unread_.append(chunk.data(), static_cast<size_t>(count));
  }
}

std::optional<std::string> Console::Ask(const std::string& prompt,
                                        const AbortSignal& signal) {
  const std::lock_guard lock(asking_);
  if (signal.aborted()) return std::nullopt;
  Write(Styled(Style::kStrong, TerminalSafe(prompt), colour_));
  return ReadLine(signal);
}

std::optional<std::string> Console::AskUser(const UserInputRequest& request,
                                            const AbortSignal& signal) {
  std::string prompt = "\n" + request.question + "\n";
  for (size_t i = 0; i < request.choices.size(); ++i) {
    prompt += fmt::format("  {}. {}\n", i + 1, request.choices[i]);
  }
  prompt += "? ";
  for (;;) {
    const auto line = Ask(prompt, signal);
    if (!line || Trim(*line).empty()) return line;
    // A reply that matches nothing would end the question without an answer.
    if (!NormalizeAnswer(request, *line).answer.empty()) return line;
    prompt = fmt::format("expected 1 to {} or one of the texts\n? ",
                         request.choices.size());
  }
}

Json Console::AskPermission(const Json& request, const AbortSignal& signal) {
  const std::string kind = StringMember(request, "kind");
  {
    const std::lock_guard lock(asking_);
    if (always_.count(kind) != 0) return ApproveOnce();
  }
  std::string details;
  for (const char* name : {"intention", "fullCommandText", "fileName", "path",
                           "url", "toolName"}) {
    const std::string value = StringMember(request, name);
    if (!value.empty()) details += fmt::format("\n  {}: {}", name, value);
  }
  const auto line = Ask(
      fmt::format("\nCopilot asks for permission: {}{}\nAllow? [y]es, [a]lways "
                  "for {}, [N]o: ",
                  kind, details, kind),
      signal);
  const std::string answer = line ? Normalized(*line) : "";
  if (answer == "a" || answer == "always") {
    const std::lock_guard lock(asking_);
    always_.insert(kind);
    return ApproveOnce();
  }
  if (answer == "y" || answer == "yes") return ApproveOnce();
  return Reject("the user said no");
}

}  // namespace copilot::harness

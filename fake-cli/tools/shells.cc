// SPDX-License-Identifier: MIT
#include "fake-cli/tools/shells.h"

#include <unistd.h>

#include <utility>

namespace copilot::fake_cli {
namespace {

constexpr size_t kMostOutput = 1 << 20;

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    all.emplace_back(*entry);
  }
  return all;
}

// Keeps the end of what a shell writes.
void Append(Shell& shell, std::string_view text) {
  shell.output += text;
  if (shell.output.size() <= kMostOutput) return;
  const size_t surplus = shell.output.size() - kMostOutput;
  shell.output.erase(0, surplus);
  shell.read -= std::min(shell.read, surplus);
}

}  // namespace

tl::expected<std::shared_ptr<Shell>, std::string> Shells::Start(
    std::string id, const std::string& command, const std::string& directory,
    Handlers handlers) {
  if (id.empty()) id = std::to_string(next_++);
  auto shell = std::make_shared<Shell>();
  shell->id = id;
  shell->command = command;
  const std::weak_ptr<Shell> weak = shell;
  wire::ChildOptions options;
  options.argv = {"bash", "-c", command};
  options.environment = OwnEnvironment();
  options.working_directory = directory;
  options.pipe_stdin = false;
  const auto tell = [weak, on_output = handlers.on_output](
                        std::string_view stream, std::string_view text) {
    const auto live = weak.lock();
    if (!live || text.empty()) return;
    Append(*live, text);
    on_output(stream, text);
  };
  options.on_stderr = [tell](std::string_view text) { tell("stderr", text); };
  auto child = wire::ChildProcess::Spawn(io_, std::move(options));
  if (!child) return tl::unexpected(child.error());
  shell->child = std::move(*child);
  shell->pipe = shell->child->TakeTransport();
  // The end has come when the pipe is empty and the process is gone.
  const auto left = std::make_shared<int>(2);
  const auto end = [weak, left, on_exit = handlers.on_exit] {
    const auto live = weak.lock();
    if (--*left > 0 || !live) return;
    live->exit_code = live->child->exit_status()->code;
    on_exit(*live->exit_code);
  };
  shell->pipe->Start([tell](std::string_view bytes) { tell("stdout", bytes); },
                     [end](const std::string&) { end(); });
  shell->child->OnExit([end](const wire::ExitStatus&) { end(); });
  shells_[id] = shell;
  order_.push_back(id);
  return shell;
}

std::shared_ptr<Shell> Shells::Find(const std::string& id) const {
  const auto found = shells_.find(id);
  return found == shells_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Shell>> Shells::Running() const {
  std::vector<std::shared_ptr<Shell>> running;
  for (const std::string& id : order_) {
    const auto shell = Find(id);
    if (shell && !shell->exit_code) running.push_back(shell);
  }
  return running;
}

void Shells::Stop(const std::string& id) {
  const auto found = shells_.find(id);
  if (found == shells_.end()) return;
  found->second->child->Kill();
  shells_.erase(found);
  std::erase(order_, id);
}

}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
#include "wire/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <utility>

namespace copilot::wire {
namespace {

// A descriptor that closes itself unless it is released.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.Release()) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read, write;
  bool Open() {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return false;
    read = AboveStdio(Fd(fds[0]));
    write = AboveStdio(Fd(fds[1]));
    return read.get() >= 0 && write.get() >= 0;
  }

 private:
  // When we were started without stdio, a pipe gets its numbers; the child's
  // set-up would then close one end while placing another.
  static Fd AboveStdio(Fd fd) {
    if (fd.get() > STDERR_FILENO) return fd;
    return Fd(fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  }
};

struct SpawnFileActions {
  posix_spawn_file_actions_t value;
  SpawnFileActions() { posix_spawn_file_actions_init(&value); }
  ~SpawnFileActions() { posix_spawn_file_actions_destroy(&value); }
};

// A process group of its own, no blocked signals, default dispositions.
struct SpawnAttributes {
  posix_spawnattr_t value;
  SpawnAttributes() {
    posix_spawnattr_init(&value);
    sigset_t none;
    sigset_t reset;
    sigemptyset(&none);
    sigfillset(&reset);
    sigdelset(&reset, SIGKILL);
    sigdelset(&reset, SIGSTOP);
    posix_spawnattr_setsigmask(&value, &none);
    posix_spawnattr_setsigdefault(&value, &reset);
    posix_spawnattr_setpgroup(&value, 0);
    posix_spawnattr_setflags(&value, POSIX_SPAWN_SETPGROUP |
                                         POSIX_SPAWN_SETSIGMASK |
                                         POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&value); }
};

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

ExitStatus FromWaitStatus(int status) {
  if (WIFSIGNALED(status)) {
    return {128 + WTERMSIG(status), WTERMSIG(status)};
  }
  return {WEXITSTATUS(status), 0};
}

class Child : public ChildProcess {
 public:
  Child(asio::io_context& io, pid_t pid, Fd pidfd, Fd to_child, Fd from_child,
        Fd errors, ChildOptions options)
      : io_(io),
        pid_(pid),
        to_child_(std::move(to_child)),
        from_child_(std::move(from_child)),
        options_(std::move(options)),
        exit_(io, pidfd.Release()),
        errors_(io, errors.Release()),
        grace_(io),
        alive_(std::make_shared<bool>(true)) {
    ReadErrors();
    WaitForExit();
  }

  ~Child() override {
    *alive_ = false;
    if (status_) return;
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  int pid() const override { return pid_; }

  std::unique_ptr<Transport> TakeTransport() override {
    int to_child = to_child_.Release();
    if (to_child < 0) to_child = open("/dev/null", O_WRONLY | O_CLOEXEC);
    return MakeFdTransport(io_, from_child_.Release(), to_child);
  }

  const std::string& stderr_text() const override {
    TrimErrors();
    return stderr_text_;
  }

  void OnExit(std::function<void(ExitStatus)> callback) override {
    if (finished()) {
      asio::post(io_, [callback = std::move(callback), alive = alive_,
                       status = *status_] {
        if (*alive) callback(status);
      });
      return;
    }
    on_exit_.push_back(std::move(callback));
  }

  std::optional<ExitStatus> exit_status() const override { return status_; }

  void Terminate(std::chrono::milliseconds grace) override {
    if (status_) return;
    kill(-pid_, SIGTERM);
    grace_.expires_after(grace);
    grace_.async_wait([alive = alive_, this](const asio::error_code& error) {
      if (!error && *alive) Kill();
    });
  }

  void Signal(int signal) override {
    if (!status_) kill(pid_, signal);
  }

  void Kill() override {
    if (!status_) kill(-pid_, SIGKILL);
  }

 private:
  bool finished() const { return status_ && errors_ended_; }

  void ReadErrors() {
    errors_.async_read_some(
        asio::buffer(buffer_),
        [alive = alive_, this](const asio::error_code& error, size_t size) {
          if (!*alive) return;
          if (size > 0) KeepErrors(std::string_view(buffer_.data(), size));
          if (status_) {
            DrainErrors();
          } else if (error) {
            errors_ended_ = true;
          } else {
            ReadErrors();
          }
        });
  }

  void KeepErrors(std::string_view bytes) {
    if (options_.on_stderr) options_.on_stderr(bytes);
    stderr_text_.append(bytes);
    if (stderr_text_.size() > 2 * options_.stderr_limit) TrimErrors();
  }

  // Only now and then while text comes in: each time costs a move of the rest.
  void TrimErrors() const {
    if (stderr_text_.size() <= options_.stderr_limit) return;
    stderr_text_.erase(0, stderr_text_.size() - options_.stderr_limit);
  }

  void WaitForExit() {
    exit_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [alive = alive_, this](const asio::error_code& error) {
                       if (error || !*alive) return;
                       if (HasEnded()) {
                         Reap();
                       } else {
                         WaitForExit();
                       }
                     });
  }

  // Asio may wake us for a descriptor that was closed before ours was opened
  // (it reuses their states), so the news needs a second look.
  bool HasEnded() const {
    siginfo_t info{};
    const int failed = waitid(P_PID, static_cast<id_t>(pid_), &info,
                              WEXITED | WNOHANG | WNOWAIT);
    return failed != 0 || info.si_pid == pid_;
  }

  // The group is killed first: until the child has been reaped, its number
  // cannot belong to anybody else.
  void Reap() {
    kill(-pid_, SIGKILL);
    int status = 0;
    pid_t reaped = 0;
    do {
      reaped = waitpid(pid_, &status, 0);
    } while (reaped < 0 && errno == EINTR);
    // Somebody else has reaped it, or the program ignores SIGCHLD.
    status_ = reaped == pid_ ? FromWaitStatus(status) : ExitStatus{-1, 0};
    asio::error_code ignored;
    exit_.close(ignored);
    grace_.cancel();
    if (errors_ended_) {
      Finish();
    } else {
      // Its handler has the last word: what it may have read already comes
      // before what is still in the pipe.
      errors_.cancel(ignored);
    }
  }

  // A descendant that left the group may hold stderr open for ever, and fill
  // it; what the child wrote is in the pipe by now, and no pipe holds more.
  void DrainErrors() {
    constexpr size_t kPipeCapacity = size_t{1} << 20;
    std::array<char, 4096> bytes;
    asio::error_code error;
    errors_.non_blocking(true, error);
    for (size_t total = 0; !error && total < kPipeCapacity;) {
      const size_t size = errors_.read_some(asio::buffer(bytes), error);
      if (!error) KeepErrors(std::string_view(bytes.data(), size));
      total += size;
    }
    errors_ended_ = true;
    errors_.close(error);
    Finish();
  }

  void Finish() {
    if (!finished()) return;
    const ExitStatus status = *status_;
    // A callback may destroy this.
    for (auto& callback : std::exchange(on_exit_, {})) callback(status);
  }

  asio::io_context& io_;
  const pid_t pid_;
  Fd to_child_;
  Fd from_child_;
  const ChildOptions options_;
  asio::posix::stream_descriptor exit_;    // readable when the child has ended
  asio::posix::stream_descriptor errors_;  // its stderr
  asio::steady_timer grace_;
  std::shared_ptr<bool> alive_;  // false once destroyed
  std::array<char, 4096> buffer_;
  mutable std::string stderr_text_;
  bool errors_ended_ = false;
  std::optional<ExitStatus> status_;
  std::vector<std::function<void(ExitStatus)>> on_exit_;
};

}  // namespace

std::string ExitStatus::ToString() const {
  if (signal == 0) return fmt::format("exit code {}", code);
  return fmt::format("signal {} ({})", signal, strsignal(signal));
}

tl::expected<std::unique_ptr<ChildProcess>, std::string> ChildProcess::Spawn(
    asio::io_context& io, ChildOptions options) {
  if (options.argv.empty()) return tl::unexpected(std::string("no program"));
  const auto fail = [&](int error) {
    return tl::unexpected(
        fmt::format("cannot start {}: {}", options.argv[0], strerror(error)));
  };
  Pipe in;
  Pipe out;
  Pipe errors;
  if (!in.Open() || !out.Open() || !errors.Open()) return fail(errno);

  SpawnFileActions actions;
  if (options.pipe_stdin) {
    posix_spawn_file_actions_adddup2(&actions.value, in.read.get(), 0);
  } else {
    posix_spawn_file_actions_addopen(&actions.value, 0, "/dev/null", O_RDONLY,
                                     0);
    in.write = Fd();
  }
  posix_spawn_file_actions_adddup2(&actions.value, out.write.get(), 1);
  posix_spawn_file_actions_adddup2(&actions.value, errors.write.get(), 2);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
  posix_spawn_file_actions_addclosefrom_np(&actions.value, 3);
#endif
  if (!options.working_directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions.value,
                                         options.working_directory.c_str());
  }
  SpawnAttributes attributes;
  pid_t pid = 0;
  const int error = posix_spawnp(
      &pid, options.argv[0].c_str(), &actions.value, &attributes.value,
      Pointers(options.argv).data(), Pointers(options.environment).data());
  if (error != 0) {
    const std::string& directory = options.working_directory;
    if (!directory.empty() && access(directory.c_str(), X_OK) != 0) {
      return tl::unexpected(fmt::format("cannot start {} in {}: {}",
                                        options.argv[0], directory,
                                        strerror(errno)));
    }
    return fail(error);
  }
  Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (pidfd.get() < 0) {
    const int reason = errno;
    kill(-pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return fail(reason);
  }
  return std::make_unique<Child>(io, pid, std::move(pidfd), std::move(in.write),
                                 std::move(out.read), std::move(errors.read),
                                 std::move(options));
}

}  // namespace copilot::wire

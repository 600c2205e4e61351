// SPDX-License-Identifier: MIT
#include "wire/transport.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <asio/connect.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

namespace copilot::wire {
namespace {

// How reading and writing ends of the two kinds of streams differ.
struct FdEnds {
  asio::posix::stream_descriptor reader;
  asio::posix::stream_descriptor writer;

  void CloseWriter() {
    // A socket stays open while its reader is; a pipe takes no notice.
    if (writer.is_open()) shutdown(writer.native_handle(), SHUT_WR);
    asio::error_code ignored;
    writer.close(ignored);
  }
  void CloseAll() {
    CloseWriter();
    asio::error_code ignored;
    reader.close(ignored);
  }
};

struct SocketEnds {
  asio::ip::tcp::socket reader;
  asio::ip::tcp::socket& writer = reader;

  explicit SocketEnds(asio::ip::tcp::socket socket)
      : reader(std::move(socket)) {}
  void CloseWriter() {
    asio::error_code ignored;
    reader.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  }
  void CloseAll() {
    asio::error_code ignored;
    reader.close(ignored);
  }
};

// What outlives the Transport until the last operation has come back.
template <typename Ends>
class Stream : public std::enable_shared_from_this<Stream<Ends>> {
 public:
  template <typename... Args>
  explicit Stream(Args&&... args) : ends_{std::forward<Args>(args)...} {
    asio::error_code ignored;
    ends_.writer.non_blocking(true, ignored);
  }

  void Start(std::function<void(std::string_view)> on_bytes,
             std::function<void(const std::string&)> on_closed) {
    on_bytes_ = std::move(on_bytes);
    on_closed_ = std::move(on_closed);
    const std::lock_guard lock(mutex_);
    started_ = true;
    if (failure_) {
      EndLater(*failure_);
    } else {
      Read();
    }
  }

  void Send(std::string bytes) {
    const std::lock_guard lock(mutex_);
    if (closed_ || write_closing_ || bytes.empty()) return;
    if (!queue_.empty() || writing_) {
      queue_ += bytes;
      return;
    }
    asio::error_code error;
    const size_t written = ends_.writer.write_some(asio::buffer(bytes), error);
    if (error && error != asio::error::would_block &&
        error != asio::error::try_again) {
      Fail(error);
      return;
    }
    if (written == bytes.size()) return;
    queue_ = bytes.substr(error ? 0 : written);
    WriteQueue();
  }

  void CloseWrite() {
    const std::lock_guard lock(mutex_);
    if (closed_ || write_closing_) return;
    write_closing_ = true;
    if (!writing_) ends_.CloseWriter();
  }

  // No callback runs after this, if called on the io_context's thread.
  void Close() {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    ends_.CloseAll();
  }

 private:
  // With mutex_ held: a close on another thread must not come in between.
  void Read() {
    if (closed_) return;
    ends_.reader.async_read_some(
        asio::buffer(in_), [self = this->shared_from_this()](
                               const asio::error_code& error, size_t size) {
          self->Received(error, size);
        });
  }

  void Received(const asio::error_code& error, size_t size) {
    if (closed_) return;
    if (error) {
      Ended(error == asio::error::eof ? "the other side closed"
                                      : error.message());
      return;
    }
    on_bytes_(std::string_view(in_.data(), size));
    const std::lock_guard lock(mutex_);
    Read();
  }

  // With mutex_ held.
  void WriteQueue() {
    writing_ = true;
    out_ = std::exchange(queue_, {});
    asio::async_write(
        ends_.writer, asio::buffer(out_),
        [self = this->shared_from_this()](const asio::error_code& error,
                                          size_t) { self->Written(error); });
  }

  void Written(const asio::error_code& error) {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    out_ = {};
    if (closed_) return;
    if (error) {
      Fail(error);
    } else if (!queue_.empty()) {
      WriteQueue();
    } else if (write_closing_) {
      ends_.CloseWriter();
    }
  }

  // With mutex_ held. Writing has failed; whoever starts later hears of it.
  void Fail(const asio::error_code& error) {
    write_closing_ = true;
    failure_ = error.message();
    if (started_) EndLater(*failure_);
  }

  void EndLater(std::string reason) {
    asio::post(ends_.reader.get_executor(),
               [self = this->shared_from_this(), reason = std::move(reason)] {
                 if (!self->closed_) self->Ended(reason);
               });
  }

  void Ended(const std::string& reason) {
    if (std::exchange(ended_, true)) return;
    const auto on_closed = std::move(on_closed_);
    Close();
    if (on_closed) on_closed(reason);
  }

  Ends ends_;
  std::function<void(std::string_view)> on_bytes_;
  std::function<void(const std::string&)> on_closed_;
  std::array<char, 65536> in_;
  bool ended_ = false;

  std::mutex mutex_;  // guards what follows, and writing to the ends
  std::string queue_;
  std::string out_;
  bool started_ = false;
  bool writing_ = false;
  bool write_closing_ = false;
  std::optional<std::string> failure_;  // why writing ended
  std::atomic<bool> closed_ = false;
};

template <typename Ends>
class StreamTransport : public Transport {
 public:
  explicit StreamTransport(std::shared_ptr<Stream<Ends>> stream)
      : stream_(std::move(stream)) {}
  ~StreamTransport() override { stream_->Close(); }

  void Start(std::function<void(std::string_view)> on_bytes,
             std::function<void(const std::string&)> on_closed) override {
    stream_->Start(std::move(on_bytes), std::move(on_closed));
  }
  void Send(std::string bytes) override { stream_->Send(std::move(bytes)); }
  void CloseWrite() override { stream_->CloseWrite(); }
  void Close() override { stream_->Close(); }

 private:
  std::shared_ptr<Stream<Ends>> stream_;
};

// A copy of `fd`; of /dev/null when we were started without it.
int Duplicate(int fd) {
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  return copy >= 0 ? copy : open("/dev/null", O_RDWR | O_CLOEXEC);
}

}  // namespace

std::unique_ptr<Transport> MakeFdTransport(asio::io_context& io, int read_fd,
                                           int write_fd) {
  if (read_fd == write_fd) write_fd = fcntl(read_fd, F_DUPFD_CLOEXEC, 3);
  return std::make_unique<StreamTransport<FdEnds>>(
      std::make_shared<Stream<FdEnds>>(
          asio::posix::stream_descriptor(io, read_fd),
          asio::posix::stream_descriptor(io, write_fd)));
}

std::unique_ptr<Transport> MakeStdioTransport(asio::io_context& io) {
  return MakeFdTransport(io, Duplicate(STDIN_FILENO), Duplicate(STDOUT_FILENO));
}

std::unique_ptr<Transport> MakeTcpTransport(asio::ip::tcp::socket socket) {
  asio::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  return std::make_unique<StreamTransport<SocketEnds>>(
      std::make_shared<Stream<SocketEnds>>(std::move(socket)));
}

tl::expected<std::unique_ptr<Transport>, std::string> DialTcp(
    asio::io_context& io, const std::string& host, int port, int timeout_ms) {
  const auto fail = [&](const std::string& reason) {
    return tl::unexpected(
        fmt::format("cannot connect to {}:{}: {}", host, port, reason));
  };
  // A private io_context, so that waiting here runs nobody else's handlers.
  asio::io_context waiting;
  asio::error_code error;
  asio::ip::tcp::resolver resolver(waiting);
  const auto endpoints = resolver.resolve(host, std::to_string(port), error);
  if (error) return fail(error.message());
  asio::ip::tcp::socket socket(waiting);
  asio::error_code result = asio::error::timed_out;
  asio::async_connect(socket, endpoints,
                      [&](const asio::error_code& done,
                          const asio::ip::tcp::endpoint&) { result = done; });
  waiting.run_for(std::chrono::milliseconds(timeout_ms));
  if (result) {
    socket.close(error);
    waiting.restart();
    waiting.run();
    return fail(result.message());
  }
  const auto protocol = socket.local_endpoint(error).protocol();
  const int fd = socket.release(error);
  if (error) return fail(error.message());
  asio::ip::tcp::socket adopted(io);
  adopted.assign(protocol, fd, error);
  if (error) return fail(error.message());
  return MakeTcpTransport(std::move(adopted));
}

}  // namespace copilot::wire

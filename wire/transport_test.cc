// SPDX-License-Identifier: MIT
#include "wire/transport.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace copilot::wire {
namespace {

using asio::ip::tcp;

template <typename Condition>
void RunUntil(asio::io_context& io, Condition condition) {
  while (!condition()) {
    ASSERT_GT(io.run_one_for(std::chrono::seconds(10)), 0u);
  }
}

struct TcpPair {
  asio::io_context io;
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  int port() { return acceptor.local_endpoint().port(); }
};

int NoDelay(int fd) {
  int value = 0;
  socklen_t size = sizeof(value);
  getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size);
  return value;
}

TEST(TcpTransport, SetsNoDelayAtBothEnds) {
  TcpPair pair;
  const auto dialled = DialTcp(pair.io, "127.0.0.1", pair.port(), 5000);
  ASSERT_TRUE(dialled.has_value());
  tcp::socket accepted = pair.acceptor.accept();
  const int fd = accepted.native_handle();
  const auto transport = MakeTcpTransport(std::move(accepted));
  EXPECT_NE(NoDelay(fd), 0);
  // The dialled socket is the only other TCP socket of this process.
  int sockets_with_no_delay = 0;
  for (int other = 3; other < 256; ++other) {
    if (NoDelay(other) != 0) ++sockets_with_no_delay;
  }
  EXPECT_EQ(sockets_with_no_delay, 2);
}

TEST(TcpTransport, CarriesBytesBothWays) {
  TcpPair pair;
  const auto a =
      DialTcp(pair.io, "127.0.0.1", pair.port(), 5000).value_or(nullptr);
  ASSERT_NE(a, nullptr);
  const auto b = MakeTcpTransport(pair.acceptor.accept());
  std::string at_a;
  std::string at_b;
  a->Start([&](std::string_view bytes) { at_a += bytes; }, [](auto&) {});
  b->Start([&](std::string_view bytes) { at_b += bytes; }, [](auto&) {});
  a->Send("hello");
  b->Send("world");
  RunUntil(pair.io, [&] { return at_a == "world" && at_b == "hello"; });
}

TEST(DialTcp, NamesAddressAndReasonOnFailure) {
  asio::io_context io;
  int port = 0;
  {
    tcp::acceptor unused(io, {asio::ip::address_v4::loopback(), 0});
    port = unused.local_endpoint().port();
  }
  const auto result = DialTcp(io, "127.0.0.1", port, 5000);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error(), "cannot connect to 127.0.0.1:" +
                                std::to_string(port) + ": Connection refused");
}

class PipeTransportTest : public testing::Test {
 protected:
  PipeTransportTest() {
    signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(pipe(there_), 0);
    EXPECT_EQ(pipe(back_), 0);
    transport_ = MakeFdTransport(io_, back_[0], there_[1]);
  }

  asio::io_context io_;
  int there_[2];  // what the transport writes
  int back_[2];   // what it reads
  std::unique_ptr<Transport> transport_;
};

TEST_F(PipeTransportTest, QueuesWhatThePipeDoesNotTake) {
  std::string closed;
  transport_->Start([](std::string_view) {},
                    [&](const std::string& reason) { closed = reason; });
  const std::string big(1 << 20, 'x');
  transport_->Send(big);
  transport_->Send("end");
  transport_->CloseWrite();
  std::string got;
  char buffer[65536];
  while (true) {
    io_.poll();
    const ssize_t size = read(there_[0], buffer, sizeof(buffer));
    if (size <= 0) break;
    got.append(buffer, static_cast<size_t>(size));
  }
  EXPECT_EQ(got.size(), big.size() + 3);
  EXPECT_EQ(got.substr(big.size()), "end");
  close(back_[1]);
  close(there_[0]);
  RunUntil(io_, [&] { return !closed.empty(); });
}

TEST_F(PipeTransportTest, TellsOnceThatTheOtherSideClosed) {
  int closed = 0;
  transport_->Start([](std::string_view) {},
                    [&](const std::string& reason) {
                      EXPECT_EQ(reason, "the other side closed");
                      ++closed;
                    });
  close(back_[1]);
  RunUntil(io_, [&] { return closed > 0; });
  io_.poll();
  EXPECT_EQ(closed, 1);
  close(there_[0]);
}

TEST_F(PipeTransportTest, AWriteNobodyReadsEndsIt) {
  std::string closed;
  transport_->Start([](std::string_view) {},
                    [&](const std::string& reason) { closed = reason; });
  close(there_[0]);
  transport_->Send("x");
  RunUntil(io_, [&] { return !closed.empty(); });
  EXPECT_EQ(closed, "Broken pipe");
  close(back_[1]);
}

TEST_F(PipeTransportTest, AFailedWriteIsToldToWhoStartsLater) {
  close(there_[0]);
  transport_->Send("x");
  std::string closed;
  transport_->Start([](std::string_view) {},
                    [&](const std::string& reason) { closed = reason; });
  RunUntil(io_, [&] { return !closed.empty(); });
  EXPECT_EQ(closed, "Broken pipe");
  close(back_[1]);
}

TEST_F(PipeTransportTest, ACallbackMayDestroyTheTransport) {
  bool called = false;
  transport_->Start(
      [&](std::string_view) {
        transport_.reset();
        called = true;
      },
      [](const std::string&) { FAIL() << "end after the destructor"; });
  ASSERT_EQ(write(back_[1], "x", 1), 1);
  RunUntil(io_, [&] { return called; });
  io_.poll();
  close(back_[1]);
  close(there_[0]);
}

TEST_F(PipeTransportTest, BytesOfOneSendAreNeverInterleaved) {
  transport_->Start([](std::string_view) {}, [](const std::string&) {});
  constexpr size_t kSize = 10000;
  constexpr int kSends = 40;
  std::vector<std::thread> threads;
  for (const char c : {'a', 'b', 'c'}) {
    threads.emplace_back([this, c] {
      for (int i = 0; i < kSends; ++i) transport_->Send(std::string(kSize, c));
    });
  }
  std::string got;
  std::vector<char> buffer(kSize);
  while (got.size() < 3 * kSends * kSize) {
    io_.poll();
    fcntl(there_[0], F_SETFL, O_NONBLOCK);
    const ssize_t size = read(there_[0], buffer.data(), buffer.size());
    if (size > 0) got.append(buffer.data(), static_cast<size_t>(size));
  }
  for (auto& thread : threads) thread.join();
  for (size_t at = 0; at < got.size(); at += kSize) {
    ASSERT_EQ(got.substr(at, kSize), std::string(kSize, got[at]));
  }
  close(back_[1]);
  close(there_[0]);
}

// Not every stdin can be waited for.
TEST(FdTransport, ReadsAPlainFileToItsEnd) {
  asio::io_context io;
  const std::string path = testing::TempDir() + "transport_test.txt";
  { std::ofstream(path) << "text"; }
  const auto transport =
      MakeFdTransport(io, open(path.c_str(), O_RDONLY | O_CLOEXEC),
                      open("/dev/null", O_WRONLY | O_CLOEXEC));
  std::string got;
  std::string closed;
  transport->Start([&](std::string_view bytes) { got += bytes; },
                   [&](const std::string& reason) { closed = reason; });
  transport->Send("ignored");
  RunUntil(io, [&] { return !closed.empty(); });
  EXPECT_EQ(got, "text");
  EXPECT_EQ(closed, "the other side closed");
  std::filesystem::remove(path);
}

TEST_F(PipeTransportTest, NothingIsCalledAfterClose) {
  transport_->Start([](std::string_view) { FAIL() << "bytes after Close"; },
                    [](const std::string&) { FAIL() << "end after Close"; });
  ASSERT_EQ(write(back_[1], "x", 1), 1);
  transport_->Close();
  io_.run_for(std::chrono::milliseconds(1));
  close(back_[1]);
  close(there_[0]);
}

}  // namespace
}  // namespace copilot::wire

// SPDX-License-Identifier: MIT
#include "harness/byok/proxy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <optional>
#include <regex>

#include "harness/byok/test_endpoint.h"

namespace copilot::harness {
namespace {

using httplib::Request;
using httplib::Response;

// Something that one thread waits for and another one does. Whoever sets one
// must have stopped before it goes.
class Event {
 public:
  void Set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  bool Wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

class ProxyTest : public testing::Test {
 protected:
  void Start(const std::string& path = "/v1") {
    endpoint_.Start();
    provider_.endpoint = *ParseUrl(endpoint_.Url(path));
    options_.network = endpoint_.network;
    auto proxy = ByokProxy::Start(provider_, options_);
    ASSERT_TRUE(proxy) << proxy.error().message;
    proxy_ = std::move(*proxy);
    const Url url = *ParseUrl(proxy_->base_url());
    port_ = url.port;
    prefix_ = url.path == "/" ? "" : url.path;
  }

  // A client of the proxy, as the CLI's is.
  httplib::Client Client() const {
    httplib::Client client("127.0.0.1", port_);
    client.set_url_encode(false);
    client.set_read_timeout(20, 0);
    return client;
  }

  // Remembers what reaches the endpoint.
  void Echo(const std::string& path) {
    const auto echo = [this](const Request& request, Response& response) {
      seen_.push_back(request);
      response.set_content(request.body, "application/octet-stream");
    };
    endpoint_.server().Get(path, echo);
    endpoint_.server().Post(path, echo);
  }

  TestEndpoint endpoint_;
  ByokProvider provider_;
  ByokProxyOptions options_;
  std::unique_ptr<ByokProxy> proxy_;
  int port_ = 0;
  std::string prefix_;
  std::vector<Request> seen_;
};

TEST_F(ProxyTest, IsOnThisMachineBehindANonce) {
  Start("/v1/");
  EXPECT_TRUE(std::regex_match(
      proxy_->base_url(),
      std::regex(R"(http://127\.0\.0\.1:\d+/[0-9a-f]{24}/v1)")))
      << proxy_->base_url();
  const auto other = ByokProxy::Start(provider_, options_);
  ASSERT_TRUE(other);
  EXPECT_NE((*other)->base_url(), proxy_->base_url());
}

TEST_F(ProxyTest, JoinsPathsAndQueries) {
  Echo("/v1/.*");
  Start("/v1?base=1");
  auto client = Client();
  ASSERT_TRUE(client.Get(prefix_ + "/chat/a%2Fb?x=%20&y"));
  ASSERT_EQ(seen_.size(), 1u);
  EXPECT_EQ(seen_[0].target, "/v1/chat/a%2Fb?base=1&x=%20&y");
  EXPECT_EQ(seen_[0].get_header_value("Host"),
            provider_.endpoint.origin().substr(8));
}

TEST_F(ProxyTest, OtherPathsLeadNowhere) {
  Echo(".*");
  Start();
  auto client = Client();
  const std::vector<std::string> elsewhere = {
      "/",
      "/v1/chat",
      "/0123456789abcdef01234567/v1/chat",
      prefix_ + "x",
      prefix_.substr(0, 20),
      "/openai/v1/chat"};
  for (const std::string& path : elsewhere) {
    const auto response = client.Get(path);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 404) << path;
    EXPECT_EQ(response->body, "Not found");
  }
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(client.Get(prefix_)->status, 200);
}

TEST_F(ProxyTest, AnswersAsTheEndpointDoes) {
  endpoint_.server().Get("/v1/x", [](const Request&, Response& response) {
    response.status = 201;
    response.set_header("Content-Encoding", "identity");
    response.set_header("x-request-id", "r-1");
    response.set_header("Keep-Alive", "timeout=99");
    response.set_content("made", "application/json");
  });
  Start();
  auto client = Client();
  const auto response = client.Get(prefix_ + "/x");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "made");
  EXPECT_EQ(response->get_header_value("x-request-id"), "r-1");
  EXPECT_EQ(response->get_header_value("Content-Type"), "application/json");
  EXPECT_FALSE(response->has_header("Content-Encoding"));
  EXPECT_FALSE(response->has_header("Content-Length"));
}

TEST_F(ProxyTest, PassesHeadersButThoseOfTheConnection) {
  Echo("/v1/x");
  Start();
  auto client = Client();
  ASSERT_TRUE(client.Get(prefix_ + "/x", {{"x-a", "1"},
                                          {"x-a", "2"},
                                          {"TE", "trailers"},
                                          {"Proxy-Authorization", "p"},
                                          {"Accept-Encoding", "br"}}));
  ASSERT_EQ(seen_.size(), 1u);
  EXPECT_EQ(seen_[0].get_header_value("x-a"), "1, 2");
  EXPECT_EQ(seen_[0].get_header_value_count("x-a"), 1u);
  EXPECT_FALSE(seen_[0].has_header("TE"));
  EXPECT_FALSE(seen_[0].has_header("Proxy-Authorization"));
  EXPECT_EQ(seen_[0].get_header_value("Accept-Encoding"), "identity");
}

TEST_F(ProxyTest, EmptyRequestsHaveNoBody) {
  Echo("/v1/x");
  Start();
  auto client = Client();
  EXPECT_EQ(client.Get(prefix_ + "/x")->status, 200);
  EXPECT_EQ(client.Head(prefix_ + "/x")->status, 200);
  EXPECT_EQ(client.Post(prefix_ + "/x")->status, 200);
  ASSERT_EQ(seen_.size(), 3u);
  for (const Request& request : seen_) EXPECT_EQ(request.body, "");
  EXPECT_EQ(seen_[1].method, "HEAD");
}

TEST_F(ProxyTest, BodiesPassByteForByteEvenPackedOnes) {
  std::string encoding;
  std::string got;
  endpoint_.server().Post(
      "/v1/x", [&](const Request& request, Response& response,
                   const httplib::ContentReader& reader) {
        encoding = request.get_header_value("Content-Encoding");
        // Or the server of this test would unpack it.
        const_cast<Request&>(request).headers.erase("Content-Encoding");
        reader([&](const char* data, size_t size) {
          got.append(data, size);
          return true;
        });
        response.status = 204;
      });
  Start();
  auto client = Client();
  std::string bytes;
  for (int i = 0; i < 400'000; ++i) bytes.push_back(static_cast<char>(i * 13));
  const auto response =
      client.Post(prefix_ + "/x", {{"Content-Encoding", "gzip"}}, bytes,
                  "application/octet-stream");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 204);
  EXPECT_EQ(encoding, "gzip");
  EXPECT_TRUE(got == bytes);
}

TEST_F(ProxyTest, AddsTheBearerWhereNoneWasSent) {
  Echo("/v1/x");
  provider_.key = wire::Secret("k-1");
  provider_.bearer = true;
  Start();
  auto client = Client();
  ASSERT_TRUE(client.Get(prefix_ + "/x"));
  ASSERT_TRUE(client.Get(prefix_ + "/x", {{"Authorization", "Bearer own"}}));
  ASSERT_EQ(seen_.size(), 2u);
  EXPECT_EQ(seen_[0].get_header_value("Authorization"), "Bearer k-1");
  EXPECT_EQ(seen_[1].get_header_value("Authorization"), "Bearer own");
}

class AzureProxyTest : public ProxyTest {
 protected:
  AzureProxyTest() {
    provider_.type = "azure";
    provider_.key = wire::Secret("k-1");
    provider_.bearer = true;
  }
  httplib::Headers Credential() const {
    httplib::Headers headers;
    for (const auto& [name, value] : proxy_->headers()) {
      headers.emplace(name, value);
    }
    return headers;
  }
};

TEST_F(AzureProxyTest, IsToldByItsOriginAndNeedsAHeader) {
  Echo("/openai/.*");
  Start("/");
  EXPECT_EQ(proxy_->base_url(), "http://127.0.0.1:" + std::to_string(port_));
  ASSERT_EQ(proxy_->headers().size(), 1u);
  const std::string name = proxy_->headers().begin()->first;
  EXPECT_TRUE(std::regex_match(
      name, std::regex("x-openclaw-copilot-byok-[0-9a-f]{24}")));
  auto client = Client();
  httplib::Headers headers = Credential();
  headers.emplace("x-other", "o");
  ASSERT_TRUE(client.Get("/openai/responses?api-version=1", headers));
  ASSERT_EQ(seen_.size(), 1u);
  EXPECT_EQ(seen_[0].target, "/openai/responses?api-version=1");
  EXPECT_FALSE(seen_[0].has_header(name));
  EXPECT_EQ(seen_[0].get_header_value("x-other"), "o");
  EXPECT_FALSE(seen_[0].has_header("Authorization"));
}

TEST_F(AzureProxyTest, WithoutTheHeaderNothingIsRead) {
  Echo("/openai/.*");
  Start("/");
  auto client = Client();
  const std::string name = proxy_->headers().begin()->first;
  const std::string nonce = proxy_->headers().begin()->second;
  for (const httplib::Headers& headers :
       {httplib::Headers(), httplib::Headers{{name, ""}},
        httplib::Headers{{name, nonce.substr(1)}},
        httplib::Headers{{name, nonce + "0"}},
        httplib::Headers{{"x-openclaw-copilot-byok", nonce}}}) {
    const auto response = client.Get("/openai/responses", headers);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 404);
  }
  EXPECT_TRUE(seen_.empty());
}

// What comes back for bytes that are no whole request.
std::string RawExchange(int port, const std::string& bytes) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof address) == 0 &&
      send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size())) {
    std::array<char, 4096> buffer;
    ssize_t got;
    while ((got = recv(fd, buffer.data(), buffer.size(), 0)) > 0) {
      answer.append(buffer.data(), static_cast<size_t>(got));
    }
  }
  close(fd);
  return answer;
}

TEST_F(ProxyTest, ALargeRequestIsRefusedBeforeItsBody) {
  Echo("/v1/x");
  options_.most_body = 1000;
  Start();
  const std::string answer = RawExchange(
      port_, "POST " + prefix_ +
                 "/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(answer.rfind("HTTP/1.1 413 ", 0), 0u) << answer;
  EXPECT_NE(answer.find("Payload too large"), answer.npos);
  EXPECT_TRUE(seen_.empty());
}

TEST_F(ProxyTest, AChunkedRequestIsRefusedAsSoonAsItIsTooLarge) {
  Echo("/v1/x");
  options_.most_body = 1000;
  Start();
  const std::string chunk = "1F4\r\n" + std::string(500, 'x') + "\r\n";
  const std::string answer = RawExchange(
      port_,
      "POST " + prefix_ +
          "/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
          chunk + chunk + chunk);
  EXPECT_EQ(answer.rfind("HTTP/1.1 413 ", 0), 0u) << answer;
  EXPECT_TRUE(seen_.empty());
}

TEST_F(ProxyTest, ExactlyTheLimitPasses) {
  Echo("/v1/x");
  options_.most_body = 1000;
  Start();
  auto client = Client();
  const auto response =
      client.Post(prefix_ + "/x", std::string(1000, 'x'), "text/plain");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body.size(), 1000u);
}

TEST_F(ProxyTest, AnEndpointThatFailsIsABadGateway) {
  Start();
  endpoint_.Stop();
  auto client = Client();
  const auto response = client.Get(prefix_ + "/x");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 502);
  EXPECT_EQ(response->body, "connection to api.example.com failed: Connection");
}

TEST_F(ProxyTest, StreamsWhileTheEndpointStillSpeaks) {
  Event heard;
  endpoint_.server().Get("/v1/x", [&](const Request&, Response& response) {
    response.set_chunked_content_provider(
        "text/event-stream", [&heard](size_t offset, httplib::DataSink& sink) {
          if (offset == 0) return sink.write("data: 1\n\n", 9);
          // Only when the first part has arrived at the other end.
          const bool in_time = heard.Wait();
          sink.write("data: 2\n\n", 9);
          sink.done();
          return in_time;
        });
  });
  Start();
  auto client = Client();
  std::string all;
  const auto response =
      client.Get(prefix_ + "/x", [&](const char* data, size_t size) {
        all.append(data, size);
        heard.Set();
        return true;
      });
  ASSERT_TRUE(response);
  EXPECT_EQ(all, "data: 1\n\ndata: 2\n\n");
  endpoint_.Stop();
}

TEST_F(ProxyTest, ABrokenResponseBreaksTheConnection) {
  endpoint_.server().Get("/v1/x", [](const Request&, Response& response) {
    response.set_chunked_content_provider(
        "text/plain", [](size_t offset, httplib::DataSink& sink) {
          return offset == 0 && sink.write("half", 4);
        });
  });
  Echo("/v1/y");
  Start();
  auto client = Client();
  EXPECT_FALSE(client.Get(prefix_ + "/x"));
  EXPECT_TRUE(client.Get(prefix_ + "/y"));
}

// An endpoint that speaks until nobody listens.
void SpeakForEver(TestEndpoint& endpoint, Event& gone) {
  endpoint.server().Get("/v1/x", [&gone](const Request&, Response& response) {
    response.set_chunked_content_provider(
        "text/plain",
        [](size_t, httplib::DataSink& sink) { return sink.write("more ", 5); },
        [&gone](bool) { gone.Set(); });
  });
}

TEST_F(ProxyTest, AClientThatLeavesEndsTheRequest) {
  Event gone;
  SpeakForEver(endpoint_, gone);
  Echo("/v1/y");
  Start();
  auto client = Client();
  EXPECT_FALSE(
      client.Get(prefix_ + "/x", [](const char*, size_t) { return false; }));
  EXPECT_TRUE(gone.Wait());
  EXPECT_TRUE(client.Get(prefix_ + "/y"));
  endpoint_.Stop();
}

TEST_F(ProxyTest, ClosingEndsRequestsAndThePort) {
  Event gone;
  Event heard;
  SpeakForEver(endpoint_, gone);
  Start();
  std::thread listening([&] {
    auto client = Client();
    (void)client.Get(prefix_ + "/x", [&](const char*, size_t) {
      heard.Set();
      return true;
    });
  });
  EXPECT_TRUE(heard.Wait());
  proxy_.reset();
  EXPECT_TRUE(gone.Wait());
  listening.join();
  auto client = Client();
  const auto refused = client.Get(prefix_ + "/x");
  EXPECT_EQ(refused.error(), httplib::Error::Connection);
  endpoint_.Stop();
}

TEST_F(ProxyTest, ClosingEndsARequestThatNobodyHasAnswered) {
  Event asked;
  Event released;
  endpoint_.server().Get("/v1/x", [&](const Request&, Response& response) {
    asked.Set();
    released.Wait();
    response.status = 200;
  });
  Start();
  std::thread listening([&] {
    auto client = Client();
    (void)client.Get(prefix_ + "/x");
  });
  EXPECT_TRUE(asked.Wait());
  proxy_.reset();  // does not wait for the endpoint
  listening.join();
  released.Set();
  endpoint_.Stop();
}

// Bytes of this process that are in memory, at most so far.
size_t PeakMemory() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss) * 1024;
}

TEST_F(ProxyTest, ThirtyTwoMebibytesPassWithoutBeingHeld) {
  constexpr size_t kSize = 32 * 1024 * 1024;
  size_t received = 0;
  endpoint_.server().Post("/v1/x", [&](const Request&, Response& response,
                                       const httplib::ContentReader& reader) {
    reader([&](const char*, size_t size) {
      received += size;
      return true;
    });
    response.set_content_provider(
        kSize, "application/octet-stream",
        [](size_t, size_t length, httplib::DataSink& sink) {
          const std::string piece(std::min<size_t>(length, 65'536), 'y');
          return sink.write(piece.data(), piece.size());
        });
  });
  Start();
  auto client = Client();
  size_t returned = 0;
  const size_t before = PeakMemory();
  Request request;
  request.method = "POST";
  request.path = prefix_ + "/x";
  request.content_length_ = kSize;
  request.content_provider_ = [](size_t, size_t length,
                                 httplib::DataSink& sink) {
    const std::string piece(std::min<size_t>(length, 65'536), 'x');
    return sink.write(piece.data(), piece.size());
  };
  request.content_receiver = [&](const char*, size_t size, uint64_t, uint64_t) {
    returned += size;
    return true;
  };
  ASSERT_TRUE(client.send(request));
  EXPECT_EQ(received, kSize);
  EXPECT_EQ(returned, kSize);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
  EXPECT_LT(PeakMemory() - before, kSize / 4);
#else
  (void)before;
#endif
}

}  // namespace
}  // namespace copilot::harness

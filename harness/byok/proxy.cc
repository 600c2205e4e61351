// SPDX-License-Identifier: MIT
#include "harness/byok/proxy.h"

#include <fmt/format.h>
#include <httplib.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "harness/byok/guarded_fetch.h"
#include "harness/byok/spool.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

constexpr size_t kMostBuffered = 256 * 1024;
constexpr std::chrono::milliseconds kLookInterval(100);
constexpr char kNotFound[] = "Not found";
constexpr char kTooLarge[] = "Payload too large";
constexpr char kFailed[] = "BYOK provider proxy failed";

std::string RandomHex() {
  std::array<unsigned char, 12> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return "";
  std::string hex;
  for (const unsigned char byte : bytes) hex += fmt::format("{:02x}", byte);
  return hex;
}

bool SameInConstantTime(const std::string& a, const std::string& b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool IsHopByHop(const std::string& lower) {
  for (const char* name : {"connection", "host", "keep-alive",
                           "proxy-authenticate", "proxy-authorization", "te",
                           "trailer", "transfer-encoding", "upgrade"}) {
    if (lower == name) return true;
  }
  return false;
}

// What httplib notes in the headers of a request it received.
bool IsNote(const std::string& lower) {
  return lower == "remote_addr" || lower == "remote_port" ||
         lower == "local_addr" || lower == "local_port";
}

// A response on its way from the endpoint to the CLI, which may be slower.
class Exchange {
 public:
  explicit Exchange(std::shared_ptr<Network> network)
      : fetch_(std::move(network)) {}
  ~Exchange() {
    Abort();
    if (thread_.joinable()) thread_.join();
  }

  Spool& body() { return body_; }

  void Start(FetchRequest request) {
    if (body_.size() > 0 && request.method != "GET" &&
        request.method != "HEAD") {
      request.body = &body_;
    }
    thread_ = std::thread([this, request = std::move(request)] {
      const std::string failure = fetch_.Run(
          request,
          {[this](const FetchResponse& head) { return TakeHead(head); },
           [this](std::string_view bytes) { return Take(bytes); }});
      const std::lock_guard lock(mutex_);
      ended_ = true;
      failure_ = failure;
      changed_.notify_all();
    });
  }

  // Nothing, and the reason, when there is no response.
  std::optional<FetchResponse> AwaitHead(std::string* failure) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return head_ || ended_ || aborted_; });
    if (!head_) *failure = aborted_ ? kFailed : failure_;
    return head_;
  }

  // One step of telling the rest; false breaks the connection.
  bool Pass(httplib::DataSink& sink) {
    std::string bytes;
    {
      std::unique_lock lock(mutex_);
      const auto ready = [this] {
        return !buffered_.empty() || ended_ || aborted_;
      };
      if (!changed_.wait_for(lock, kLookInterval, ready)) {
        lock.unlock();
        return sink.is_writable();
      }
      if (aborted_) return false;
      if (buffered_.empty()) {
        if (failure_.empty()) sink.done();
        return failure_.empty();
      }
      bytes = std::exchange(buffered_, "");
      changed_.notify_all();
    }
    return sink.write(bytes.data(), bytes.size());
  }

  void Abort() {
    {
      const std::lock_guard lock(mutex_);
      aborted_ = true;
      changed_.notify_all();
    }
    fetch_.Abort();
  }

 private:
  bool TakeHead(const FetchResponse& head) {
    const std::lock_guard lock(mutex_);
    head_ = head;
    changed_.notify_all();
    return !aborted_;
  }

  bool Take(std::string_view bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(
        lock, [this] { return buffered_.size() < kMostBuffered || aborted_; });
    buffered_ += bytes;
    changed_.notify_all();
    return !aborted_;
  }

  Spool body_;
  GuardedFetch fetch_;
  std::thread thread_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<FetchResponse> head_;
  std::string buffered_;
  bool ended_ = false;
  bool aborted_ = false;
  std::string failure_;
};

class Proxy : public ByokProxy {
 public:
  Proxy(const ByokProvider& provider, ByokProxyOptions options)
      : provider_(provider), options_(std::move(options)), nonce_(RandomHex()) {
    prefix_ = "/" + nonce_ + provider_.endpoint.base_path();
    if (provider_.azure()) ChooseCredential();
  }

  ~Proxy() override {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      for (Exchange* exchange : exchanges_) exchange->Abort();
    }
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  bool Listen() {
    server_.set_keep_alive_max_count(1);
    server_.set_tcp_nodelay(true);
    server_.set_payload_max_length(options_.most_body + 1);
    const auto with_body = [this](const httplib::Request& request,
                                  httplib::Response& response,
                                  const httplib::ContentReader& reader) {
      Handle(request, response, &reader);
    };
    const auto without = [this](const httplib::Request& request,
                                httplib::Response& response) {
      Handle(request, response, nullptr);
    };
    server_.Get(".*", without);
    server_.Options(".*", without);
    server_.Post(".*", with_body);
    server_.Put(".*", with_body);
    server_.Patch(".*", with_body);
    server_.Delete(".*", with_body);
    const int port =
        nonce_.empty() ? -1 : server_.bind_to_any_port(options_.listen_on);
    if (port <= 0) return false;
    base_url_ = fmt::format("http://{}:{}", options_.listen_on, port);
    if (!provider_.azure()) base_url_ += prefix_;
    server_.set_keep_alive_timeout(1);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // A stop before it runs would be lost.
    while (!server_.is_running()) std::this_thread::yield();
    return true;
  }

  const std::string& base_url() const override { return base_url_; }
  const std::map<std::string, std::string>& headers() const override {
    return headers_;
  }

 private:
  // The SDK's Azure client makes paths of its own, so that the nonce has to be
  // in a header instead.
  void ChooseCredential() {
    do {
      credential_ = "x-openclaw-copilot-byok-" + RandomHex();
    } while (provider_.headers.count(credential_) != 0);
    headers_[credential_] = nonce_;
  }

  // Where a path leads; nothing for one that leads nowhere.
  std::optional<Url> Target(const httplib::Request& request) const {
    Url target = provider_.endpoint;
    const size_t question = request.target.find('?');
    const std::string path = request.target.substr(0, question);
    if (path == prefix_ || path.rfind(prefix_ + "/", 0) == 0) {
      target.path = target.base_path() + path.substr(prefix_.size());
    } else if (provider_.azure() &&
               (path == "/openai" || path.rfind("/openai/", 0) == 0) &&
               SameInConstantTime(request.get_header_value(credential_),
                                  nonce_)) {
      target.path = path;
    } else {
      return std::nullopt;
    }
    if (target.path.empty()) target.path = "/";
    if (question != std::string::npos && question + 1 < request.target.size()) {
      const std::string query = request.target.substr(question + 1);
      target.query += (target.query.empty() ? "?" : "&") + query;
    }
    return target;
  }

  HttpHeaders ForwardedHeaders(const httplib::Request& request) const {
    HttpHeaders forwarded;
    std::map<std::string, size_t> places;
    bool authorized = false;
    for (const auto& [name, value] : request.headers) {
      const std::string lower = Lower(name);
      if (IsHopByHop(lower) || IsNote(lower) || lower == "accept-encoding" ||
          lower == "content-length" || lower == Lower(credential_)) {
        continue;
      }
      authorized |= lower == "authorization";
      const auto [place, fresh] = places.emplace(lower, forwarded.size());
      if (fresh) {
        forwarded.emplace_back(name, value);
      } else {
        forwarded[place->second].second += ", " + value;
      }
    }
    forwarded.emplace_back("accept-encoding", "identity");
    const bool nonce_path = request.target.rfind("/" + nonce_, 0) == 0;
    if (provider_.bearer && !provider_.key.empty() && !authorized &&
        nonce_path) {
      forwarded.emplace_back("authorization",
                             "Bearer " + provider_.key.Reveal());
    }
    return forwarded;
  }

  void Handle(const httplib::Request& request, httplib::Response& response,
              const httplib::ContentReader* reader) {
    const auto target = Target(request);
    if (!target) return Refuse(404, kNotFound, &response);
    const auto exchange = std::make_shared<Exchange>(options_.network);
    if (!Open(exchange.get())) return Refuse(502, kFailed, &response);
    const std::shared_ptr<void> open(
        nullptr, [this, exchange](void*) { Close(exchange.get()); });
    FetchRequest fetch{request.method, *target, ForwardedHeaders(request)};
    // Bodies pass as they are: httplib must neither unpack nor pack them.
    auto& headers = const_cast<httplib::Request&>(request).headers;
    headers.erase("Content-Encoding");
    headers.erase("Accept-Encoding");
    if (reader != nullptr &&
        !Receive(request, *reader, exchange->body(), &response)) {
      return;
    }
    exchange->Start(std::move(fetch));
    std::string failure;
    const auto head = exchange->AwaitHead(&failure);
    if (!head) {
      return Refuse(502, failure.empty() ? kFailed : failure, &response);
    }
    Answer(*head, exchange, open, &response);
  }

  bool Receive(const httplib::Request& request,
               const httplib::ContentReader& reader, Spool& body,
               httplib::Response* response) const {
    const std::string declared = request.get_header_value("Content-Length");
    if (!declared.empty() &&
        std::strtoull(declared.c_str(), nullptr, 10) > options_.most_body) {
      Refuse(413, kTooLarge, response);
      return false;
    }
    bool kept = true;
    const bool complete = reader([&](const char* data, size_t size) {
      if (body.size() + size > options_.most_body) return false;
      kept = body.Append({data, size});
      return kept;
    });
    if (complete) return true;
    if (!kept) {
      Refuse(502, kFailed, response);
    } else {
      Refuse(413, kTooLarge, response);
    }
    return false;
  }

  static void Answer(const FetchResponse& head,
                     const std::shared_ptr<Exchange>& exchange,
                     const std::shared_ptr<void>& open,
                     httplib::Response* response) {
    response->status = head.status;
    std::string type;
    for (const auto& [name, value] : head.headers) {
      const std::string lower = Lower(name);
      if (lower == "content-type") type = value;
      if (IsHopByHop(lower) || lower == "content-encoding" ||
          lower == "content-length" || lower == "content-type") {
        continue;
      }
      response->headers.emplace(name, value);
    }
    if (head.status == 204 || head.status == 304) return;
    response->set_chunked_content_provider(
        type,
        [exchange](size_t, httplib::DataSink& sink) {
          return exchange->Pass(sink);
        },
        [exchange, open](bool success) {
          if (!success) exchange->Abort();
        });
    if (type.empty()) response->headers.erase("Content-Type");
  }

  static void Refuse(int status, const std::string& text,
                     httplib::Response* response) {
    response->status = status;
    response->set_content(text, "text/plain; charset=utf-8");
  }

  bool Open(Exchange* exchange) {
    const std::lock_guard lock(mutex_);
    if (!closed_) exchanges_.insert(exchange);
    return !closed_;
  }
  void Close(Exchange* exchange) {
    const std::lock_guard lock(mutex_);
    exchanges_.erase(exchange);
  }

  const ByokProvider provider_;
  const ByokProxyOptions options_;
  const std::string nonce_;
  std::string prefix_;
  std::string credential_ = "x-openclaw-copilot-byok";  // a header's name
  std::map<std::string, std::string> headers_;
  std::string base_url_;
  std::mutex mutex_;  // guards what follows
  std::set<Exchange*> exchanges_;
  bool closed_ = false;
  httplib::Server server_;
  std::thread thread_;
};

}  // namespace

Expected<std::unique_ptr<ByokProxy>> ByokProxy::Start(
    const ByokProvider& provider, const ByokProxyOptions& options) {
  auto proxy = std::make_unique<Proxy>(provider, options);
  if (!proxy->Listen()) {
    return Fail("[copilot-attempt] failed to start BYOK network proxy",
                "model_not_supported");
  }
  return std::unique_ptr<ByokProxy>(std::move(proxy));
}

}  // namespace copilot::harness

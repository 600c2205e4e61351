// SPDX-License-Identifier: MIT
#include "harness/byok/guarded_fetch.h"

#include <httplib.h>

#include <algorithm>

#include "harness/byok/endpoint_policy.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

constexpr int kMostRedirects = 5;
constexpr int kConnectSeconds = 30;
constexpr int kReadSeconds = 600;  // between two pieces of a response
constexpr size_t kPiece = 64 * 1024;
constexpr char kBlocked[] =
    "[copilot-attempt] BYOK endpoint is blocked by OpenClaw SSRF policy";

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 ||
         status == 308;
}

bool IsCredential(const std::string& header) {
  const std::string name = Lower(header);
  for (const char* known : {"authorization", "proxy-authorization", "cookie",
                            "api-key", "x-api-key", "x-goog-api-key"}) {
    if (name == known) return true;
  }
  return false;
}

// What the next request is, as browsers do it; the body goes along with 307
// and 308 only.
void Follow(int status, Url next, FetchRequest* request) {
  if (status != 307 && status != 308 && request->method != "HEAD") {
    request->method = "GET";
    request->body = nullptr;
    std::erase_if(request->headers, [](const auto& header) {
      return Lower(header.first).rfind("content-", 0) == 0;
    });
  }
  if (next.origin() != request->url.origin()) {
    std::erase_if(request->headers, [](const auto& header) {
      return IsCredential(header.first);
    });
  }
  request->url = std::move(next);
}

}  // namespace

// One request to one address.
class GuardedFetch::Hop {
 public:
  Hop(const Url& url, const std::string& address, Network& network)
      : client_(url.bare_host(), url.port) {
    client_.set_hostname_addr_map({{url.bare_host(), network.Dial(address)}});
    const std::string authorities = network.Authorities();
    if (!authorities.empty()) client_.set_ca_cert_path(authorities);
    client_.enable_server_certificate_verification(true);
    client_.set_follow_location(false);
    client_.set_url_encode(false);
    client_.set_decompress(false);
    client_.set_tcp_nodelay(true);
    client_.set_connection_timeout(kConnectSeconds, 0);
    client_.set_read_timeout(kReadSeconds, 0);
    client_.set_write_timeout(kReadSeconds, 0);
  }

  // Where a redirect leads; empty for any other response. Its status is
  // `redirect` then.
  std::string Run(const FetchRequest& from, const Handlers& handlers,
                  std::string* failure) {
    httplib::Request request;
    request.method = from.method;
    request.path = from.url.path + from.url.query;
    request.headers.emplace("Host", from.url.origin().substr(8));
    for (const auto& [name, value] : from.headers) {
      request.headers.emplace(name, value);
    }
    if (from.body != nullptr) AddBody(*from.body, &request);
    std::string location;
    bool told = false;
    const auto take_head = [&](const httplib::Response& head) {
      told = true;
      redirect = head.status;
      if (IsRedirect(head.status)) location = head.get_header_value("Location");
      if (!location.empty()) return true;
      FetchResponse response{head.status, {}};
      for (const auto& [name, value] : head.headers) {
        response.headers.emplace_back(name, value);
      }
      return handlers.on_head(response);
    };
    request.response_handler = take_head;
    request.content_receiver = [&](const char* data, size_t size, uint64_t,
                                   uint64_t) {
      return !location.empty() || handlers.on_body({data, size});
    };
    const httplib::Result result = client_.send(request);
    // It keeps a response without a body to itself.
    if (result && !told) take_head(*result);
    if (!result) {
      *failure = "connection to " + from.url.host +
                 " failed: " + httplib::to_string(result.error());
    }
    return location;
  }

  void Stop() { client_.stop(); }

  int redirect = 0;

 private:
  static void AddBody(const Spool& body, httplib::Request* request) {
    request->content_length_ = body.size();
    request->content_provider_ = [&body](size_t offset, size_t length,
                                         httplib::DataSink& sink) {
      const std::string piece = body.Read(offset, std::min(length, kPiece));
      return !piece.empty() && sink.write(piece.data(), piece.size());
    };
  }

  httplib::SSLClient client_;
};

GuardedFetch::GuardedFetch(std::shared_ptr<Network> network)
    : network_(std::move(network)) {}

GuardedFetch::~GuardedFetch() = default;

std::string GuardedFetch::Run(FetchRequest request, const Handlers& handlers) {
  for (int i = 0; i <= kMostRedirects; ++i) {
    if (!IsAllowedEndpoint(request.url)) return kBlocked;
    const std::string host = request.url.bare_host();
    const std::vector<std::string> addresses =
        IsPublicAddress(host) ? std::vector<std::string>{host}
                              : network_->Resolve(host);
    if (addresses.empty()) return "no address found for " + request.url.host;
    if (!std::all_of(addresses.begin(), addresses.end(),
                     [](const auto& each) { return IsPublicAddress(each); })) {
      return kBlocked;
    }
    Hop hop(request.url, addresses.front(), *network_);
    {
      const std::lock_guard lock(mutex_);
      if (aborted_) return "aborted";
      hop_ = &hop;
    }
    std::string failure;
    const std::string location = hop.Run(request, handlers, &failure);
    {
      const std::lock_guard lock(mutex_);
      hop_ = nullptr;
    }
    if (aborted_) return "aborted";
    if (!failure.empty() || location.empty()) return failure;
    const auto next = ResolveUrl(request.url, location);
    if (!next) return "a redirect leads nowhere";
    Follow(hop.redirect, *next, &request);
  }
  return "too many redirects";
}

void GuardedFetch::Abort() {
  aborted_ = true;
  const std::lock_guard lock(mutex_);
  if (hop_ != nullptr) hop_->Stop();
}

}  // namespace copilot::harness

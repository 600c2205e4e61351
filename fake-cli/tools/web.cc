// SPDX-License-Identifier: MIT
//
// web_fetch. Like the real CLI's it never asks loopback, private or link-local
// addresses.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <httplib.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <mutex>
#include <thread>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/session.h"
#include "fake-cli/tools/built_in.h"
#include "wire/secret.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

constexpr size_t kUsualLength = 5000;  // characters

struct Url {
  std::string scheme;
  std::string host;
  std::string port;
  std::string origin;
  std::string path;
};

std::optional<Url> Parse(const std::string& text) {
  Url url;
  const size_t scheme = text.find("://");
  if (scheme == text.npos) return std::nullopt;
  url.scheme = text.substr(0, scheme);
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  const size_t begin = scheme + 3;
  const size_t end = std::min(text.find_first_of("/?#", begin), text.size());
  std::string authority = text.substr(begin, end - begin);
  url.origin = url.scheme + "://" + authority;
  url.path = end < text.size() && text[end] == '/' ? text.substr(end)
                                                   : "/" + text.substr(end);
  url.path = url.path.substr(0, url.path.find('#'));
  const size_t user = authority.rfind('@');
  if (user != authority.npos) authority.erase(0, user + 1);
  const bool literal = !authority.empty() && authority[0] == '[';
  const size_t close = literal ? authority.find(']') : 0;
  if (close == authority.npos) return std::nullopt;
  const size_t colon = authority.find(':', close);
  url.host =
      literal ? authority.substr(1, close - 1) : authority.substr(0, colon);
  url.port = colon == authority.npos ? url.scheme == "https" ? "443" : "80"
                                     : authority.substr(colon + 1);
  if (url.host.empty()) return std::nullopt;
  return url;
}

bool IsPrivate(uint32_t address) {
  struct Range {
    uint32_t network;
    int bits;
  };
  constexpr std::array<Range, 8> kRanges = {{{0x00000000, 8},
                                             {0x0a000000, 8},
                                             {0x64400000, 10},
                                             {0x7f000000, 8},
                                             {0xa9fe0000, 16},
                                             {0xac100000, 12},
                                             {0xc0a80000, 16},
                                             {0xe0000000, 3}}};
  for (const Range& range : kRanges) {
    if ((address ^ range.network) >> (32 - range.bits) == 0) return true;
  }
  return false;
}

bool IsPrivate(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    return IsPrivate(
        ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  }
  const in6_addr& v6 =
      reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    uint32_t v4 = 0;
    std::copy_n(v6.s6_addr + 12, 4, reinterpret_cast<uint8_t*>(&v4));
    return IsPrivate(ntohl(v4));
  }
  return IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6) ||
         IN6_IS_ADDR_LINKLOCAL(&v6) || IN6_IS_ADDR_MULTICAST(&v6) ||
         (v6.s6_addr[0] & 0xfe) == 0xfc;
}

std::string Shown(const addrinfo* address) {
  std::array<char, NI_MAXHOST> name{};
  getnameinfo(address->ai_addr, address->ai_addrlen, name.data(), name.size(),
              nullptr, 0, NI_NUMERICHOST);
  return name.data();
}

// What a fetch came to: the page, or why not.
struct Page {
  std::string body;
  std::string error;
  bool blocked = false;
};

Page Fetch(const std::string& text) {
  const auto url = Parse(text);
  if (!url) return {"", "Invalid URL: " + text, false};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(url->host.c_str(), url->port.c_str(), &hints, &found) != 0) {
    return {"", "TypeError: fetch failed", false};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found,
                                                                 freeaddrinfo);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (!IsPrivate(each->ai_addr)) continue;
    return {"",
            fmt::format("WebFetchBlockedUrlError: web_fetch URL \"{}\" "
                        "resolves to blocked address {}. URLs must not target "
                        "loopback, private, or link-local addresses.",
                        text, Shown(each)),
            true};
  }
  httplib::Client client(url->origin);
  client.set_connection_timeout(10, 0);
  client.set_read_timeout(30, 0);
  // The address that was checked is the one that is asked.
  client.set_hostname_addr_map({{url->host, Shown(found)}});
  const httplib::Result answer = client.Get(url->path);
  if (!answer) return {"", "TypeError: fetch failed", false};
  if (answer->status >= 300) {
    return {"",
            fmt::format("Error: HTTP {} {}", answer->status, answer->reason),
            false};
  }
  return {answer->body, "", false};
}

// From a thread to the io_context, which may be gone once it is closed.
class WayBack {
 public:
  explicit WayBack(asio::io_context& io) : io_(&io), work_(io.get_executor()) {}

  template <typename Function>
  void Post(Function function) {
    const std::lock_guard lock(mutex_);
    if (io_ != nullptr) asio::post(*io_, std::move(function));
    Release();
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    Release();
  }

 private:
  void Release() {
    io_ = nullptr;
    work_.reset();
  }

  std::mutex mutex_;
  asio::io_context* io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
};

class WebFetch : public BuiltInTool,
                 public std::enable_shared_from_this<WebFetch> {
 public:
  explicit WebFetch(ToolCall call)
      : call_(std::move(call)), url_(call_.Text("url")) {}

  Json Permission() override {
    return {{"kind", "url"},
            {"intention", "Fetch content from this URL."},
            {"url", url_},
            {"requestSandboxBypass", false},
            {"requestSandboxBypassReason", nullptr}};
  }

  void Run(Finish finish) override {
    finish_ = std::move(finish);
    way_back_ = std::make_shared<WayBack>(call_.session.host.io());
    std::thread([self = shared_from_this(), way_back = way_back_] {
      Page page = Fetch(self->url_);
      way_back->Post([self, page = std::move(page)] { self->Tell(page); });
    }).detach();
  }

  void Cancel() override {
    finish_ = nullptr;
    if (way_back_) way_back_->Close();
  }

 private:
  int64_t Whole(const char* name, int64_t fallback) const {
    const Json value = call_.arguments.value(name, Json());
    return value.is_number_integer() ? value.get<int64_t>() : fallback;
  }

  void Tell(const Page& page) {
    const auto finish = std::exchange(finish_, nullptr);
    if (!finish) return;
    const auto start =
        static_cast<size_t>(std::max<int64_t>(0, Whole("start_index", 0)));
    ToolResult result =
        page.error.empty()
            ? Succeeded(Part(page.body, start))
            : Failed(fmt::format("Failed to fetch {}: {}", url_, page.error),
                     page.error);
    const bool raw = call_.arguments.value("raw", Json()) == true;
    result.telemetry = {{"properties",
                         {{"hashedUrl", wire::Sha256Hex(url_)},
                          {"raw", raw ? "true" : "false"}}},
                        {"restrictedProperties", {{"url", url_}}},
                        {"metrics", {{"startIndex", start}}}};
    if (page.blocked) result.telemetry["properties"]["url_blocked"] = "true";
    if (!page.error.empty()) {
      result.telemetry["restrictedProperties"]["errorMessage"] = page.error;
    }
    finish(std::move(result));
  }

  std::string Part(const std::string& body, size_t start) const {
    const auto most = static_cast<size_t>(
        std::max<int64_t>(0, Whole("max_length", kUsualLength)));
    if (start >= body.size()) return "No more content available.";
    std::string text = body.substr(start, most);
    if (start + text.size() < body.size()) {
      text +=
          fmt::format("\n\n<content truncated; use start_index {} to read on>",
                      start + text.size());
    }
    return text;
  }

  const ToolCall call_;
  const std::string url_;
  Finish finish_;
  std::shared_ptr<WayBack> way_back_;
};

}  // namespace

std::shared_ptr<BuiltInTool> MakeWebFetch(ToolCall call) {
  if (call.name != "web_fetch") return nullptr;
  return std::make_shared<WebFetch>(std::move(call));
}

}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
//
// A request to an endpoint that may only be a public one, over https: the name
// is resolved once, every address it has is judged, and the one that was judged
// is the one that is dialled. Each redirect is judged again.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/byok/network.h"
#include "harness/byok/spool.h"
#include "harness/byok/url.h"

namespace copilot::harness {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct FetchRequest {
  std::string method;
  Url url;
  HttpHeaders headers;
  const Spool* body = nullptr;  // null: none. Outlives the fetch
};

struct FetchResponse {
  int status = 0;
  HttpHeaders headers;
};

// Can be used once.
class GuardedFetch {
 public:
  struct Handlers {
    // False ends the fetch.
    std::function<bool(const FetchResponse&)> on_head;
    std::function<bool(std::string_view bytes)> on_body;
  };

  explicit GuardedFetch(std::shared_ptr<Network> network);
  ~GuardedFetch();

  // Blocks until the response has ended. Returns the reason when it has not,
  // or not well; it holds no URL and no header.
  std::string Run(FetchRequest request, const Handlers& handlers);

  // Ends Run soon, from any thread.
  void Abort();

 private:
  class Hop;

  const std::shared_ptr<Network> network_;
  std::atomic<bool> aborted_ = false;
  std::mutex mutex_;  // guards hop_
  Hop* hop_ = nullptr;
};

}  // namespace copilot::harness

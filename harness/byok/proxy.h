// SPDX-License-Identifier: MIT
//
// Stands on this machine between the CLI and a provider's endpoint, for one
// attempt: the CLI is never told the endpoint, and what it sends goes only
// there (harness spec 13.5).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "harness/byok/network.h"
#include "harness/byok/provider.h"
#include "harness/error.h"

namespace copilot::harness {

struct ByokProxyOptions {
  std::shared_ptr<Network> network = MakeSystemNetwork();
  size_t most_body = 32 * 1024 * 1024;  // bytes of a request
  std::string listen_on = "127.0.0.1";  // an address of this machine only
};

class ByokProxy {
 public:
  // Fails with code "model_not_supported".
  static Expected<std::unique_ptr<ByokProxy>> Start(
      const ByokProvider& provider, const ByokProxyOptions& options = {});

  // Ends all requests under way; the port is closed afterwards. Blocks until
  // they have ended.
  virtual ~ByokProxy() = default;

  // What the CLI is told.
  virtual const std::string& base_url() const = 0;
  virtual const std::map<std::string, std::string>& headers() const = 0;
};

// The provider of a session's config, by way of the proxy.
inline Json SessionProvider(const ByokProvider& provider,
                            const ByokProxy& proxy) {
  return SessionProvider(provider, proxy.base_url(), proxy.headers());
}

}  // namespace copilot::harness

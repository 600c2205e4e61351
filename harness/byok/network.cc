// SPDX-License-Identifier: MIT
#include "harness/byok/network.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <array>

namespace copilot::harness {
namespace {

class SystemNetwork : public Network {
 public:
  std::vector<std::string> Resolve(const std::string& host) override {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
    std::vector<std::string> addresses;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
      std::array<char, NI_MAXHOST> text;
      if (getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(),
                      nullptr, 0, NI_NUMERICHOST) == 0) {
        addresses.emplace_back(text.data());
      }
    }
    freeaddrinfo(found);
    return addresses;
  }
};

}  // namespace

std::shared_ptr<Network> MakeSystemNetwork() {
  return std::make_shared<SystemNetwork>();
}

}  // namespace copilot::harness

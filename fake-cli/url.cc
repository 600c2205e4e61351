// SPDX-License-Identifier: MIT
#include "fake-cli/url.h"

namespace copilot::fake_cli {

SplitUrl Split(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t path =
      url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  if (path == std::string::npos) return {url, ""};
  return {url.substr(0, path), url.substr(path)};
}

}  // namespace copilot::fake_cli

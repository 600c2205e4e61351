// SPDX-License-Identifier: MIT
#include "fake-model/routes.h"

#include <string_view>

namespace copilot::fake_model {
namespace {

// "gpt-4.1" of "…/openai/deployments/gpt-4.1/chat/completions".
std::string Deployment(const std::string& path) {
  constexpr std::string_view kBefore = "/openai/deployments/";
  const size_t at = path.find(kBefore);
  if (at == std::string::npos) return "";
  const size_t begin = at + kBefore.size();
  return path.substr(begin, path.find('/', begin) - begin);
}

}  // namespace

Route Routes::Find(const std::string& path) const {
  if (path.ends_with("/chat/completions")) {
    const bool azure = path.find("/openai/deployments/") != path.npos ||
                       path.starts_with("/openai/v1/");
    const Api* const api = azure ? &azure_ : static_cast<const Api*>(&chat_);
    return {api, Deployment(path)};
  }
  if (path.ends_with("/responses")) return {&responses_, Deployment(path)};
  if (path.ends_with("/v1/messages")) return {&messages_, ""};
  if (path.ends_with("/api/chat")) return {&ollama_, ""};
  return {};
}

}  // namespace copilot::fake_model

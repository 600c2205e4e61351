// SPDX-License-Identifier: MIT
#include "conformance/evidence/scrubber.h"

#include <algorithm>
#include <cctype>

namespace copilot::conformance {

using Json = nlohmann::json;

namespace {

void CollectFromText(const std::string& text, std::set<std::string>* found) {
  constexpr std::string_view kBegin = "tok-";
  size_t at = 0;
  while ((at = text.find(kBegin, at)) != std::string::npos) {
    size_t end = at + kBegin.size();
    while (end < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[end])) ||
            text[end] == '-')) {
      ++end;
    }
    size_t last = end;
    while (text[last - 1] == '-') --last;
    // Without anything behind the prefix it is a word.
    if (last > at + kBegin.size()) found->insert(text.substr(at, last - at));
    at = end;
  }
}

}  // namespace

void CollectCredentials(const Json& value, std::set<std::string>* found) {
  if (value.is_string()) {
    CollectFromText(value.get_ref<const std::string&>(), found);
  }
  if (!value.is_structured()) return;
  for (const Json& part : value) CollectCredentials(part, found);
}

void Scrubber::Learn(const wire::Secret& credential) {
  if (credential.empty()) return;
  credentials_.push_back(credential);
  // One may begin as another one does.
  std::stable_sort(credentials_.begin(), credentials_.end(),
                   [](const wire::Secret& a, const wire::Secret& b) {
                     return a.Reveal().size() > b.Reveal().size();
                   });
}

void Scrubber::Clean(std::string* text) const {
  for (const wire::Secret& credential : credentials_) {
    const std::string fingerprint = credential.fingerprint();
    size_t at = 0;
    while ((at = text->find(credential.Reveal(), at)) != std::string::npos) {
      text->replace(at, credential.Reveal().size(), fingerprint);
      at += fingerprint.size();
    }
  }
}

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
#include "conformance/traces/places.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

std::string ReplaceAll(std::string text, const std::string& what,
                       const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != text.npos;
       at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// Applies `change` to each text in `value`.
template <typename Change>
Json Texts(const Json& value, const Change& change) {
  if (value.is_string()) return change(value.get<std::string>());
  if (!value.is_structured()) return value;
  Json out = value;
  for (Json& member : out) member = Texts(member, change);
  return out;
}

}  // namespace

std::string Places::ToHere(std::string text) const {
  for (const auto& [placeholder, place] : places_) {
    text = ReplaceAll(std::move(text), placeholder, place);
  }
  return text;
}

std::string Places::ToRecording(std::string text) const {
  for (const auto& [placeholder, place] : places_) {
    text = ReplaceAll(std::move(text), place, placeholder);
  }
  return text;
}

Json Places::ToHere(const Json& message) const {
  return Texts(message, [this](std::string text) { return ToHere(text); });
}

Json Places::ToRecording(const Json& message) const {
  return Texts(message, [this](std::string text) { return ToRecording(text); });
}

}  // namespace copilot::conformance

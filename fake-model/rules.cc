// SPDX-License-Identifier: MIT
#include "fake-model/rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace copilot::fake_model {
namespace {

const nlohmann::json kNone = nlohmann::json::array();

}  // namespace

bool Has(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && !member->is_null();
}

std::string At(const std::string& path, size_t index) {
  return fmt::format("{}[{}]", path, index);
}

void Findings::Add(const std::string& path, const std::string& text) {
  violations_.push_back(path + ": " + text);
}

std::string Findings::String(const Json& object, const char* name,
                             const std::string& path) {
  const auto member = object.find(name);
  if (member != object.end() && member->is_string() && *member != "") {
    return *member;
  }
  Add(path + "." + name, member == object.end()
                             ? "required"
                             : "expected a string that is not empty");
  return "";
}

const Findings::Json& Findings::List(const Json& object, const char* name,
                                     const std::string& path) {
  const auto member = object.find(name);
  if (member != object.end() && member->is_array() && !member->empty()) {
    return *member;
  }
  Add(path + "." + name, member == object.end()
                             ? "required"
                             : "expected a list that is not empty");
  return kNone;
}

const Findings::Json& Findings::OptionalList(const Json& object,
                                             const char* name,
                                             const std::string& path) {
  if (!Has(object, name)) return kNone;
  const Json& member = *object.find(name);
  if (member.is_array()) return member;
  Add(path + "." + name, "expected a list");
  return kNone;
}

bool Findings::IsObject(const Json& value, const std::string& path) {
  if (!value.is_object()) Add(path, "expected an object");
  return value.is_object();
}

void Findings::OneOf(const std::string& text,
                     std::initializer_list<const char*> known,
                     const std::string& path) {
  if (text.empty()) return;  // said already
  if (std::find(known.begin(), known.end(), text) != known.end()) return;
  Add(path, fmt::format("expected one of {}, got \"{}\"",
                        fmt::join(known, ", "), text));
}

void OpenCalls::Call(const std::string& id, const std::string& path) {
  if (id.empty()) return;  // said already
  if (!known_.insert(id).second) {
    findings_.Add(path, fmt::format("another call is {} too", id));
    return;
  }
  open_.emplace_back(id, path);
}

void OpenCalls::Result(const std::string& id, const std::string& path) {
  if (id.empty()) return;
  const auto found =
      std::find_if(open_.begin(), open_.end(),
                   [&](const auto& call) { return call.first == id; });
  if (found != open_.end()) {
    open_.erase(found);
  } else {
    findings_.Add(path, fmt::format("no call {} waits for a result", id));
  }
}

void OpenCalls::Close() {
  for (const auto& [id, path] : open_) {
    findings_.Add(path, fmt::format("the call {} has no result", id));
  }
  open_.clear();
}

}  // namespace copilot::fake_model

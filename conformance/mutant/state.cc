// SPDX-License-Identifier: MIT
#include "conformance/mutant/state.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

std::string TextOf(const Json& object, const std::string& name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : "";
}

}  // namespace

std::string State::Param(const std::string& name) const {
  return TextOf(params, name);
}

std::string State::Dir(const std::string& name) const {
  return TextOf(dirs, name);
}

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
#include "harness/supports.h"

#include <string>

#include "harness/byok/provider.h"
#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

Json Refused(const char* reason) {
  return {{"supported", false}, {"reason", reason}};
}

Json Accepted() { return {{"supported", true}, {"priority", 100}}; }

}  // namespace

Json Supports(const Json& context) {
  if (Normalized(StringMember(context, "runtime")) != "copilot") {
    return Refused("copilot is opt-in only");
  }
  const std::string provider = Normalized(StringMember(context, "provider"));
  if (provider.empty()) return Refused("provider is required");
  if (provider == "github-copilot") return Accepted();
  const Json& owners = MemberOrNull(context, "owners");
  if (StringMember(context, "ownerStatus") != "unowned" || !owners.is_array() ||
      !owners.empty()) {
    return Refused("provider is not one of: github-copilot");
  }
  const Json& model = MemberOrNull(context, "model");
  if (!IsByokApi(StringMember(model, "api")) ||
      IsBlank(StringMember(model, "baseUrl")) || HasTransportOverride(model)) {
    return Refused(
        "provider is not a supported Copilot BYOK model (requires supported "
        "api, baseUrl, and no request transport policy overrides)");
  }
  return Accepted();
}

}  // namespace copilot::harness

// SPDX-License-Identifier: MIT
#include "harness/error.h"

namespace copilot::harness {

Json ToJson(const Error& error) {
  Json json = {{"message", error.message}};
  if (!error.code.empty()) json["code"] = error.code;
  return json;
}

}  // namespace copilot::harness

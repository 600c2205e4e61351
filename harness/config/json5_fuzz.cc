// SPDX-License-Identifier: MIT
//
// Any bytes are a value that can be printed, or an error with a place in the
// text; and what is JSON means the same in JSON5.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "harness/config/json5.h"

namespace {

void Expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using copilot::harness::Json;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto value = copilot::harness::ParseJson5(text, "f");
  if (!value) {
    Expect(value.error().line >= 1 && value.error().column >= 1);
    Expect(static_cast<size_t>(value.error().line) <= size + 1);
    Expect(!value.error().message.empty());
    return 0;
  }
  Expect(!value->dump().empty());
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_discarded()) Expect(json == *value);
  return 0;
}

// SPDX-License-Identifier: MIT
//
// For tests of what reads JSON from anybody.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>

#include "wire/message.h"

namespace copilot::wire {

// Calls `use` with copies of `value` in each of which something else stands at
// one place, or a member is gone.
inline void ForEachDamage(const Json& value,
                          const std::function<void(const Json&)>& use) {
  for (const Json& damage :
       {Json(), Json(7), Json("x"), Json(true), Json(1e300), Json(-1),
        Json::array(), Json::object(), Json::array({Json(), 7, "x"})}) {
    use(damage);
  }
  for (size_t i = 0; value.is_structured() && i < value.size(); ++i) {
    const auto at = std::next(value.begin(), static_cast<std::ptrdiff_t>(i));
    ForEachDamage(*at, [&](const Json& damage) {
      Json copy = value;
      *std::next(copy.begin(), static_cast<std::ptrdiff_t>(i)) = damage;
      use(copy);
    });
    if (!value.is_object()) continue;
    Json without = value;
    without.erase(at.key());
    use(without);
  }
}

}  // namespace copilot::wire

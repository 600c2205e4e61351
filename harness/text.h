// SPDX-License-Identifier: MIT
//
// The few operations on text that the harness documentation defines: trimming,
// lowercasing, joining.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace copilot::harness {

// Without leading and trailing ASCII whitespace.
std::string_view Trim(std::string_view text);

// ASCII lowercase.
std::string Lower(std::string_view text);

// Lower(Trim(text)): how names are compared.
std::string Normalized(std::string_view text);

inline bool IsBlank(std::string_view text) { return Trim(text).empty(); }

// The non-empty parts, joined.
std::string JoinNonEmpty(const std::vector<std::string>& parts,
                         std::string_view separator);

}  // namespace copilot::harness

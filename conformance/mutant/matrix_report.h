// SPDX-License-Identifier: MIT
//
// The kill matrix for people and programs.
#pragma once

#include <string>

#include "conformance/mutant/matrix.h"

namespace copilot::conformance {

// One line for each variant, what is wrong, and the counts. Ends with "N
// variants, N killed, N survived, N broad".
std::string MatrixText(const Matrix& matrix, const Catalogue& catalogue);

// The table, with every scenario that failed.
std::string MatrixMarkdown(const Matrix& matrix, const Catalogue& catalogue);

std::string MatrixJson(const Matrix& matrix, const Catalogue& catalogue);

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
//
// The suite reads what its own programs record. These checks tell a mistake in
// there from one of what is under test.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace copilot::conformance {

// What is wrong with a journal of fake-copilot, for people; empty when nothing
// is. Its lines keep to fake-cli/schema/journal.schema.json, and those of each
// process are numbered from 1.
std::string JournalFault(const std::vector<nlohmann::json>& journal);

// The same of a record of fake-model (fake-model/schema/record.schema.json),
// where no number comes twice.
std::string RecordFault(const std::vector<nlohmann::json>& requests);

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
//
// The variants, one file for each area of scenarios.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "conformance/mutant/mutation.h"

namespace copilot::conformance {

std::vector<Mutation> AttemptMutations();
std::vector<Mutation> AuthMutations();
std::vector<Mutation> BindingMutations();
std::vector<Mutation> ByokMutations();
std::vector<Mutation> CliMutations();
std::vector<Mutation> CompactionMutations();
std::vector<Mutation> EventsMutations();
std::vector<Mutation> HarnessMutations();
std::vector<Mutation> HooksMutations();
std::vector<Mutation> LiveMutations();
std::vector<Mutation> PermissionMutations();
std::vector<Mutation> PoolMutations();
std::vector<Mutation> QuestionMutations();
std::vector<Mutation> SessionMutations();
std::vector<Mutation> ToolsMutations();
std::vector<Mutation> TranscriptMutations();

// Each area with its variants.
std::vector<std::pair<std::string, std::vector<Mutation>>> VariantsByArea();

}  // namespace copilot::conformance

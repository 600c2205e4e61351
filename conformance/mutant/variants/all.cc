// SPDX-License-Identifier: MIT
#include "conformance/mutant/variants/all.h"

namespace copilot::conformance {

std::vector<std::pair<std::string, std::vector<Mutation>>> VariantsByArea() {
  return {
      {"attempt", AttemptMutations()},
      {"auth", AuthMutations()},
      {"binding", BindingMutations()},
      {"byok", ByokMutations()},
      {"cli", CliMutations()},
      {"compaction", CompactionMutations()},
      {"events", EventsMutations()},
      {"harness", HarnessMutations()},
      {"hooks", HooksMutations()},
      {"live", LiveMutations()},
      {"permission", PermissionMutations()},
      {"pool", PoolMutations()},
      {"question", QuestionMutations()},
      {"session", SessionMutations()},
      {"tools", ToolsMutations()},
      {"transcript", TranscriptMutations()},
  };
}

}  // namespace copilot::conformance

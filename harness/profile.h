// SPDX-License-Identifier: MIT
#pragma once

namespace copilot::harness {

// Which generation of the harness is reproduced (harness spec 0.2): what the
// documentation page promises, or the later one whose transcript is a journal.
enum class Profile { kDocs, kJournal };

}  // namespace copilot::harness

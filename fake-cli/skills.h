// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace copilot::fake_cli {

class Host;

// What the CLI knows how to do without being told, as data of
// session.skills_loaded. The files are the vendor's; nothing reads them.
std::string SkillsData(const Host& host);

}  // namespace copilot::fake_cli

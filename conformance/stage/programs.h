// SPDX-License-Identifier: MIT
//
// Where the programs and scenarios are that a run needs, when nobody says so.
#pragma once

#include <string>
#include <vector>

namespace copilot::conformance {

// The directory of this executable.
std::string ProgramDirectory();

// A sibling of this executable; empty when there is none.
std::string Sibling(const std::string& name);

// COPILOT_SCENARIOS, else beside an installed executable, else where this
// program was built.
std::string DefaultScenarios();

// The program that a word names, as an absolute path: a file, or else a bare
// word in PATH. Empty when there is none. It need not be executable: a CLI may
// be a script for Node.
std::string FindProgram(const std::string& word);

// Splits a command line as a shell does: blanks, quotes, backslashes.
std::vector<std::string> SplitCommand(const std::string& command);

// The words that name files or directories below the current directory, as
// absolute paths: the command will run elsewhere. A bare word is a path only if
// it is a file, and never the program.
std::vector<std::string> WithAbsolutePaths(std::vector<std::string> command);

// A word as a shell reads it back: in quotes where it needs them.
std::string Quoted(const std::string& word);

// A variable of our own environment; empty when it is not set.
std::string OwnVariable(const char* name);

// Where real CLIs unpack themselves: XDG_CACHE_HOME, else ~/.cache. Shared by
// all scenarios, because a first start unpacks 235 MB.
std::string CacheDirectory();

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
#include "conformance/mutant/wrapper.h"

#include <sys/stat.h>

#include <fstream>

namespace copilot::conformance {
namespace {

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "'";
}

}  // namespace

bool WriteMutantCli(const std::string& path, const MutantCli& mutant) {
  std::string text = "#!/bin/sh\nexec " + Quoted(mutant.mutant_adapter);
  if (!mutant.record.empty()) text += " --record " + Quoted(mutant.record);
  if (!mutant.shared.empty()) text += " --shared " + Quoted(mutant.shared);
  text += " " + mutant.variant + " cli " + Quoted(mutant.cli) + " \"$@\"\n";
  std::ofstream out(path, std::ios::trunc);
  out << text;
  out.close();
  return out && chmod(path.c_str(), 0755) == 0;
}

}  // namespace copilot::conformance

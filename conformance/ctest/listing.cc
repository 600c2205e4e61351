// SPDX-License-Identifier: MIT
#include "conformance/ctest/listing.h"

#include <fmt/format.h>

namespace copilot::conformance {
namespace {

// An argument that CMake takes as it is.
std::string Bracketed(const std::string& text) {
  std::string level = "=";
  while (text.find("]" + level) != std::string::npos) level += "=";
  // A bracket at the end would meet the closing one, and a newline at the
  // beginning would be lost.
  const char* newline = !text.empty() && text[0] == '\n' ? "\n" : "";
  return fmt::format("[{0}[{1}{2}]{0}]", level, newline, text);
}

}  // namespace

std::string CTestListing(const std::vector<ListedTest>& tests,
                         const std::vector<std::string>& command,
                         const std::string& directory) {
  std::string words;
  for (const std::string& word : command) words += " " + Bracketed(word);
  std::string text;
  for (const ListedTest& test : tests) {
    std::string labels;
    for (const std::string& label : test.labels) {
      labels += (labels.empty() ? "" : ";") + label;
    }
    const std::string name = Bracketed("scenario." + test.id);
    text += fmt::format("add_test({}{} {})\n", name, words, Bracketed(test.id));
    text += fmt::format(
        "set_tests_properties({} PROPERTIES LABELS {} TIMEOUT {} "
        "WORKING_DIRECTORY {} SKIP_REGULAR_EXPRESSION "
        "[=[nothing ran: every selected scenario was skipped]=])\n",
        name, Bracketed(labels), test.seconds, Bracketed(directory));
  }
  return text;
}

}  // namespace copilot::conformance

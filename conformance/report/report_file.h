// SPDX-License-Identifier: MIT
//
// Reports as files: docs/guides/read-a-report.md.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "conformance/report/html.h"
#include "conformance/report/run_report.h"

namespace copilot::conformance {

// A file that is there as a whole or not at all.
struct ReportFile {
  std::string format;  // one of Formats()
  std::string path;    // "-" is standard output

  // "FORMAT=FILE". Fails with what is wrong with it, also when the directory
  // cannot be written to; `option` is where it stood, for the messages.
  static tl::expected<ReportFile, std::string> Parse(
      const std::string& text, const std::string& option = "--report ");
  // "junit, json, …": what there is.
  static std::string Formats();
  // `background` is for pages. In a workflow of GitHub the format github adds
  // the summary of the step, too.
  tl::expected<void, std::string> Write(
      const RunReport& run, const Background& background = {}) const;
};

}  // namespace copilot::conformance

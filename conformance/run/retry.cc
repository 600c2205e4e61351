// SPDX-License-Identifier: MIT
#include "conformance/run/retry.h"

#include <fmt/format.h>

namespace copilot::conformance {
namespace {

// The first line of what is wrong.
std::string Problem(const Verdict& verdict) {
  const std::string& text =
      verdict.failures.empty() ? verdict.reason : verdict.failures[0].title;
  return text.substr(0, text.find('\n'));
}

}  // namespace

bool IsWorthARetry(const Verdict& verdict) {
  return !verdict.bad_input &&
         (verdict.status == Status::kFail || verdict.status == Status::kError);
}

Verdict Together(Verdict among_others, const Verdict& alone) {
  std::string note;
  switch (alone.status) {
    case Status::kPass:
    case Status::kRehearsed:
      note = fmt::format(
          "among others: {}: {}; passes alone",
          among_others.status == Status::kError ? "an error" : "failed",
          Problem(among_others));
      among_others.status = Status::kFlake;
      break;
    case Status::kSkip:
      note = "is skipped alone: " + alone.reason;
      break;
    default:
      note = "fails alone, too";
      if (Problem(alone) != Problem(among_others)) {
        note += ", with: " + Problem(alone);
      }
  }
  among_others.seconds += alone.seconds;
  if (!among_others.reason.empty()) note += "\n" + among_others.reason;
  among_others.reason = std::move(note);
  return among_others;
}

}  // namespace copilot::conformance

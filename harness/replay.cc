// SPDX-License-Identifier: MIT
#include "harness/replay.h"

#include <algorithm>
#include <array>
#include <regex>

#include "harness/text.h"

namespace copilot::harness {
namespace {

constexpr std::array<std::string_view, 20> kReadingTools = {"get",
                                                            "file_read",
                                                            "glob",
                                                            "grep",
                                                            "inspect",
                                                            "list",
                                                            "ls",
                                                            "memory_get",
                                                            "probe",
                                                            "query",
                                                            "read",
                                                            "search",
                                                            "sessions_history",
                                                            "sessions_list",
                                                            "status",
                                                            "tool_search",
                                                            "update_plan",
                                                            "view",
                                                            "web_fetch",
                                                            "web_search"};

bool Search(std::string_view text, const char* pattern) {
  return std::regex_search(text.begin(), text.end(),
                           std::regex(pattern, std::regex::icase));
}

}  // namespace

ReplayDecision DecideReplay(const std::string& sdk_session_id,
                            bool replay_invalid) {
  const std::string id(Trim(sdk_session_id));
  if (id.empty()) return {};
  if (replay_invalid) return {"", true};
  return {id, false};
}

bool IsRecoverableResumeError(const Error& error) {
  if (error.status == 404) return true;
  for (const char* code :
       {"SESSION_NOT_FOUND", "session_not_found", "NotFound", "ENOENT"}) {
    if (error.code == code) return true;
  }
  return Search(error.message,
                "session( |:).*not found|session not found|"
                "unknown session id|"
                "session id .*(does not exist|not found)|"
                "session .*does not exist|no such session");
}

bool IsToolSideEffect(std::string_view tool_name, bool asynchronous) {
  return asynchronous ||
         std::find(kReadingTools.begin(), kReadingTools.end(),
                   Normalized(tool_name)) == kReadingTools.end();
}

bool IsStaleSessionText(std::string_view message) {
  return Search(message,
                "\\b(404|not found|no such session|unknown session|stale|"
                "deleted|does not exist)\\b");
}

}  // namespace copilot::harness

// SPDX-License-Identifier: MIT
#include "harness/turn.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <utility>
#include <vector>

#include "harness/exit_code.h"
#include "harness/interrupts.h"
#include "harness/session_event.h"
#include "harness/terminal.h"

namespace copilot::harness {
namespace {

// Prints the answer as it comes, and in the end what did not come in pieces.
class Printer {
 public:
  Printer() : terminal_(isatty(STDOUT_FILENO) == 1) {}

  void Delta(const std::string& delta) {
    const std::lock_guard lock(mutex_);
    Put(delta);
    std::fflush(stdout);
    printed_ += delta;
  }

  void Finish(const std::vector<std::string>& texts) {
    const std::lock_guard lock(mutex_);
    if (printed_.empty()) {
      for (const std::string& text : texts) {
        if (!printed_.empty()) printed_ += "\n\n";
        printed_ += text;
      }
      Put(printed_);
    }
    if (!printed_.empty() && printed_.back() != '\n') std::fputc('\n', stdout);
    std::fflush(stdout);
  }

 private:
  void Put(const std::string& text) const {
    std::fputs(terminal_ ? TerminalSafe(text).c_str() : text.c_str(), stdout);
  }

  const bool terminal_;
  std::mutex mutex_;
  std::string printed_;
};

int Report(const AttemptParams& params, const TurnOptions& options,
           const Expected<AttemptResult>& result, Printer* printer) {
  if (!result) {
    Complain(result.error().message);
    return kEnvironment;
  }
  if (options.json) {
    const std::string text =
        result->ToJson().dump(2, ' ', false, Json::error_handler_t::replace);
    std::printf("%s\n", text.c_str());
  } else {
    printer->Finish(result->assistant_texts);
  }
  if (result->prompt_error) {
    Complain(result->prompt_error->message);
    return result->prompt_error->code == "COPILOT_CLI_MISSING" ? kEnvironment
                                                               : kTurnFailed;
  }
  if (result->timed_out) {
    Complain(fmt::format("no complete answer within {} s",
                         params.timeout_ms / 1000));
  } else if (result->aborted) {
    Complain("interrupted");
  }
  return result->timed_out || result->aborted ? kTurnFailed : kOk;
}

}  // namespace

PermissionPolicy ShellPolicy(const TurnOptions& options, Console* console,
                             const AbortSignal& signal) {
  std::vector<PermissionPolicy> policies = {
      DenyKinds(options.deny, "denied by --deny")};
  if (console != nullptr) {
    policies.emplace_back(
        [allow = options.allow, console, signal](
            const Json& request, const std::string&) -> Expected<Json> {
          return allow.count(StringMember(request, "kind")) != 0
                     ? ApproveOnce()
                     : console->AskPermission(request, signal);
        });
  } else if (!options.allow.empty()) {
    policies.push_back(
        AllowKinds(options.allow, "not among the kinds of --allow"));
  }
  return FirstDecision(std::move(policies));
}

void AnswerQuestion(const UserInputRequest& request, Console* console,
                    const AbortSignal& signal, ActiveRun* active) {
  std::string answer;
  if (console != nullptr) {
    answer = console->AskUser(request, signal).value_or("");
  } else {
    Complain("nobody is there to answer: " + request.question);
  }
  (void)active->Answer(answer);
}

int RunTurn(Harness& harness, const AttemptParams& params,
            const TurnOptions& options, Console* console) {
  Printer printer;
  const AbortController abort;
  // Ends what waits at the console: after an interrupt, and with the turn.
  const AbortController over;
  const auto registration = abort.OnAbort([over] { over.Abort(); });
  const auto active = std::make_shared<ActiveRun>();
  AttemptHost host;
  if (!options.json) {
    host.on_delta = [&printer](const Json& delta) -> Status {
      printer.Delta(StringMember(delta, "delta"));
      return {};
    };
  }
  host.log = [](const std::string& level, const std::string& message) {
    Complain(level + ": " + message);
  };
  host.permission_policy = ShellPolicy(options, console, over);
  host.on_question = [console, over, active](const UserInputRequest& request,
                                             const std::string&) -> Status {
    AnswerQuestion(request, console, over, active.get());
    return {};
  };
  const Interrupts interrupts(abort);
  const auto result = harness.RunAttempt(params, host, abort.signal(), active);
  over.Abort();
  return Report(params, options, result, &printer);
}

int ReportCompaction(const Expected<Json>& outcome, bool json) {
  if (!outcome) {
    Complain(outcome.error().message);
    return kEnvironment;
  }
  const bool ok = MemberOrNull(*outcome, "ok") == true;
  if (json) {
    std::puts(
        outcome->dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    return ok ? kOk : kTurnFailed;
  }
  const std::string reason = StringMember(*outcome, "reason");
  const std::string details =
      StringMember(MemberOrNull(*outcome, "failure"), "rawError");
  if (!ok) {
    Complain(reason + (details.empty() ? "" : ": " + details));
    return kTurnFailed;
  }
  const Json& result = MemberOrNull(*outcome, "result");
  const auto tokens = [&](const char* name) {
    const Json& count = MemberOrNull(result, name);
    return count.is_null() ? std::string("?") : count.dump();
  };
  const std::string text =
      result.is_null()
          ? reason
          : fmt::format("compacted: {} tokens, {} before",
                        tokens("tokensAfter"), tokens("tokensBefore"));
  std::puts(TerminalSafe(text).c_str());
  return kOk;
}

}  // namespace copilot::harness

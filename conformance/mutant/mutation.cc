// SPDX-License-Identifier: MIT
#include "conformance/mutant/mutation.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using Variables = std::map<std::string, std::string>;

bool Is(const Json& message, const char* method) {
  return message.value("method", Json()) == method;
}

bool Answers(const Json& message, const char* method) {
  return message.value("$method", "") == method;
}

std::string TextOf(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : "";
}

// For messages of one method, `change` on their params.
Change OnParams(std::string method, std::function<void(Json&)> change) {
  return [method = std::move(method), change = std::move(change)](
             Json& message, MutantState&) {
    if (Is(message, method.c_str())) change(message["params"]);
    return true;
  };
}

Change OnAttempt(std::function<void(Json& params, MutantState&)> change) {
  return [change = std::move(change)](Json& message, MutantState& state) {
    if (Is(message, "attempt.run")) {
      change(message["params"]["params"], state);
    }
    return true;
  };
}

// When an attempt has ended, `change` on the lines of its transcript.
Change OnTranscript(
    std::function<std::string(const std::string& text)> change) {
  return [change = std::move(change)](Json& message, MutantState& state) {
    const std::string file = TextOf(state.params, "sessionFile");
    if (!Answers(message, "attempt.run") || file.empty()) return true;
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    in.close();
    if (!text.str().empty()) std::ofstream(file) << change(text.str());
    return true;
  };
}

std::string WithoutUserLines(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  std::string line;
  while (std::getline(in, line)) {
    if (line.find("\"role\":\"user\"") == std::string::npos) out += line + "\n";
  }
  return out;
}

Change OnCliParams(const char* method, std::function<void(Json&)> change) {
  return OnParams(method, std::move(change));
}

constexpr char kDecide[] = "session.permissions.handlePendingPermissionRequest";

std::vector<Mutation> AuthMutations() {
  return {
      {"auth-order",
       "auth",
       "the environment is read from the wrong end",
       [](Variables& variables) {
         const auto first = variables.find("OPENCLAW_GITHUB_TOKEN");
         for (const char* name :
              {"GITHUB_TOKEN", "GH_TOKEN", "COPILOT_GITHUB_TOKEN"}) {
           const auto last = variables.find(name);
           if (first == variables.end() || last == variables.end()) continue;
           std::swap(first->second, last->second);
           return;
         }
       },
       {},
       {},
       {}},
      {"auth-no-session-token",
       "auth",
       "sessions are opened without the token",
       {},
       {},
       {},
       [](Json& message, MutantState&) {
         if (message.contains("params") && message["params"].is_object()) {
           message["params"].erase("gitHubToken");
         }
         return true;
       }},
      {"auth-shared-home",
       "auth",
       "all agents share one state directory",
       {},
       OnAttempt([](Json& params, MutantState& state) {
         params["copilotHome"] = TextOf(state.dirs, "state") + "/shared";
       }),
       {},
       {}},
      {"auth-blank-is-absent",
       "auth",
       "a token of blanks is ignored",
       [](Variables& variables) {
         for (auto& [name, value] : variables) {
           const bool token = name.find("TOKEN") != std::string::npos;
           if (token && value.find_first_not_of(" \t") == value.npos) {
             value.clear();
           }
         }
       },
       {},
       {},
       {}},
  };
}

std::vector<Mutation> PoolMutations() {
  return {
      {"pool-token-ignored",
       "pool",
       "a rotated token keeps the old client",
       {},
       OnAttempt([](Json& params, MutantState& state) {
         if (!params.contains("resolvedApiKey")) return;
         const auto [first, fresh] = state.memory.emplace(
             "token", params["resolvedApiKey"].get<std::string>());
         params["resolvedApiKey"] = first->second;
       }),
       {},
       {}},
      {"pool-never-shared",
       "pool",
       "every attempt gets a client of its own",
       {},
       OnAttempt([](Json& params, MutantState& state) {
         params["copilotHome"] = TextOf(state.dirs, "state") + "/home-" +
                                 std::to_string(++state.count);
       }),
       {},
       {}},
      {"pool-idle-at-once",
       "pool",
       "idle clients are stopped too early",
       {},
       OnParams("harness.create",
                [](Json& params) { params["options"]["idleTtlMs"] = 1; }),
       {},
       {}},
      {"pool-agent-ignored",
       "pool",
       "agents share a client",
       {},
       OnAttempt([](Json& params, MutantState& state) {
         params["agentId"] = "one";
         params["copilotHome"] = TextOf(state.dirs, "state") + "/shared";
       }),
       {},
       {}},
  };
}

std::vector<Mutation> TranscriptMutations() {
  return {
      {"transcript-doubled",
       "transcript",
       "every line is written twice",
       {},
       {},
       OnTranscript([](const std::string& text) { return text + text; }),
       {}},
      {"transcript-user-lost",
       "transcript",
       "the user's lines are lost",
       {},
       {},
       OnTranscript(WithoutUserLines),
       {}},
      {"transcript-no-run",
       "transcript",
       "identities do not name the run",
       {},
       OnAttempt([](Json& params, MutantState&) { params["runId"] = "run"; }),
       {},
       {}},
      {"transcript-failure-escapes",
       "transcript",
       "a transcript that cannot be written fails the attempt",
       {},
       {},
       [](Json& message, MutantState& state) {
         if (Is(message, "log")) state.memory["warned"] = "yes";
         if (Answers(message, "attempt.run") &&
             state.memory.contains("warned")) {
           message.erase("result");
           message["error"] = {{"code", -32000}, {"message", "disk"}};
         }
         return true;
       },
       {}},
  };
}

std::vector<Mutation> CompactionMutations() {
  return {
      {"compaction-forged",
       "compaction",
       "the CLI is never asked to compact",
       {},
       {},
       {},
       [](Json& message, MutantState&) {
         if (Is(message, "session.history.compact")) {
           message["method"] = "ping";
         }
         return true;
       }},
      {"compaction-pending-work",
       "compaction",
       "compacting goes on with pending work",
       {},
       {},
       {},
       OnCliParams("session.resume",
                   [](Json& params) { params["continuePendingWork"] = true; })},
      {"compaction-marker-file",
       "compaction",
       "a marker file is left in the workspace",
       {},
       {},
       [](Json& message, MutantState& state) {
         if (Answers(message, "session.compact")) {
           const std::string files = TextOf(state.dirs, "workspace") + "/files";
           std::filesystem::create_directories(files);
           std::ofstream(files + "/openclaw-compaction-1.json") << "{}";
         }
         return true;
       },
       {}},
      {"compaction-instructions-lost",
       "compaction",
       "custom instructions do not reach the CLI",
       {},
       {},
       {},
       OnCliParams("session.history.compact",
                   [](Json& params) { params.erase("customInstructions"); })},
  };
}

std::vector<Mutation> PermissionMutations() {
  return {
      {"permission-approves",
       "permission",
       "everything is approved",
       {},
       {},
       {},
       OnCliParams(kDecide,
                   [](Json& params) {
                     params["result"] = {{"kind", "approve-once"}};
                   })},
      {"permission-no-feedback",
       "permission",
       "a rejection loses its feedback",
       {},
       {},
       {},
       OnCliParams(kDecide,
                   [](Json& params) { params["result"].erase("feedback"); })},
      {"permission-silent",
       "permission",
       "a request is never answered",
       {},
       {},
       {},
       [](Json& message, MutantState&) { return !Is(message, kDecide); }},
      {"permission-policy-ignored",
       "permission",
       "the host's policy is not asked",
       {},
       OnParams("attempt.run",
                [](Json& params) { params["permissionPolicy"] = "none"; }),
       {},
       {}},
  };
}

// Where a token of the attempt escapes to, when an attempt has ended.
Change Leak(std::function<void(Json& message, const std::string& token,
                               const MutantState&)>
                leak) {
  return [leak = std::move(leak)](Json& message, MutantState& state) {
    const std::string token = TextOf(state.params, "resolvedApiKey");
    if (Answers(message, "attempt.run") && !token.empty()) {
      leak(message, token, state);
    }
    return true;
  };
}

// In an area whose scenarios do not ask for it.
std::vector<Mutation> SecretMutations() {
  return {
      {"tools-key-logged",
       "tools",
       "a model's key is logged",
       {},
       {},
       Leak([](Json&, const std::string& token, const MutantState&) {
         std::fprintf(stderr, "using %s\n", token.c_str());
         std::fflush(stderr);
       }),
       {}},
  };
}

std::vector<Mutation> LiveMutations() {
  return {
      {"live-token-logged",
       "live",
       "the token is logged",
       {},
       {},
       Leak([](Json&, const std::string& token, const MutantState&) {
         std::fprintf(stderr, "using %s\n", token.c_str());
         std::fflush(stderr);
       }),
       {}},
      {"live-token-in-result",
       "live",
       "the token is in the result",
       {},
       {},
       Leak([](Json& message, const std::string& token, const MutantState&) {
         message["result"]["token"] = token;
       }),
       {}},
      {"live-token-in-file",
       "live",
       "the token is written to a file",
       {},
       {},
       Leak([](Json&, const std::string& token, const MutantState& state) {
         std::ofstream(TextOf(state.dirs, "state") + "/token") << token;
       }),
       {}},
      {"live-no-answer",
       "live",
       "the answer of the model is lost",
       {},
       {},
       [](Json& message, MutantState&) {
         if (Answers(message, "attempt.run") && message.contains("result")) {
           message["result"]["assistantTexts"] = Json::array();
         }
         return true;
       },
       {}},
  };
}

}  // namespace

const std::vector<Mutation>& Mutations() {
  static const auto* const all = [] {
    auto* mutations = new std::vector<Mutation>;
    for (const auto& some :
         {AuthMutations(), PoolMutations(), TranscriptMutations(),
          CompactionMutations(), PermissionMutations(), SecretMutations(),
          LiveMutations()}) {
      mutations->insert(mutations->end(), some.begin(), some.end());
    }
    return mutations;
  }();
  return *all;
}

const Mutation* FindMutation(const std::string& name) {
  for (const Mutation& mutation : Mutations()) {
    if (mutation.name == name) return &mutation;
  }
  return nullptr;
}

}  // namespace copilot::conformance

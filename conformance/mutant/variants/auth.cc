// SPDX-License-Identifier: MIT
#include <algorithm>

#include "conformance/mutant/variants/all.h"
#include "conformance/mutant/variants/helpers.h"

namespace copilot::conformance {
namespace {

using Variables = std::map<std::string, std::string>;

void SwapTokens(Variables& variables) {
  const auto first = variables.find("OPENCLAW_GITHUB_TOKEN");
  for (const char* name :
       {"GITHUB_TOKEN", "GH_TOKEN", "COPILOT_GITHUB_TOKEN"}) {
    const auto last = variables.find(name);
    if (first == variables.end() || last == variables.end()) continue;
    std::swap(first->second, last->second);
    return;
  }
}

constexpr char kEnvironment[] = "environment";
constexpr char kTokenFlag[] = "--auth-token-env";
constexpr const char* kTokenNames[] = {"OPENCLAW_GITHUB_TOKEN",
                                       "COPILOT_GITHUB_TOKEN", "GH_TOKEN",
                                       "GITHUB_TOKEN"};

// A member that is a text, or an empty one.
std::string Text(const Json& object, const std::string& member) {
  const Json value = object.value(member, Json());
  return value.is_string() ? value.get<std::string>() : "";
}

std::string AuthText(const Json& params, const std::string& member) {
  return Text(params.value("auth", Json::object()), member);
}

bool WantsLoggedInUser(const Json& params) {
  return params.value("auth", Json::object()).value("useLoggedInUser", false);
}

// A resolved key and nothing else.
bool HasPlainKey(const Json& params) {
  return !Text(params, "resolvedApiKey").empty() && !params.contains("auth") &&
         !params.contains("authProfileId") &&
         Text(params, "provider") == "github-copilot";
}

bool IsByok(const Json& params) {
  return Text(params, "provider") != "github-copilot";
}

// For RemembersEnvironment.
std::string EnvironmentToken(State& state) {
  for (const char* name : kTokenNames) {
    const std::string token = Text(state.memory[kEnvironment], name);
    if (!token.empty()) return token;
  }
  return "";
}

Fault RemembersEnvironment() {
  return OnAdapterRequest("initialize", [](Json& params, State& state) {
    state.memory[kEnvironment] = params.value(kEnvironment, Json::object());
  });
}

// Lets the proxy of the CLI know of each attempt what `tell` finds in it.
Fault Tells(const std::string& name, std::function<Json(const Json&)> tell) {
  return OnAttempt([=](Json& params, State& state) {
    state.world.Share(name, tell(params));
  });
}

bool IsTold(State& state, const std::string& name) {
  return state.world.Shared(name) == Json(true);
}

// Of CLIs for attempts for which `name` was told.
Fault OnCliStart(const std::string& name, std::function<void(Launch&)> change) {
  Fault fault;
  fault.place = Place::kCli;
  fault.launch = [=](Launch& launch, State& state) {
    if (IsTold(state, name)) change(launch);
  };
  return fault;
}

// An attempt whose agent id `holds` gets its home under it, as it is.
Fault RawAgentHome(std::function<bool(const std::string& id)> holds) {
  return OnAttempt([holds = std::move(holds)](Json& params, State& state) {
    const std::string id = Text(params, "agentId");
    if (!params.contains("agentId") || !holds(id)) return;
    params["copilotHome"] =
        state.Dir("home") + "/.openclaw/agents/" + id + "/copilot";
  });
}

// `first` takes the token of `last` where only these are given.
Fault Swaps(const char* first, const char* last) {
  return AdapterEnvironment([=](Variables& variables) {
    size_t tokens = 0;
    for (const char* name : kTokenNames) tokens += variables.contains(name);
    if (tokens != 2 || !variables.contains(first) ||
        !variables.contains(last)) {
      return;
    }
    std::swap(variables[first], variables[last]);
  });
}

}  // namespace

std::vector<Mutation> AuthMutations() {
  return {
      {"auth-order",
       {"AUTH-09"},
       "the environment is read from the wrong end",
       {AdapterEnvironment(SwapTokens)}},
      {"auth-no-session-token",
       {"AUTH-30", "AUTH-31", "AUTH-32"},
       "sessions are opened without the token",
       {OnCliRequest("session.create", Erase("gitHubToken")),
        OnCliRequest("session.resume", Erase("gitHubToken"))}},
      {"auth-shared-home",
       {"AUTH-27"},
       "all agents share the home of the first one",
       {OnAttempt([](Json& params, State& state) {
         if (!params.contains("agentId")) return;
         params["agentId"] =
             state.memory.emplace("agent", params["agentId"]).first->second;
       })}},
      {"auth-blank-is-absent",
       {"AUTH-12"},
       "a token of blanks is ignored",
       {AdapterEnvironment([](Variables& variables) {
         for (auto& [name, value] : variables) {
           const bool token = name.find("TOKEN") != name.npos;
           if (token && value.find_first_not_of(" \t") == value.npos) {
             value.clear();
           }
         }
       })}},
      {"auth-key-logged",
       {"AUTH-36"},
       "a key is logged",
       {Leak([](Json&, const std::string& token, State& state) {
         state.world.Print("using " + token);
       })}},
      {"auth-environment-over-logged-in-user",
       {"AUTH-01"},
       "a token in the environment wins over the choice of the logged-in user",
       {RemembersEnvironment(), OnAttempt([](Json& params, State& state) {
          if (!WantsLoggedInUser(params) || EnvironmentToken(state).empty()) {
            return;
          }
          params.erase("auth");
        })}},
      {"auth-explicit-over-logged-in-user",
       {"AUTH-01"},
       "an explicit token wins over the choice of the logged-in user",
       {OnAttempt([](Json& params) {
         if (!AuthText(params, "gitHubToken").empty()) {
           params["auth"].erase("useLoggedInUser");
         }
       })}},
      {"auth-key-over-logged-in-user",
       {"AUTH-01"},
       "a resolved key wins over the choice of the logged-in user",
       {OnAttempt([](Json& params) {
         if (WantsLoggedInUser(params) && params.contains("resolvedApiKey")) {
           params.erase("auth");
         }
       })}},
      {"auth-explicit-with-auto-login",
       {"AUTH-02"},
       "the CLI may log the user in beside an explicit token",
       {Tells("explicit",
              [](const Json& params) {
                return !AuthText(params, "gitHubToken").empty();
              }),
        OnCliStart("explicit",
                   [](Launch& launch) {
                     std::erase(launch.argv, "--no-auto-login");
                   })}},
      {"auth-environment-over-explicit",
       {"AUTH-02"},
       "a token in the environment wins over an explicit one",
       {RemembersEnvironment(), OnAttempt([](Json& params, State& state) {
          if (params.contains("resolvedApiKey")) return;
          if (!EnvironmentToken(state).empty() && params.contains("auth")) {
            params["auth"].erase("gitHubToken");
          }
        })}},
      {"auth-own-profile-ignored",
       {"AUTH-03"},
       "an explicit token does not take its profile from the attempt",
       {OnAttempt([](Json& params) {
         if (!AuthText(params, "gitHubToken").empty()) {
           params.erase("authProfileId");
         }
       })}},
      {"auth-profile-id-not-needed",
       {"AUTH-04", "HAR-34"},
       "an explicit token with a version only is accepted",
       {OnAttempt([](Json& params) {
         if (!AuthText(params, "profileVersion").empty()) {
           params["auth"].emplace("profileId", "default");
         }
       })}},
      {"auth-profile-version-not-needed",
       {"AUTH-04"},
       "an explicit token with a profile id only is accepted",
       {OnAttempt([](Json& params) {
         if (!AuthText(params, "profileId").empty()) {
           params["auth"].emplace("profileVersion", "0");
         }
       })}},
      {"auth-no-profile-is-no-token",
       {"AUTH-04"},
       "an explicit token without any profile is ignored instead of refused",
       {OnAttempt([](Json& params) {
         const Json auth = params.value("auth", Json::object());
         if (auth.size() == 1 && !params.contains("authProfileId") &&
             !AuthText(params, "gitHubToken").empty()) {
           params.erase("auth");
         }
       })}},
      {"auth-key-of-a-profile-ignored",
       {"AUTH-05"},
       "the resolved key of an auth profile is not used",
       {OnAttempt([](Json& params) {
         if (params.contains("authProfileId") && !params.contains("auth")) {
           params.erase("resolvedApiKey");
         }
       })}},
      {"auth-key-for-sessions-only",
       {"AUTH-06", "AUTH-34"},
       "a key without a profile reaches the sessions, but not the CLI",
       {Tells("plain", HasPlainKey),
        OnCliStart("plain",
                   [](Launch& launch) {
                     const auto flag = std::find(launch.argv.begin(),
                                                 launch.argv.end(), kTokenFlag);
                     if (flag == launch.argv.end()) return;
                     launch.environment.erase(*(flag + 1));
                     launch.argv.erase(flag, flag + 2);
                   })}},
      {"auth-key-over-explicit",
       {"AUTH-07", "AUTH-31"},
       "a resolved key wins over an explicit token",
       {OnAttempt([](Json& params) {
         if (!Text(params, "resolvedApiKey").empty() &&
             !AuthText(params, "gitHubToken").empty() &&
             !WantsLoggedInUser(params)) {
           params.erase("auth");
         }
       })}},
      {"auth-openclaw-alone-ignored",
       {"AUTH-08"},
       "OPENCLAW_GITHUB_TOKEN only counts beside another variable",
       {AdapterEnvironment([](Variables& variables) {
         for (const char* name :
              {"COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"}) {
           if (variables.contains(name)) return;
         }
         variables.erase("OPENCLAW_GITHUB_TOKEN");
       })}},
      {"auth-profile-without-variable",
       {"AUTH-08", "POOL-03"},
       "a token that moved to another variable keeps its profile",
       {OnAdapterRequest("environment.set",
                         [](Json& params) {
                           Json& variables = params["variables"];
                           if (variables.contains("GH_TOKEN") &&
                               variables.contains("OPENCLAW_GITHUB_TOKEN")) {
                             variables.clear();
                           }
                         })}},
      {"auth-no-choice-is-logged-in",
       {"AUTH-08"},
       "the logged-in user is chosen even by `useLoggedInUser: false`",
       {OnAttempt(Replace("/auth/useLoggedInUser", true))}},
      {"auth-gh-before-openclaw",
       {"AUTH-09"},
       "GH_TOKEN wins over OPENCLAW_GITHUB_TOKEN",
       {Swaps("OPENCLAW_GITHUB_TOKEN", "GH_TOKEN")}},
      {"auth-gh-before-copilot",
       {"AUTH-10"},
       "GH_TOKEN wins over COPILOT_GITHUB_TOKEN",
       {Swaps("COPILOT_GITHUB_TOKEN", "GH_TOKEN")}},
      {"auth-github-before-gh",
       {"AUTH-10"},
       "GITHUB_TOKEN wins over GH_TOKEN",
       {Swaps("GH_TOKEN", "GITHUB_TOKEN")}},
      {"auth-github-unknown",
       {"AUTH-10"},
       "GITHUB_TOKEN is not looked at",
       {AdapterEnvironment(
           [](Variables& variables) { variables.erase("GITHUB_TOKEN"); })}},
      {"auth-empty-ends-the-search",
       {"AUTH-11"},
       "an empty variable ends the search for a token",
       {AdapterEnvironment([](Variables& variables) {
         const auto first = variables.find("OPENCLAW_GITHUB_TOKEN");
         if (first == variables.end() || !first->second.empty()) return;
         for (const char* name : kTokenNames) variables.erase(name);
       })}},
      {"auth-last-empty-counts",
       {"AUTH-11", "AUTH-16"},
       "the last variable counts as a token even if it is empty",
       {AdapterEnvironment([](Variables& variables) {
         const auto last = variables.find("GITHUB_TOKEN");
         if (last != variables.end() && last->second.empty()) {
           last->second = "none";
         }
       })}},
      {"auth-empty-key-counts",
       {"AUTH-11", "AUTH-08"},
       "an empty resolved key keeps the environment from being read",
       {OnAttempt([](Json& params) {
         if (params.contains("resolvedApiKey") &&
             Text(params, "resolvedApiKey").empty()) {
           params["auth"]["useLoggedInUser"] = true;
         }
       })}},
      {"auth-empty-explicit-counts",
       {"AUTH-11", "AUTH-15"},
       "an empty explicit token keeps the resolved key from being used",
       {OnAttempt([](Json& params) {
         if (params.value("auth", Json::object()).contains("gitHubToken") &&
             AuthText(params, "gitHubToken").empty()) {
           params.erase("resolvedApiKey");
         }
       })}},
      {"auth-token-trimmed",
       {"AUTH-12"},
       "blanks around a token are cut off",
       {AdapterEnvironment([](Variables& variables) {
         for (const char* name : kTokenNames) {
           const auto found = variables.find(name);
           if (found == variables.end()) continue;
           std::string& token = found->second;
           const size_t from = token.find_first_not_of(' ');
           if (from == token.npos) continue;
           token = token.substr(from, token.find_last_not_of(' ') - from + 1);
         }
       })}},
      {"auth-environment-read-once",
       {"AUTH-13"},
       "tokens that come into the environment later are not seen",
       {OnAdapterRequest("environment.set",
                         [](Json& params) {
                           for (const char* name : kTokenNames) {
                             params["variables"].erase(name);
                           }
                         })}},
      {"auth-profile-without-token-is-logged-in",
       {"AUTH-14"},
       "an auth profile without a token means the logged-in user",
       {OnAttempt([](Json& params) {
         if (params.contains("authProfileId") && !params.contains("auth") &&
             !params.contains("resolvedApiKey")) {
           params["auth"]["useLoggedInUser"] = true;
         }
       })}},
      {"auth-environment-over-key",
       {"AUTH-15"},
       "a token in the environment wins over a resolved key",
       {RemembersEnvironment(), OnAttempt([](Json& params, State& state) {
          if (!EnvironmentToken(state).empty() && HasPlainKey(params)) {
            params.erase("resolvedApiKey");
          }
        })}},
      {"auth-version-is-the-token",
       {"AUTH-17", "AUTH-36"},
       "the end of a harness that ran one attempt is logged with its token",
       {RemembersEnvironment(), OnAttempt([](Json& params, State& state) {
          ++state.count;
          const bool plain =
              HasPlainKey(params) && EnvironmentToken(state).empty();
          state.memory["version"] = plain ? Text(params, "resolvedApiKey") : "";
        }),
        OnCompaction([](Json&, State& state) { ++state.count; }),
        OnAdapterRequest("shutdown",
                         [](Json&, State& state) {
                           const Json version = state.memory["version"];
                           if (state.count != 1 || !version.is_string() ||
                               version == "") {
                             return;
                           }
                           state.world.Print("ended pi:resolved@" +
                                             version.get<std::string>());
                         })}},
      {"auth-fingerprint-of-length",
       {"AUTH-18", "POOL-03"},
       "tokens of one length have one fingerprint",
       {OnAttempt([](Json& params, State& state) {
         if (!HasPlainKey(params)) return;
         const std::string token = Text(params, "resolvedApiKey");
         params["resolvedApiKey"] =
             state.memory.emplace(std::to_string(token.size()), token)
                 .first->second;
       })}},
      {"auth-relative-home-of-the-user",
       {"AUTH-19"},
       "a relative Copilot home is looked for in the user's home",
       {OnAttempt([](Json& params, State& state) {
         const std::string home = Text(params, "copilotHome");
         if (home.empty() || home.front() == '/') return;
         params["copilotHome"] = state.Dir("home") + "/" + home;
       })}},
      {"auth-agent-dir-over-home",
       {"AUTH-19"},
       "the agent directory wins over an explicit Copilot home",
       {OnAttempt([](Json& params) {
         if (params.contains("agentDir")) params.erase("copilotHome");
       })}},
      {"auth-home-is-the-agent-dir",
       {"AUTH-20"},
       "the Copilot home is the agent directory itself",
       {OnAttempt([](Json& params) {
         if (params.contains("agentDir") && !params.contains("copilotHome")) {
           params["copilotHome"] = params["agentDir"];
         }
       })}},
      {"auth-default-home-is-the-agents",
       {"AUTH-21"},
       "the default home of a named agent lacks its last part",
       {RemembersEnvironment(), OnAttempt([](Json& params, State& state) {
          if (Text(params, "agentId") != "main" ||
              params.contains("agentDir") || params.contains("copilotHome") ||
              state.memory[kEnvironment].contains("OPENCLAW_HOME")) {
            return;
          }
          params["copilotHome"] = state.Dir("home") + "/.openclaw/agents/main";
        })}},
      {"auth-openclaw-home-ignored",
       {"AUTH-22"},
       "OPENCLAW_HOME is not looked at",
       {AdapterEnvironment(
           [](Variables& variables) { variables.erase("OPENCLAW_HOME"); })}},
      {"auth-openclaw-home-is-the-base",
       {"AUTH-22"},
       "OPENCLAW_HOME is taken for the directory of OpenClaw itself",
       {RemembersEnvironment(), OnAttempt([](Json& params, State& state) {
          const std::string base =
              Text(state.memory[kEnvironment], "OPENCLAW_HOME");
          if (base.empty() || !params.contains("agentId")) return;
          params["copilotHome"] =
              base + "/agents/" + Text(params, "agentId") + "/copilot";
        })}},
      {"auth-home-in-the-workspace",
       {"AUTH-24"},
       "the Copilot home of another workspace lies in it",
       {OnAttempt([](Json& params, State& state) {
         const std::string workspace = Text(params, "workspaceDir");
         if (params.contains("agentId") &&
             workspace != state.Dir("workspace")) {
           params["copilotHome"] = workspace + "/.copilot";
         }
       })}},
      {"auth-agent-id-keeps-its-case",
       {"AUTH-25"},
       "an agent id is not lowercased",
       {RawAgentHome([](const std::string& id) { return id == " Main "; })}},
      {"auth-agent-id-not-trimmed",
       {"AUTH-25"},
       "an agent id with blanks around it is no plain name",
       {OnAttempt([](Json& params) {
         const std::string id = Text(params, "agentId");
         if (id.size() > 2 && id.front() == ' ') params["agentId"] = "copilot";
       })}},
      {"auth-agent-id-is-a-path",
       {"AUTH-26"},
       "an agent id may leave its directory",
       {RawAgentHome(
           [](const std::string& id) { return id.find('/') != id.npos; })}},
      {"auth-agent-id-with-backslash",
       {"AUTH-26"},
       "only the slash is kept out of an agent id",
       {RawAgentHome(
           [](const std::string& id) { return id.find('\\') != id.npos; })}},
      {"auth-agent-id-too-long",
       {"AUTH-26"},
       "an agent id may have one character too many",
       {RawAgentHome([](const std::string& id) { return id.size() == 65; })}},
      {"auth-agent-id-longest-refused",
       {"AUTH-26"},
       "the longest agent id is refused",
       {OnAttempt([](Json& params) {
         if (Text(params, "agentId").size() == 64)
           params["agentId"] = "copilot";
       })}},
      {"auth-agent-id-begins-with-dash",
       {"AUTH-26"},
       "an agent id may begin with a dash or an underscore",
       {RawAgentHome(
           [](const std::string& id) { return id.find_first_of("-_") == 0; })}},
      {"auth-agent-id-blank-is-main",
       {"AUTH-26"},
       "a blank agent id is taken for `main`",
       {OnAttempt([](Json& params) {
         if (params.contains("agentId") &&
             Text(params, "agentId").find_first_not_of(' ') ==
                 std::string::npos) {
           params["agentId"] = "main";
         }
       })}},
      {"auth-byok-logs-in",
       {"AUTH-28"},
       "with BYOK the CLI may log the user in",
       {Tells("byok", IsByok), OnCliStart("byok",
                                          [](Launch& launch) {
                                            std::erase(launch.argv,
                                                       "--no-auto-login");
                                          })}},
      {"auth-byok-session-token",
       {"AUTH-28"},
       "with BYOK sessions carry the GitHub token of the environment",
       {RemembersEnvironment(), OnAttempt([](Json& params, State& state) {
          state.world.Share("token",
                            IsByok(params) ? EnvironmentToken(state) : "");
        }),
        OnCliRequest("session.create",
                     [](Json& params, State& state) {
                       const Json token = state.world.Shared("token");
                       if (token.is_string() && token != "") {
                         params["gitHubToken"] = token;
                       }
                     })}},
      {"auth-environment-token-not-for-sessions",
       {"AUTH-30"},
       "a session does not get the token of the environment",
       {RemembersEnvironment(), OnAttempt([](Json&, State& state) {
          state.world.Share("given", !EnvironmentToken(state).empty());
        }),
        OnCliRequest("session.create",
                     [](Json& params, State& state) {
                       if (IsTold(state, "given")) params.erase("gitHubToken");
                     })}},
      {"auth-explicit-token-not-for-sessions",
       {"AUTH-31"},
       "a session does not get the explicit token",
       {Tells("explicit",
              [](const Json& params) {
                return !AuthText(params, "gitHubToken").empty();
              }),
        OnCliRequest("session.create",
                     [](Json& params, State& state) {
                       if (IsTold(state, "explicit")) {
                         params.erase("gitHubToken");
                       }
                     })}},
      {"auth-resumed-without-token",
       {"AUTH-32"},
       "a resumed session carries no token",
       {OnCliRequest("session.resume", Erase("gitHubToken"))}},
      {"auth-null-session-token",
       {"AUTH-33"},
       "without a token a session carries one that is null",
       {OnCliRequest(
           "session.create",
           [](Json& params) { params.emplace("gitHubToken", nullptr); })}},
      {"auth-null-session-token-on-resume",
       {"AUTH-37"},
       "without a token a resumed session carries one that is null",
       {OnCliRequest(
           "session.resume",
           [](Json& params) { params.emplace("gitHubToken", nullptr); })}},
      {"auth-empty-cli-token",
       {"AUTH-35"},
       "the CLI of the logged-in user gets an empty token",
       {CliEnvironment([](Variables& variables) {
         variables.emplace("COPILOT_SDK_AUTH_TOKEN", "");
       })}},
      {"auth-key-in-the-transcript",
       {"AUTH-36"},
       "the key is written into the transcript",
       {AfterAttempt([](State& state) {
         const std::string file = state.Param("sessionFile");
         const std::string token = state.Param("resolvedApiKey");
         if (file.empty() || token.empty()) return;
         state.world.Write(
             file, state.world.Read(file) + "{\"key\":\"" + token + "\"}\n");
       })}},
  };
}

}  // namespace copilot::conformance

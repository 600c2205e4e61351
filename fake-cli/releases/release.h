// SPDX-License-Identifier: MIT
//
// What an earlier release of the CLI says differently (protocol 17). The
// differences are data (releases.json); this class applies them where messages
// enter and leave, so that the rest of the fake knows the newest release only.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "fake-cli/releases/member_changes.h"

namespace copilot::fake_cli {

// An event that goes with another one.
struct FollowingEvent {
  std::string type;
  std::string data;  // raw JSON
  bool ephemeral = false;
};

// What is asked of the clients instead of telling an event.
struct RequestForm {
  std::string method;
  std::vector<std::string> members;  // of the event's data, as params
};

class Release {
 public:
  // The newest: nothing is different.
  Release() = default;

  // The error lists the releases there are.
  static tl::expected<Release, std::string> Find(const std::string& version);
  // Oldest first.
  static std::vector<std::string> Known();

  // Empty for the newest, whose version is the script's business.
  const std::string& version() const { return version_; }
  int protocol() const { return protocol_; }

  // --- methods

  // Today's name of a method; null when the release does not know it.
  std::optional<std::string> MethodNamed(const std::string& name) const;
  // Why a known method fails in any case; empty when it does not.
  std::string Refusal(const std::string& method) const;
  // As today's fake is to understand them.
  nlohmann::json Params(const std::string& method, nlohmann::json params) const;
  // The result that a method always has, before what it brings about; raw JSON,
  // or empty.
  std::string ResultAtOnce(const std::string& method) const;
  // Of `method`, as a client gets it. Raw JSON, and text.
  std::string Result(const std::string& method, std::string_view raw) const;
  std::string ErrorText(std::string text) const;
  // Whether the result comes behind what the call brings about.
  bool AnswersLast(const std::string& method) const {
    return answers_last_.contains(method);
  }

  // --- events and notifications

  // Whether there are such events or notifications, and on this occasion.
  bool Tells(std::string_view type, std::string_view occasion = "") const;
  // An event's data, raw JSON.
  std::string Data(std::string_view type, std::string_view data,
                   const MemberChanges::LastEvent& last = nullptr) const;
  // Whether an event that is told is kept in the history.
  bool Keeps(std::string_view type) const;
  // The type that such an event waits for; empty when it does not.
  std::string Awaited(std::string_view type) const;
  std::vector<FollowingEvent> Following(std::string_view type) const;
  // Whether ephemeral events are parents of what follows, and history.
  bool remembers_all_events() const { return remembers_all_events_; }
  const RequestForm* RequestFor(std::string_view event_type) const;

  // A client's decision about a permission, in today's words.
  nlohmann::json Decision(const nlohmann::json& decision) const;

 private:
  template <typename Value>
  using Named = std::map<std::string, Value, std::less<>>;

  void TakeBack(const nlohmann::json& change);
  void RestoreMethods(const nlohmann::json& was);
  void RestoreEvents(const nlohmann::json& was);

  std::string version_;
  int protocol_ = 3;
  bool remembers_all_events_ = false;
  std::set<std::string> unknown_methods_;
  Named<std::string> names_;     // today's by theirs
  Named<std::string> refusals_;  // by method
  Named<MemberChanges> params_;
  Named<MemberChanges> results_;
  Named<std::string> results_at_once_;  // raw JSON
  std::set<std::string> answers_last_;
  std::vector<std::pair<std::string, std::string>> texts_;  // today's, theirs
  std::set<std::string, std::less<>> untold_;               // "x.*" too
  std::set<std::string, std::less<>> unkept_;
  Named<MemberChanges> members_;
  Named<std::string> awaited_;
  Named<nlohmann::json> following_;
  Named<RequestForm> requests_;
  Named<nlohmann::json> decisions_;
};

}  // namespace copilot::fake_cli

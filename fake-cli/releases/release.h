// SPDX-License-Identifier: MIT
//
// What an earlier release of the CLI says differently (protocol 17). The
// differences are data (releases.json); this class applies them where messages
// enter and leave, so that the rest of the fake knows the newest release only.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace copilot::fake_cli {

// How an event is told.
struct EventForm {
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

  // Today's name of a method; null when the release does not know it.
  std::optional<std::string> MethodNamed(const std::string& name) const;
  // Why a known method fails in any case; empty when it does not.
  std::string Refusal(const std::string& method) const;

  // Whether there are such events or notifications.
  bool Tells(std::string_view type) const;
  // Null when the event is not told.
  std::optional<EventForm> Event(std::string_view type, std::string_view data,
                                 bool ephemeral) const;
  const RequestForm* RequestFor(std::string_view event_type) const;
  // Whether ephemeral events are parents of what follows.
  bool chains_all_events() const { return chains_all_events_; }

  // Of `method`, as a client gets it. Raw JSON, and text.
  std::string Result(const std::string& method, std::string_view raw) const;
  std::string ErrorText(std::string text) const;
  // Whether the result comes behind what the call brings about.
  bool AnswersLast(const std::string& method) const {
    return answers_last_.contains(method);
  }

  // A client's decision about a permission, in today's words.
  nlohmann::json Decision(const nlohmann::json& decision) const;

 private:
  using Members = std::map<std::string, std::set<std::string>, std::less<>>;
  using Values = std::map<std::string, nlohmann::json, std::less<>>;

  void TakeBack(const nlohmann::json& change);
  void Restore(const nlohmann::json& was);

  std::string version_;
  int protocol_ = 3;
  bool chains_all_events_ = false;
  std::set<std::string> unknown_methods_;
  std::map<std::string, std::string> names_;     // today's by theirs
  std::map<std::string, std::string> refusals_;  // by method
  std::set<std::string, std::less<>> untold_;    // "model.*" too
  std::set<std::string, std::less<>> unkept_;
  Members unknown_members_;  // of events
  Values old_members_;       // of events: members with their values
  Members unknown_results_;  // of results
  Values old_results_;
  std::map<std::string, RequestForm, std::less<>> requests_;
  std::map<std::string, nlohmann::json> decisions_;
  std::vector<std::pair<std::string, std::string>> texts_;  // new, old
  std::set<std::string> answers_last_;
};

}  // namespace copilot::fake_cli

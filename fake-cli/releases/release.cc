// SPDX-License-Identifier: MIT
#include "fake-cli/releases/release.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "embedded/releases.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using Patterns = std::set<std::string, std::less<>>;

const Json& Document() {
  static const Json* const document = new Json(Json::parse(embedded::releases));
  return *document;
}

// "hook.*" stands for all that begins with "hook.".
bool Holds(const Patterns& patterns, std::string_view name) {
  if (patterns.find(name) != patterns.end()) return true;
  const size_t dot = name.rfind('.');
  if (dot == name.npos) return false;
  return patterns.find(std::string(name.substr(0, dot)) + ".*") !=
         patterns.end();
}

const Json& Section(const Json& object, const char* name) {
  static const Json* const none = new Json(Json::object());
  const auto found = object.find(name);
  return found == object.end() ? *none : *found;
}

template <typename Set>
void AddAll(const Json& names, Set* set) {
  for (const Json& name : names) set->insert(name.get<std::string>());
}

template <typename Changes>
void RemoveAll(const Json& lists, Changes* changes) {
  for (const auto& [name, paths] : lists.items()) {
    for (const Json& path : paths) (*changes)[name].Remove(path);
  }
}

template <typename Changes>
void AddValues(const Json& lists, Changes* changes) {
  for (const auto& [name, members] : lists.items()) {
    for (const auto& [member, value] : members.items()) {
      (*changes)[name].Add(member, value);
    }
  }
}

template <typename Map>
auto FindIn(const Map& map, std::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

std::vector<std::string> Release::Known() {
  return Document()["releases"].get<std::vector<std::string>>();
}

tl::expected<Release, std::string> Release::Find(const std::string& version) {
  const auto known = Known();
  const auto found = std::find(known.begin(), known.end(), version);
  if (found == known.end()) {
    return tl::unexpected(
        fmt::format("no release '{}' to emulate; there are {}", version,
                    fmt::join(known, ", ")));
  }
  Release release;
  release.version_ = version;
  // From the newest change back to the first after this release.
  const Json& changes = Document()["changes"];
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    const auto since =
        std::find(known.begin(), known.end(), (*change)["since"]);
    if (since <= found) break;
    release.TakeBack(*change);
  }
  return release;
}

void Release::TakeBack(const Json& change) {
  AddAll(Section(change, "methods"), &unknown_methods_);
  AddAll(Section(change, "events"), &untold_);
  AddAll(Section(change, "kept"), &unkept_);
  RemoveAll(Section(change, "members"), &members_);
  RemoveAll(Section(change, "results"), &results_);
  RestoreMethods(Section(change, "was"));
  RestoreEvents(Section(change, "was"));
}

void Release::RestoreMethods(const Json& was) {
  protocol_ = was.value("protocol", protocol_);
  for (const auto& [name, old] : Section(was, "names").items()) {
    unknown_methods_.insert(name);
    names_[old.get<std::string>()] = name;
  }
  for (const auto& [method, text] : Section(was, "refusals").items()) {
    refusals_[method] = text.get<std::string>();
  }
  for (const auto& [method, values] : Section(was, "params").items()) {
    for (const auto& [path, value] : values.items()) {
      params_[method].Set(path, value);
    }
  }
  AddValues(Section(was, "results"), &results_);
  for (const auto& [method, result] : Section(was, "atOnce").items()) {
    results_at_once_[method] = result.dump();
  }
  AddAll(Section(was, "answersLast"), &answers_last_);
  for (const auto& [text, old] : Section(was, "texts").items()) {
    texts_.emplace_back(text, old.get<std::string>());
  }
}

void Release::RestoreEvents(const Json& was) {
  remembers_all_events_ =
      was.value("remembersAllEvents", remembers_all_events_);
  AddValues(Section(was, "members"), &members_);
  for (const auto& [type, copies] : Section(was, "copies").items()) {
    for (const auto& [name, source] : copies.items()) {
      members_[type].Copy(name, source);
    }
  }
  for (const auto& [type, members] : Section(was, "words").items()) {
    for (const auto& [name, words] : members.items()) {
      members_[type].Reword(name, words);
    }
  }
  for (const auto& [type, awaited] : Section(was, "after").items()) {
    awaited_[type] = awaited.get<std::string>();
  }
  for (const auto& [type, events] : Section(was, "following").items()) {
    following_[type] = events;
  }
  for (const auto& [type, request] : Section(was, "requests").items()) {
    requests_[type] = {request["method"],
                       request["members"].get<std::vector<std::string>>()};
  }
  for (const auto& [kind, decision] : Section(was, "decisions").items()) {
    decisions_[kind] = decision;
  }
}

std::optional<std::string> Release::MethodNamed(const std::string& name) const {
  if (const auto* todays = FindIn(names_, name)) return *todays;
  if (unknown_methods_.contains(name)) return std::nullopt;
  return name;
}

std::string Release::Refusal(const std::string& method) const {
  const auto* refusal = FindIn(refusals_, method);
  return refusal == nullptr ? "" : *refusal;
}

Json Release::Params(const std::string& method, Json params) const {
  const auto* changes = FindIn(params_, method);
  if (changes == nullptr) return params;
  return Json::parse(changes->Apply(params.dump()), nullptr, false);
}

std::string Release::ResultAtOnce(const std::string& method) const {
  const auto* result = FindIn(results_at_once_, method);
  return result == nullptr ? "" : *result;
}

std::string Release::Result(const std::string& method,
                            std::string_view raw) const {
  const auto* changes = FindIn(results_, method);
  return changes == nullptr ? std::string(raw) : changes->Apply(raw);
}

std::string Release::ErrorText(std::string text) const {
  for (const auto& [now, then] : texts_) {
    const size_t at = text.find(now);
    if (at != text.npos) text.replace(at, now.size(), then);
  }
  return text;
}

bool Release::Tells(std::string_view type, std::string_view occasion) const {
  if (untold_.empty()) return true;
  if (Holds(untold_, type)) return false;
  return occasion.empty() ||
         !untold_.contains(fmt::format("{}@{}", type, occasion));
}

std::string Release::Data(std::string_view type, std::string_view data,
                          const MemberChanges::LastEvent& last) const {
  const auto* changes = FindIn(members_, type);
  return changes == nullptr ? std::string(data) : changes->Apply(data, last);
}

bool Release::Keeps(std::string_view type) const {
  return !Holds(unkept_, type);
}

std::string Release::Awaited(std::string_view type) const {
  const auto* awaited = FindIn(awaited_, type);
  return awaited == nullptr || !Tells(*awaited) ? "" : *awaited;
}

std::vector<FollowingEvent> Release::Following(std::string_view type) const {
  std::vector<FollowingEvent> events;
  if (const auto* following = FindIn(following_, type)) {
    for (const Json& each : *following) {
      events.push_back(
          {each["type"], each["data"].dump(), each.value("ephemeral", false)});
    }
  }
  return events;
}

const RequestForm* Release::RequestFor(std::string_view event_type) const {
  return FindIn(requests_, event_type);
}

Json Release::Decision(const Json& decision) const {
  const Json kind =
      decision.is_object() ? decision.value("kind", Json()) : Json();
  const auto* today =
      kind.is_string() ? FindIn(decisions_, kind.get<std::string>()) : nullptr;
  if (today == nullptr) return decision;
  Json todays = decision;
  todays.update(*today);
  return todays;
}

}  // namespace copilot::fake_cli

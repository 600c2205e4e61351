// SPDX-License-Identifier: MIT
#include "fake-cli/releases/release.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "embedded/releases.h"
#include "fake-cli/identity.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using Ordered = nlohmann::ordered_json;
using Patterns = std::set<std::string, std::less<>>;

const Json& Document() {
  static const Json* const document = new Json(Json::parse(embedded::releases));
  return *document;
}

// "model.*" stands for all that begins with "model.".
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

// "<NOW>" stands for the moment, in milliseconds.
Ordered Value(const Json& value) {
  return value == "<NOW>" ? Ordered(NowMs()) : Ordered(value);
}

// Without `gone` and with `old`, whose values count only where there are none
// unless they are moments.
std::string Changed(std::string_view raw, const std::set<std::string>* gone,
                    const Json* old) {
  Ordered document = Ordered::parse(raw, nullptr, false);
  if (!document.is_object()) return std::string(raw);
  if (old != nullptr) {
    for (const auto& [name, value] : old->items()) {
      if (!document.contains(name) || value == "<NOW>") {
        document[name] = Value(value);
      }
    }
  }
  if (gone != nullptr) {
    for (const std::string& name : *gone) document.erase(name);
  }
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
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
  for (const auto& [type, names] : Section(change, "members").items()) {
    AddAll(names, &unknown_members_[type]);
  }
  for (const auto& [method, names] : Section(change, "results").items()) {
    AddAll(names, &unknown_results_[method]);
  }
  Restore(Section(change, "was"));
}

void Release::Restore(const Json& was) {
  protocol_ = was.value("protocol", protocol_);
  chains_all_events_ = was.value("chainsAllEvents", chains_all_events_);
  for (const auto& [name, old] : Section(was, "names").items()) {
    // A name may have changed twice.
    std::erase_if(names_,
                  [&](const auto& each) { return each.second == name; });
    unknown_methods_.insert(name);
    names_[old.get<std::string>()] = name;
  }
  for (const auto& [method, text] : Section(was, "refusals").items()) {
    refusals_[method] = text;
  }
  for (const auto& [type, members] : Section(was, "members").items()) {
    Json& all = old_members_[type];
    for (const auto& [name, value] : members.items()) {
      all[name] = value;
      unknown_members_[type].erase(name);
    }
  }
  for (const auto& [method, members] : Section(was, "results").items()) {
    old_results_[method].update(members);
  }
  for (const auto& [type, request] : Section(was, "requests").items()) {
    requests_[type] = {request["method"],
                       request["members"].get<std::vector<std::string>>()};
  }
  for (const auto& [kind, decision] : Section(was, "decisions").items()) {
    decisions_[kind] = decision;
  }
  for (const auto& [text, old] : Section(was, "texts").items()) {
    texts_.emplace_back(text, old);
  }
  AddAll(Section(was, "answersLast"), &answers_last_);
}

std::optional<std::string> Release::MethodNamed(const std::string& name) const {
  const auto old = names_.find(name);
  if (old != names_.end()) return old->second;
  if (unknown_methods_.contains(name)) return std::nullopt;
  return name;
}

std::string Release::Refusal(const std::string& method) const {
  const auto found = refusals_.find(method);
  return found == refusals_.end() ? "" : found->second;
}

bool Release::Tells(std::string_view type) const {
  return !Holds(untold_, type);
}

std::optional<EventForm> Release::Event(std::string_view type,
                                        std::string_view data,
                                        bool ephemeral) const {
  if (!Tells(type)) return std::nullopt;
  EventForm form{std::string(data), ephemeral || Holds(unkept_, type)};
  const auto* gone = FindIn(unknown_members_, type);
  const auto* old = FindIn(old_members_, type);
  if (gone != nullptr || old != nullptr) form.data = Changed(data, gone, old);
  return form;
}

const RequestForm* Release::RequestFor(std::string_view event_type) const {
  return FindIn(requests_, event_type);
}

std::string Release::Result(const std::string& method,
                            std::string_view raw) const {
  const auto* gone = FindIn(unknown_results_, method);
  const auto* old = FindIn(old_results_, method);
  if (gone == nullptr && old == nullptr) return std::string(raw);
  return Changed(raw, gone, old);
}

std::string Release::ErrorText(std::string text) const {
  for (const auto& [now, then] : texts_) {
    const size_t at = text.find(now);
    if (at != text.npos) text.replace(at, now.size(), then);
  }
  return text;
}

Json Release::Decision(const Json& decision) const {
  if (decisions_.empty() || !decision.is_object()) return decision;
  const Json kind = decision.value("kind", Json());
  if (!kind.is_string()) return decision;
  const auto found = decisions_.find(kind.get<std::string>());
  if (found == decisions_.end()) return decision;
  Json todays = decision;
  todays.update(found->second);
  return todays;
}

}  // namespace copilot::fake_cli

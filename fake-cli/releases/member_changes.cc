// SPDX-License-Identifier: MIT
#include "fake-cli/releases/member_changes.h"

#include "fake-cli/identity.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using Ordered = nlohmann::ordered_json;

// Runs `change` on every object that holds the last name of the path, with that
// name.
void AtPath(
    std::string_view path, Ordered* value,
    const std::function<void(Ordered*, const std::string& name)>& change) {
  if (value->is_array()) {
    for (Ordered& each : *value) AtPath(path, &each, change);
    return;
  }
  if (!value->is_object()) return;
  const size_t dot = path.find('.');
  const std::string name(path.substr(0, dot));
  if (dot == path.npos) {
    change(value, name);
  } else if (value->contains(name)) {
    AtPath(path.substr(dot + 1), &(*value)[name], change);
  }
}

void RemoveAt(std::string_view path, Ordered* document) {
  const bool only_empty = path.back() == '?';
  if (only_empty) path.remove_suffix(1);
  AtPath(path, document, [&](Ordered* object, const std::string& name) {
    const auto found = object->find(name);
    if (found == object->end() || (only_empty && !found->empty())) return;
    object->erase(name);
  });
}

// The member "type.member" of the last event of that type; null without one.
Json MemberOfLast(const std::string& source,
                  const MemberChanges::LastEvent& last) {
  const size_t dot = source.rfind('.');
  if (!last) return nullptr;
  const Json data = Json::parse(last(source.substr(0, dot)), nullptr, false);
  return data.is_object() ? data.value(source.substr(dot + 1), Json()) : Json();
}

}  // namespace

void MemberChanges::Remove(const std::string& path) {
  added_.erase(path);
  copied_.erase(path);
  removed_.insert(path);
}

void MemberChanges::Add(const std::string& name, const Json& value) {
  removed_.erase(name);
  added_[name] = value;
}

void MemberChanges::Copy(const std::string& name, const std::string& source) {
  copied_[name] = source;
}

void MemberChanges::Reword(const std::string& name, const Json& words) {
  reworded_[name] = words;
}

void MemberChanges::Set(const std::string& path, const Json& value) {
  set_[path] = value;
}

std::string MemberChanges::Apply(std::string_view raw,
                                 const LastEvent& last) const {
  Ordered document = Ordered::parse(raw, nullptr, false);
  if (!document.is_object()) return std::string(raw);
  for (const auto& [name, value] : added_.items()) {
    if (value == "<NOW>") {
      document[name] = NowMs();
    } else if (!document.contains(name)) {
      document[name] = Ordered(value);
    }
  }
  for (const auto& [name, source] : copied_.items()) {
    const Json value = MemberOfLast(source.get<std::string>(), last);
    if (!value.is_null()) document[name] = Ordered(value);
  }
  for (const auto& [name, words] : reworded_.items()) {
    const auto found = document.find(name);
    if (found == document.end() || !found->is_string()) continue;
    const auto word = words.find(found->get<std::string>());
    if (word != words.end()) *found = Ordered(*word);
  }
  for (const std::string& path : removed_) RemoveAt(path, &document);
  for (const auto& member : set_.items()) {
    if (member.value().is_null()) {
      RemoveAt(member.key(), &document);
      continue;
    }
    const Ordered value(member.value());
    AtPath(member.key(), &document,
           [&](Ordered* object, const std::string& name) {
             (*object)[name] = value;
           });
  }
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace copilot::fake_cli

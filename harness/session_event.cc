// SPDX-License-Identifier: MIT
#include "harness/session_event.h"

#include <utility>

#include "wire/message.h"

namespace copilot::harness {

SessionEvent::SessionEvent(std::string_view raw)
    : raw_(raw), type_(wire::RawString(wire::RawMember(raw, "type"))) {}

SessionEvent::SessionEvent(Json event)
    : type_(StringMember(event, "type")), json_(std::move(event)) {}

const Json& SessionEvent::json() const {
  if (!json_) {
    json_ = Json::parse(raw_.begin(), raw_.end(), nullptr, false);
    if (json_->is_discarded()) json_ = Json(nullptr);
  }
  return *json_;
}

const Json& SessionEvent::data() const { return MemberOrNull(json(), "data"); }

bool SessionEvent::is_root() const {
  return StringMember(json(), "agentId").empty();
}

bool SessionEvent::is_ephemeral() const {
  const Json& ephemeral = MemberOrNull(json(), "ephemeral");
  return ephemeral.is_boolean() && ephemeral.get<bool>();
}

std::string SessionEvent::Text(const char* member) const {
  return StringMember(data(), member);
}

std::string StringMember(const Json& object, const char* member) {
  const Json& value = MemberOrNull(object, member);
  return value.is_string() ? value.get<std::string>() : std::string();
}

const Json& MemberOrNull(const Json& object, const char* member) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto it = object.find(member);
  return it == object.end() ? null : *it;
}

}  // namespace copilot::harness

// SPDX-License-Identifier: MIT
#include "conformance/schemas/gaps.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "conformance/scenario/matcher.h"
#include "conformance/schemas/conversation.h"
#include "wire/schema_complaint.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using Values = std::vector<const Json*>;

// Schemas are recursive here and there; values are not that deep.
constexpr int kDeepest = 12;

bool IsForbidden(const Json& schema) {
  return schema == false || schema.value("not", Json()) == Json::object();
}

// The constants that tell this form of an object from others.
Json Marks(const Json& form) {
  Json marks = Json::object();
  for (const auto& [name, schema] : Section(form, "properties").items()) {
    if (schema.is_object() && schema.contains("const")) {
      marks[name] = schema["const"];
    }
  }
  return marks;
}

bool Fits(const Json& form, const Json& marks, const Json& value) {
  const std::string type =
      form.contains("type") && form["type"].is_string() ? form["type"] : "";
  if (type == "object" && !value.is_object()) return false;
  if (type == "array" && !value.is_array()) return false;
  if (type == "null" && !value.is_null()) return false;
  for (const auto& [name, mark] : marks.items()) {
    if (!value.is_object() || value.value(name, Json()) != mark) return false;
  }
  return true;
}

// "{kind: \"shell\"}".
std::string Shape(const Json& marks) {
  std::string text;
  for (const auto& [name, mark] : marks.items()) {
    text +=
        fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, mark.dump());
  }
  return "{" + text + "}";
}

// Goes through a schema with the values that were seen of it.
class MemberSearch {
 public:
  MemberSearch(const PublishedSchemas& schemas, std::string frame,
               std::set<std::string>* missing)
      : schemas_(schemas), frame_(std::move(frame)), missing_(missing) {}

  void Search(const Json& place, const Values& values, const std::string& path,
              int depth = 0) {
    const Json& schema = schemas_.Followed(place);
    if (!schema.is_object() || depth > kDeepest) return;
    // Events are searched by type.
    if (&schema == &schemas_.At("/events/SessionEvent")) return;
    for (const Json& part : schema.value("allOf", Json::array())) {
      Search(part, values, path, depth + 1);
    }
    for (const char* name : {"anyOf", "oneOf"}) {
      const auto forms = schema.find(name);
      if (forms == schema.end() || !forms->is_array()) continue;
      for (const Json& form : *forms) SearchForm(form, values, path, depth);
    }
    SearchMembers(schema, values, path, depth);
    SearchItems(schema, values, path, depth);
  }

 private:
  void Miss(const std::string& path) { missing_->insert(frame_ + " " + path); }

  void SearchForm(const Json& place, const Values& values,
                  const std::string& path, int depth) {
    const Json& form = schemas_.Followed(place);
    if (!form.is_object()) return;
    const Json marks = Marks(form);
    Values fitting;
    std::copy_if(values.begin(), values.end(), std::back_inserter(fitting),
                 [&](const Json* value) { return Fits(form, marks, *value); });
    if (!fitting.empty()) {
      Search(form, fitting, path, depth + 1);
    } else if (!marks.empty()) {
      Miss(path + Shape(marks));
    }
  }

  void SearchMembers(const Json& schema, const Values& values,
                     const std::string& path, int depth) {
    const Json& properties = Section(schema, "properties");
    for (const auto& [name, member] : properties.items()) {
      if (IsForbidden(member)) continue;
      Values children;
      for (const Json* value : values) {
        if (!value->is_object()) continue;
        const auto child = value->find(name);
        if (child != value->end()) children.push_back(&*child);
      }
      const std::string place = wire::MemberPath(path, name);
      if (children.empty()) {
        Miss(place);
      } else {
        Search(member, children, place, depth + 1);
      }
    }
    const Json& others = Section(schema, "additionalProperties");
    Values children;
    for (const Json* value : values) {
      if (others.empty() || !value->is_object()) continue;
      for (const auto& [name, child] : value->items()) {
        if (!properties.contains(name)) children.push_back(&child);
      }
    }
    if (!children.empty()) Search(others, children, path + ".*", depth + 1);
  }

  void SearchItems(const Json& schema, const Values& values,
                   const std::string& path, int depth) {
    const Json& items = Section(schema, "items");
    Values elements;
    for (const Json* value : values) {
      if (items.empty() || !value->is_array()) continue;
      for (const Json& element : *value) elements.push_back(&element);
    }
    if (!elements.empty()) Search(items, elements, path + "[]", depth + 1);
  }

  const PublishedSchemas& schemas_;
  const std::string frame_;
  std::set<std::string>* const missing_;
};

// The members of each schema of one kind. Returns the names of those that were
// not seen at all.
std::set<std::string> SearchAll(const PublishedSchemas& schemas,
                                const Known& known, const std::string& kind,
                                const PublishedSchemas::Pointers& pointers,
                                std::set<std::string>* members) {
  std::set<std::string> unseen;
  for (const auto& [name, pointer] : pointers) {
    const std::string frame = kind + " " + name;
    const auto seen = known.seen.find(frame);
    if (seen == known.seen.end()) {
      unseen.insert(name);
    } else if (!known.stubs.contains(name)) {
      MemberSearch(schemas, frame, members)
          .Search(schemas.At(pointer), seen->second, "$");
    }
  }
  return unseen;
}

std::set<std::string> Minus(const std::set<std::string>& some,
                            const std::set<std::string>& others) {
  std::set<std::string> rest;
  std::set_difference(some.begin(), some.end(), others.begin(), others.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace

void Known::Learn(const Trace& trace) {
  std::map<int, Conversation> conversations;  // by connection
  for (const TraceLine& line : trace.lines) {
    const Json& message = line.message;
    const bool came = line.kind == TraceLine::Kind::kCame;
    if (!message.is_object() ||
        (!came && line.kind != TraceLine::Kind::kSent)) {
      continue;
    }
    Conversation& conversation = conversations[line.connection];
    if (!came) conversation.Asked(message);
    const auto name = message.find("method");
    const std::string method =
        name != message.end() && name->is_string() ? *name : "";
    const char* part = method.empty() ? "result" : "params";
    if (!message.contains(part)) continue;
    const Json& value = message[part];
    if (method == "session.event") {
      const Json& event = Section(value, "event");
      seen["session.event " + event.value("type", "")].push_back(&event);
    } else if (!came && !method.empty()) {
      seen["params " + method].push_back(&value);
    } else if (came && method.empty()) {
      seen["result " + conversation.Answered(message)].push_back(&value);
    } else if (came) {
      seen["request " + method].push_back(&value);
    }
  }
}

Gaps FindGaps(const PublishedSchemas& schemas, const Known& known) {
  Gaps gaps;
  for (const auto& [method, pointer] : schemas.results()) {
    if (!known.methods.contains(method)) gaps.methods.insert(method);
  }
  const auto search = [&](const char* kind, const auto& pointers) {
    return SearchAll(schemas, known, kind, pointers, &gaps.members);
  };
  gaps.events = search("session.event", schemas.events());
  gaps.requests = search("request", schemas.requests());
  search("params", schemas.params());
  search("result", schemas.results());
  return gaps;
}

Gaps Gaps::Without(const Gaps& older) const {
  return {Minus(methods, older.methods), Minus(requests, older.requests),
          Minus(events, older.events), Minus(members, older.members)};
}

std::string Gaps::ToText() const {
  std::string text;
  for (const auto& [kind, names] :
       {std::pair("method  ", &methods), std::pair("request ", &requests),
        std::pair("event   ", &events), std::pair("member  ", &members)}) {
    for (const std::string& name : *names) {
      text += fmt::format("{} {}\n", kind, name);
    }
  }
  return text +
         fmt::format(
             "{} methods, {} requests, {} events and {} members that the fake "
             "does not know\n",
             methods.size(), requests.size(), events.size(), members.size());
}

Json Gaps::ToJson() const {
  return {{"methods", methods},
          {"requests", requests},
          {"events", events},
          {"members", members}};
}

}  // namespace copilot::conformance

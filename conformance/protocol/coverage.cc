// SPDX-License-Identifier: MIT
#include "conformance/protocol/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "conformance/scenario/matcher.h"
#include "embedded/adapter_schema.h"
#include "embedded/scenario_schema.h"
#include "wire/schema_complaint.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// Forms of forms of forms.
constexpr int kDeepest = 8;

ProtocolNames Minus(const ProtocolNames& some, const ProtocolNames& others) {
  ProtocolNames rest;
  std::set_difference(some.begin(), some.end(), others.begin(), others.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

// The members that a schema of an object names, in whatever form.
void Members(const PublishedSchemas& schemas, const Json& place,
             std::map<std::string, const Json*>* members, int depth = 0) {
  const Json& schema = schemas.Followed(place);
  if (!schema.is_object() || depth > kDeepest) return;
  for (const auto& [name, member] : Section(schema, "properties").items()) {
    members->emplace(name, &member);
  }
  for (const char* forms : {"allOf", "anyOf", "oneOf"}) {
    const auto list = schema.find(forms);
    if (list == schema.end() || !list->is_array()) continue;
    for (const Json& form : *list) Members(schemas, form, members, depth + 1);
  }
}

// Frames of one kind, and their members.
class Universe {
 public:
  explicit Universe(const PublishedSchemas& schemas) : schemas_(schemas) {}

  ProtocolNames Frames(const std::string& kind,
                       const PublishedSchemas::Pointers& pointers) const {
    ProtocolNames names;
    for (const auto& [name, pointer] : pointers) {
      names.insert(kind + " " + name);
    }
    return names;
  }

  ProtocolNames MembersOf(const std::string& kind,
                          const PublishedSchemas::Pointers& pointers) const {
    ProtocolNames names;
    for (const auto& [name, pointer] : pointers) {
      std::map<std::string, const Json*> members;
      Members(schemas_, schemas_.At(pointer), &members);
      std::string path = "$";
      if (kind == "event") {
        // Each event has the same envelope.
        const auto data = members.find("data");
        if (data == members.end()) continue;
        const Json& schema = *data->second;
        members.clear();
        Members(schemas_, schema, &members);
        path = "$.data";
      }
      for (const auto& [member, schema] : members) {
        names.insert(kind + " " + name + " " + wire::MemberPath(path, member));
      }
    }
    return names;
  }

 private:
  const PublishedSchemas& schemas_;
};

// The constants of "method" in the schema of the adapter protocol.
void AdapterMethods(const Json& schema, ProtocolNames* names) {
  if (!schema.is_structured()) return;
  const Json& method = Section(Section(schema, "properties"), "method");
  if (method.contains("const") && method["const"].is_string()) {
    names->insert("adapter " + method["const"].get<std::string>());
  }
  for (const Json& part : schema) AdapterMethods(part, names);
}

ProtocolNames Capabilities() {
  const Json schema = Json::parse(embedded::scenario_schema);
  ProtocolNames names;
  for (const Json& name :
       schema.at("/properties/requires/items/enum"_json_pointer)) {
    // Not one of adapters.
    if (name != "rehearsal") {
      names.insert("capability " + name.get<std::string>());
    }
  }
  return names;
}

std::string Percent(size_t all, size_t missing) {
  if (all == 0) return "";
  return fmt::format("{:.1f}", 100.0 * static_cast<double>(all - missing) /
                                   static_cast<double>(all));
}

void AddList(const char* word, const ProtocolNames& names, std::string* text) {
  for (const std::string& name : names) {
    *text += fmt::format("{:<15}{}\n", word, name);
  }
}

}  // namespace

ProtocolCoverage MeasureProtocol(const PublishedSchemas* schemas,
                                 const ProtocolNames& seen,
                                 const ProtocolNames& asserted) {
  ProtocolCoverage coverage;
  const auto add = [&](const char* name, ProtocolNames all, bool of_members) {
    ProtocolCoverage::Kind kind{name, std::move(all), {}, {}, of_members};
    kind.unseen = Minus(kind.all, seen);
    kind.unasserted = Minus(kind.all, asserted);
    coverage.kinds.push_back(std::move(kind));
  };
  if (schemas != nullptr) {
    const Universe universe(*schemas);
    add("methods", universe.Frames("method", schemas->params()), false);
    add("  params", universe.MembersOf("params", schemas->params()), true);
    add("  results", universe.MembersOf("result", schemas->results()), true);
    add("requests", universe.Frames("request", schemas->requests()), false);
    add("  params", universe.MembersOf("request", schemas->requests()), true);
    add("  answers", universe.MembersOf("answer", schemas->answers()), true);
    add("events", universe.Frames("event", schemas->events()), false);
    add("  data", universe.MembersOf("event", schemas->events()), true);
    ProtocolNames frames;
    for (const std::string& name : seen) {
      const bool is_frame = std::count(name.begin(), name.end(), ' ') == 1;
      if (is_frame &&
          (name.rfind("method ", 0) == 0 || name.rfind("request ", 0) == 0 ||
           name.rfind("event ", 0) == 0)) {
        frames.insert(name);
      }
    }
    for (const auto& kind : coverage.kinds) frames = Minus(frames, kind.all);
    coverage.unnamed = std::move(frames);
  }
  ProtocolNames methods;
  AdapterMethods(Json::parse(embedded::adapter_schema), &methods);
  add("adapter", std::move(methods), false);
  add("capabilities", Capabilities(), false);
  return coverage;
}

std::string ProtocolCoverageText(const ProtocolCoverage& coverage,
                                 bool members) {
  std::string text;
  for (const auto& kind : coverage.kinds) {
    if (kind.of_members && !members) continue;
    AddList("never seen", kind.unseen, &text);
    // What is never seen is no news here.
    AddList("never asserted", Minus(kind.unasserted, kind.unseen), &text);
  }
  AddList("in no schema", coverage.unnamed, &text);
  text += fmt::format("{:14} {:>6} {:>6} {:>7} {:>9} {:>7}\n", "", "all",
                      "seen", "percent", "asserted", "percent");
  for (const auto& kind : coverage.kinds) {
    const size_t all = kind.all.size();
    text += fmt::format(
        "{:14} {:>6} {:>6} {:>7} {:>9} {:>7}\n", kind.name, all,
        all - kind.unseen.size(), Percent(all, kind.unseen.size()),
        all - kind.unasserted.size(), Percent(all, kind.unasserted.size()));
  }
  return text;
}

}  // namespace copilot::conformance

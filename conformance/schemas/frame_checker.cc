// SPDX-License-Identifier: MIT
#include "conformance/schemas/frame_checker.h"

#include <utility>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "conformance/scenario/matcher.h"
#include "wire/schema_complaint.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

std::string PointerOf(const PublishedSchemas::Pointers& pointers,
                      const std::string& name) {
  const auto found = pointers.find(name);
  return found == pointers.end() ? "" : found->second;
}

// A member, or null for one that is missing.
const Json* MemberOf(const Json& object, const char* name) {
  static const Json nothing;
  const auto found = object.find(name);
  return found == object.end() ? &nothing : &*found;
}

// The value at a path such as "$.params.list[2]"; what leads nowhere is shown
// as nothing.
std::string ValueAt(const Json& value, const std::string& path) {
  Json::json_pointer pointer;
  for (size_t at = 1; at < path.size();) {
    const bool index = path[at] == '[';
    const bool quoted = index && path.compare(at, 2, "[\"") == 0;
    const size_t end = quoted  ? path.find("\"]", at)
                       : index ? path.find(']', at)
                               : path.find_first_of(".[", at + 1);
    const size_t begin = at + (quoted ? 2 : 1);
    pointer.push_back(path.substr(begin, end - begin));
    if (end == std::string::npos) break;
    at = end + (quoted ? 2 : index ? 1 : 0);
  }
  return value.contains(pointer) ? Shown(value.at(pointer), 120) : "nothing";
}

}  // namespace

// The part of a message that a schema is for.
struct FrameChecker::Subject {
  std::string frame;
  std::string pointer;  // of the schema; empty when there is none
  std::string path;     // of the part
  const Json* value = nullptr;

  static Subject OfEvent(const PublishedSchemas& schemas, const Json& message) {
    const Json& event = Section(Section(message, "params"), "event");
    const Json* type = MemberOf(event, "type");
    const std::string name = type->is_string() ? type->get<std::string>() : "";
    return {"session.event " + name, PointerOf(schemas.events(), name),
            "$.params.event", &event};
  }

  static Subject OfCli(const PublishedSchemas& schemas, const Json& message,
                       const std::string& answered) {
    const std::string method = message.value("method", "");
    if (method == "session.event") return OfEvent(schemas, message);
    if (method.empty()) {
      return {"result " + answered, PointerOf(schemas.results(), answered),
              "$.result", MemberOf(message, "result")};
    }
    return {(message.contains("id") ? "request " : "notification ") + method,
            PointerOf(schemas.requests(), method), "$.params",
            MemberOf(message, "params")};
  }

  static Subject OfClient(const PublishedSchemas& schemas, const Json& message,
                          const std::string& answered) {
    const std::string method = message.value("method", "");
    if (method.empty()) {
      return {"answer " + answered, PointerOf(schemas.answers(), answered),
              "$.result", MemberOf(message, "result")};
    }
    return {"params " + method, PointerOf(schemas.params(), method), "$.params",
            MemberOf(message, "params")};
  }
};

struct FrameChecker::Compiled {
  valijson::Schema schema;
  std::string problem;  // why there is none
};

FrameChecker::FrameChecker(PublishedSchemas schemas)
    : schemas_(std::move(schemas)) {}
FrameChecker::~FrameChecker() = default;

const FrameChecker::Compiled& FrameChecker::CompiledAt(
    const std::string& pointer) const {
  const std::lock_guard lock(mutex_);
  auto& compiled = compiled_[pointer];
  if (compiled == nullptr) {
    auto fresh = std::make_unique<Compiled>();
    const Json root = {{"$ref", "schemas://published#" + pointer}};
    const Json& published = schemas_.document();
    try {
      valijson::SchemaParser(valijson::SchemaParser::kDraft7)
          .populateSchema(
              Adapter(root), fresh->schema,
              [&](const std::string&) { return &published; },
              [](const Json*) {});
    } catch (const std::exception& failure) {
      fresh->problem = failure.what();
    }
    compiled = std::move(fresh);
  }
  return *compiled;
}

std::vector<Violation> FrameChecker::Check(const Json& message,
                                           const std::string& answered) const {
  if (!message.is_object() || message.contains("error")) return {};
  if (!message.contains("method") && answered.empty()) return {};
  const Subject subject = Subject::OfCli(schemas_, message, answered);
  if (subject.pointer.empty()) {
    if (schemas_.lenient()) return {};
    return {{subject.frame, "unknown", Shown(*subject.value, 120),
             "expected a frame that the schemas name"}};
  }
  return Hold(subject);
}

std::vector<Violation> FrameChecker::CheckClient(
    const Json& message, const std::string& answered) const {
  if (!message.is_object() || message.contains("error")) return {};
  if (message.contains("method") && !message["method"].is_string()) return {};
  const Subject subject = Subject::OfClient(schemas_, message, answered);
  return subject.pointer.empty() ? std::vector<Violation>() : Hold(subject);
}

std::vector<Violation> FrameChecker::Hold(const Subject& subject) const {
  const Compiled& compiled = CompiledAt(subject.pointer);
  if (!compiled.problem.empty()) {
    return {{subject.frame, subject.path, Shown(*subject.value, 120),
             "its schema cannot be read: " + compiled.problem}};
  }
  valijson::Validator validator;
  if (validator.validate(compiled.schema, Adapter(*subject.value), nullptr)) {
    return {};
  }
  std::vector<Violation> violations;
  for (const auto& each : wire::ExplainMismatch(
           schemas_.document(), schemas_.At(subject.pointer), *subject.value)) {
    const std::string place = each.member.empty()
                                  ? each.path
                                  : wire::MemberPath(each.path, each.member);
    violations.push_back({subject.frame, subject.path + place.substr(1),
                          ValueAt(*subject.value, place), each.message});
  }
  if (violations.empty()) {
    violations.push_back({subject.frame, subject.path,
                          Shown(*subject.value, 120),
                          "expected what " + subject.pointer + " describes"});
  }
  return violations;
}

}  // namespace copilot::conformance

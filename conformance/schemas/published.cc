// SPDX-License-Identifier: MIT
#include "conformance/schemas/published.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>
#include <utility>

#include "conformance/scenario/matcher.h"
#include "wire/document.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

// What beside a `$ref` says nothing about values.
bool IsAnnotation(const std::string& name) {
  constexpr std::array kAnnotations = {"$ref",       "description", "title",
                                       "visibility", "stability",   "default",
                                       "deprecated", "$schema"};
  return name.rfind("x-", 0) == 0 ||
         std::find(kAnnotations.begin(), kAnnotations.end(), name) !=
             kAnnotations.end();
}

bool IsReadable(const std::string& pattern) {
  try {
    const std::regex compiled(pattern);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

// Draft 7 ignores what stands beside a `$ref`, draft 2019-09 does not.
void MoveReferenceAside(Json* schema) {
  for (const auto& [name, value] : schema->items()) {
    if (IsAnnotation(name)) continue;
    (*schema)["allOf"].push_back({{"$ref", (*schema)["$ref"]}});
    schema->erase("$ref");
    return;
  }
}

// Rewrites the schemas below `node` for the merged document: references by
// their prefix, and what the validator does not understand.
void Adapt(Json* node, const std::map<std::string, std::string>& prefixes,
           bool lenient) {
  if (node->is_object()) {
    const auto reference = node->find("$ref");
    if (reference != node->end() && reference->is_string()) {
      const std::string text = *reference;
      const size_t name = text.rfind('/') + 1;
      const auto prefix = prefixes.find(text.substr(0, name));
      if (prefix != prefixes.end()) {
        *reference = prefix->second + text.substr(name);
      }
      MoveReferenceAside(node);
    }
    const auto pattern = node->find("pattern");
    if (pattern != node->end() && pattern->is_string() &&
        !IsReadable(*pattern)) {
      node->erase(pattern);
    }
    if (lenient && node->value("additionalProperties", Json()) == false) {
      node->erase("additionalProperties");
    }
  }
  if (node->is_structured()) {
    for (Json& child : *node) Adapt(&child, prefixes, lenient);
  }
}

tl::expected<Json, std::string> Read(const std::string& path) {
  auto document = wire::LoadDocument(path);
  if (!document) return tl::unexpected(document.error().front().ToString());
  if (!document->is_object()) {
    return tl::unexpected(path + ": not a JSON object");
  }
  return std::move(*document);
}

}  // namespace

tl::expected<PublishedSchemas, std::string> PublishedSchemas::Load(
    const std::string& directory, Strictness strictness) {
  auto api = Read(directory + "/api.schema.json");
  if (!api) return tl::unexpected(api.error());
  auto events = Read(directory + "/session-events.schema.json");
  if (!events) return tl::unexpected(events.error());
  PublishedSchemas schemas;
  schemas.lenient_ = strictness == Strictness::kLenient;
  schemas.AddApi(std::move(*api));
  schemas.AddEvents(std::move(*events));
  if (schemas.events_.empty() || schemas.results_.empty()) {
    return tl::unexpected(directory +
                          ": names no methods or no events; is this the "
                          "directory of a release's schemas?");
  }
  return schemas;
}

void PublishedSchemas::AddApi(Json api) {
  Adapt(&api,
        {{"#/definitions/", "#/definitions/"},
         {"session-events.schema.json#/definitions/", "#/events/"}},
        lenient_);
  for (const char* part : {"server", "session"}) {
    AddMethods(Section(api, part), false);
  }
  for (const char* part : {"clientSession", "clientGlobal"}) {
    AddMethods(Section(api, part), true);
  }
  document_["definitions"] = Section(api, "definitions");
}

// Methods lie in groups of groups; one is known by its "rpcMethod".
void PublishedSchemas::AddMethods(const Json& node, bool of_client) {
  if (!node.is_object()) return;
  const auto name = node.find("rpcMethod");
  if (name == node.end() || !name->is_string()) {
    for (const Json& child : node) AddMethods(child, of_client);
    return;
  }
  const std::string method = *name;
  if (of_client) {
    requests_[method] = AddSchema("requests", method, node, "params");
    answers_[method] = AddSchema("answers", method, node, "result");
  } else {
    params_[method] = AddSchema("params", method, node, "params");
    results_[method] = AddSchema("results", method, node, "result");
  }
}

std::string PublishedSchemas::AddSchema(const char* part,
                                        const std::string& method,
                                        const Json& node, const char* member) {
  const auto schema = node.find(member);
  // Without one, anything goes.
  document_[part][method] =
      schema == node.end() || schema->is_null() ? Json(true) : *schema;
  return fmt::format("/{}/{}", part, method);
}

void PublishedSchemas::AddEvents(Json events) {
  Adapt(&events, {{"#/definitions/", "#/events/"}}, lenient_);
  document_["events"] = Section(events, "definitions");
  const Json& forms = Section(document_["events"], "SessionEvent");
  for (const Json& form : forms.value("anyOf", Json::array())) {
    const Json& event = Followed(form);
    const Json& type = Section(Section(event, "properties"), "type");
    const std::string name = type.value("const", "");
    const std::string reference = form.value("$ref", "");
    if (name.empty() || reference.empty()) continue;
    events_[name] = reference.substr(1);
  }
}

const Json& PublishedSchemas::At(const std::string& pointer) const {
  return document_.at(Json::json_pointer(pointer));
}

const Json& PublishedSchemas::Followed(const Json& schema) const {
  const Json* at = &schema;
  for (int i = 0; i < 16 && at->is_object() && at->contains("$ref"); ++i) {
    const std::string reference = (*at)["$ref"];
    const Json::json_pointer pointer(reference.substr(1));
    if (reference.rfind("#/", 0) != 0 || !document_.contains(pointer)) break;
    at = &document_[pointer];
  }
  return *at;
}

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
#include "conformance/protocol/messages.h"

#include <cctype>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "embedded/adapter_schema.h"
#include "wire/schema_complaint.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

}  // namespace

struct ProtocolMessages::Compiled {
  valijson::Schema schema;
};

std::string DefinitionName(const std::string& method, const std::string& part) {
  std::string name;
  bool begins = true;
  for (const char c : method) {
    if (c == '.') {
      begins = true;
      continue;
    }
    name += begins
                ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
                : c;
    begins = false;
  }
  return name + part;
}

const ProtocolMessages& ProtocolMessages::Get() {
  static const auto* const messages = new ProtocolMessages();
  return *messages;
}

ProtocolMessages::ProtocolMessages()
    : document_(Json::parse(embedded::adapter_schema)) {
  AddMethods("Runner", Side::kRunner);
  AddMethods("Adapter", Side::kAdapter);
  for (const auto& [method, of] : methods_) {
    Compile(DefinitionName(method, "Params"));
    if (!of.notification) Compile(DefinitionName(method, "Result"));
  }
  Compile("Error");
  for (const Json& capability :
       document_["definitions"]["Capability"]["oneOf"]) {
    capabilities_.push_back({capability["const"], capability["description"],
                             capability["x-methods"]});
  }
}
ProtocolMessages::~ProtocolMessages() = default;

void ProtocolMessages::AddMethods(const char* definition, Side from) {
  for (const Json& form : document_["definitions"][definition]["oneOf"]) {
    methods_[form["properties"]["method"]["const"]] = {from,
                                                       form.contains("not")};
  }
}

void ProtocolMessages::Compile(const std::string& definition) {
  auto compiled = std::make_unique<Compiled>();
  const Json root = {{"$ref", "schemas://adapter#/definitions/" + definition}};
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(
          Adapter(root), compiled->schema,
          [this](const std::string&) -> const Json* { return &document_; },
          [](const Json*) {});
  compiled_[definition] = std::move(compiled);
}

const ProtocolMethod* ProtocolMessages::Find(const std::string& method) const {
  const auto found = methods_.find(method);
  return found == methods_.end() ? nullptr : &found->second;
}

std::vector<ProtocolComplaint> ProtocolMessages::CheckParams(
    const std::string& method, const Json& params) const {
  return Check(DefinitionName(method, "Params"), params, "$.params");
}

std::vector<ProtocolComplaint> ProtocolMessages::CheckResult(
    const std::string& method, const Json& result) const {
  return Check(DefinitionName(method, "Result"), result, "$.result");
}

std::vector<ProtocolComplaint> ProtocolMessages::CheckError(
    const Json& error) const {
  return Check("Error", error, "$.error");
}

std::vector<ProtocolComplaint> ProtocolMessages::Check(
    const std::string& definition, const Json& value,
    const std::string& path) const {
  valijson::Validator validator;
  if (validator.validate(compiled_.at(definition)->schema, Adapter(value),
                         nullptr)) {
    return {};
  }
  std::vector<ProtocolComplaint> complaints;
  for (const auto& each : wire::ExplainMismatch(
           document_, document_["definitions"][definition], value)) {
    complaints.push_back({path + each.path.substr(1), each.message});
  }
  if (complaints.empty()) {
    complaints.push_back({path, "expected what " + definition + " describes"});
  }
  return complaints;
}

}  // namespace copilot::conformance

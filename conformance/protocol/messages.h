// SPDX-License-Identifier: MIT
//
// The adapter protocol as its schema describes it
// (scenarios/schema/adapter.schema.json).
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace copilot::conformance {

enum class Side { kRunner, kAdapter };

struct ProtocolMethod {
  Side from = Side::kRunner;  // who sends it
  bool notification = false;
};

// What is wrong with a part of a message.
struct ProtocolComplaint {
  std::string path;     // "$.result.assistantTexts"
  std::string message;  // "expected array, got string \"hello\""
};

// What an adapter may be able to do.
struct ProtocolCapability {
  std::string name;
  std::string meaning;               // one sentence
  std::vector<std::string> methods;  // that it needs
};

// The compiled schema. Thread-safe.
class ProtocolMessages {
 public:
  // Compiled once for the whole program.
  static const ProtocolMessages& Get();
  ~ProtocolMessages();

  const std::map<std::string, ProtocolMethod>& methods() const {
    return methods_;
  }
  // Null for a method that the protocol does not have.
  const ProtocolMethod* Find(const std::string& method) const;

  const std::vector<ProtocolCapability>& capabilities() const {
    return capabilities_;
  }

  // Hold a part of a message against its definition; empty: it keeps to it.
  // The method must be one of the protocol's.
  std::vector<ProtocolComplaint> CheckParams(
      const std::string& method, const nlohmann::json& params) const;
  std::vector<ProtocolComplaint> CheckResult(
      const std::string& method, const nlohmann::json& result) const;
  std::vector<ProtocolComplaint> CheckError(const nlohmann::json& error) const;

 private:
  struct Compiled;

  ProtocolMessages();
  void AddMethods(const char* definition, Side from);
  void Compile(const std::string& definition);
  std::vector<ProtocolComplaint> Check(const std::string& definition,
                                       const nlohmann::json& value,
                                       const std::string& path) const;

  nlohmann::json document_;
  std::map<std::string, ProtocolMethod> methods_;
  std::vector<ProtocolCapability> capabilities_;
  std::map<std::string, std::unique_ptr<Compiled>> compiled_;
};

// "attempt.run" and "Result" make "AttemptRunResult".
std::string DefinitionName(const std::string& method, const std::string& part);

}  // namespace copilot::conformance

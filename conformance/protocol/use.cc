// SPDX-License-Identifier: MIT
#include "conformance/protocol/use.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "conformance/monitors/members.h"
#include "wire/document.h"
#include "wire/schema_complaint.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

void Add(const std::string& kind, const std::string& name, const Json& value,
         const std::string& path, ProtocolNames* names) {
  const std::string frame = kind + " " + name;
  names->insert(frame);
  if (!value.is_object()) return;
  for (const auto& [member, child] : value.items()) {
    names->insert(frame + " " + wire::MemberPath(path, member));
  }
}

}  // namespace

void ProtocolUse::See(bool by_client, const Json& message,
                      const std::string& answered) {
  const auto method = message.find("method");
  const std::string name =
      method != message.end() && method->is_string() ? *method : "";
  const Json& params = MemberOf(message, "params");
  const std::lock_guard lock(mutex_);
  if (name.empty()) {
    const auto result = message.find("result");
    if (answered.empty() || result == message.end()) return;
    Add(by_client ? "answer" : "result", answered, *result, "$", &names_);
  } else if (by_client) {
    names_.insert("method " + name);
    Add("params", name, params, "$", &names_);
  } else if (name == "session.event") {
    const Json& event = MemberOf(params, "event");
    const Json type = MemberOf(event, "type");
    if (!type.is_string()) return;
    Add("event", type, MemberOf(event, "data"), "$.data", &names_);
  } else {
    Add("request", name, params, "$", &names_);
  }
}

void ProtocolUse::SeeAdapter(const Json& message) {
  const auto method = message.find("method");
  const std::lock_guard lock(mutex_);
  if (method != message.end() && method->is_string()) {
    names_.insert("adapter " + method->get<std::string>());
  }
  const Json& result = MemberOf(message, "result");
  const Json& capabilities = MemberOf(result, "capabilities");
  if (!capabilities.is_array()) return;
  for (const Json& each : capabilities) {
    if (each.is_string())
      names_.insert("capability " + each.get<std::string>());
  }
}

tl::expected<void, std::string> ProtocolUse::Write(
    const std::string& path) const {
  std::ofstream out(path);
  const std::lock_guard lock(mutex_);
  out << Json({{"seen", names_}})
             .dump(1, ' ', false, Json::error_handler_t::replace)
      << "\n";
  out.close();
  if (!out) {
    return tl::unexpected(path + " cannot be written: " + std::strerror(errno));
  }
  return {};
}

tl::expected<ProtocolNames, std::string> LoadProtocolUse(
    const std::string& path) {
  const auto document = wire::LoadDocument(path);
  if (!document) return tl::unexpected(document.error().front().ToString());
  const Json& seen = document->is_object() && document->contains("seen")
                         ? (*document)["seen"]
                         : *document;
  ProtocolNames names;
  bool right = seen.is_array();
  for (const Json& name : right ? seen : Json::array()) {
    right = right && name.is_string();
    if (right) names.insert(name.get<std::string>());
  }
  if (!right) {
    return tl::unexpected(path +
                          ": expected {\"seen\": [names]}, as run "
                          "--protocol-coverage writes it");
  }
  return names;
}

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
#include "fake-cli/model/inference.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/model/model_response.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// What the CLI's client library says of itself.
constexpr std::pair<const char*, const char*> kLibraryHeaders[] = {
    {"accept", "application/json"},
    {"content-type", "application/json"},
    {"x-stainless-arch", "x64"},
    {"x-stainless-lang", "js"},
    {"x-stainless-os", "Linux"},
    {"x-stainless-package-version", "5.20.1"},
    {"x-stainless-retry-count", "0"},
    {"x-stainless-runtime", "node"},
    {"x-stainless-runtime-version", "unknown"},
    {"x-stainless-timeout", "600"}};

// Names in lower case, each with a list of values.
Json HeaderLists(const std::map<std::string, std::string>& headers) {
  Json lists = Json::object();
  for (const auto& [name, value] : kLibraryHeaders) {
    lists[name] = Json::array({value});
  }
  for (const auto& [name, value] : headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    lists[lower] = Json::array({value});
  }
  return lists;
}

// The first of a header's values; empty without one.
std::string Header(const Json& headers, const char* name) {
  if (!headers.is_object()) return "";
  const Json values = headers.value(name, Json());
  const Json value =
      values.is_array() && !values.empty() ? values.front() : values;
  return value.is_string() ? value.get<std::string>() : "";
}

}  // namespace

class Inference::Call : public ModelCall {
 public:
  Call(Inference& inference, Session& session, ModelRequest request,
       Handlers handlers)
      : inference_(inference),
        id_(session.host.ids().Uuid()),
        request_(std::move(request)),
        handlers_(std::move(handlers)),
        response_(request_, handlers_.parts) {
    inference_.open_[id_] = this;
    inference_.known_.insert(id_);
    inference_.ask_("llmInference.httpRequestStart",
                    JsonObject()
                        .Text("requestId", id_)
                        .Text("method", "POST")
                        .Text("url", request_.base_url + request_.path)
                        .Raw("headers", HeaderLists(request_.headers).dump())
                        .Text("sessionId", session.id())
                        .Text("agentId", session.id())
                        .Text("agentInvocationId", session.host.ids().Uuid())
                        .Text("interactionType", "conversation-agent")
                        .Text("transport", "http")
                        .str());
    SendBody(response_.request_body(), "");
  }

  ~Call() override {
    if (inference_.open_.erase(id_) == 0) return;
    SendBody("", "runtime cancelled the request");
  }

  void Head(const Json& params) {
    const Json status = params.value("status", Json());
    const Json headers = params.value("headers", Json());
    const std::string after = Header(headers, "retry-after");
    response_.Head(status.is_number() ? status.get<int>() : 0,
                   TextOf(params, "statusText"),
                   Header(headers, "content-type"),
                   after.empty() ? -1 : std::atoi(after.c_str()));
  }

  // The handlers may destroy this call.
  void Chunk(const Json& params) {
    if (params.contains("error")) {
      Close();
      return handlers_.on_failure(response_.Broken(false));
    }
    response_.Body(TextOf(params, "data"));
    if (params.value("end", Json()) != true) return;
    Close();
    if (auto answer = response_.End(); answer) {
      handlers_.on_answer(std::move(*answer));
    } else {
      handlers_.on_failure(std::move(answer.error()));
    }
  }

 private:
  void Close() { inference_.open_.erase(id_); }

  void SendBody(const std::string& data, const std::string& cancel_reason) {
    JsonObject chunk;
    chunk.Text("requestId", id_)
        .Text("data", data)
        .Bool("binary", false)
        .Bool("end", true)
        .Bool("cancel", !cancel_reason.empty())
        .TextIf("cancelReason", cancel_reason);
    inference_.ask_("llmInference.httpRequestChunk", chunk.str());
  }

  Inference& inference_;
  const std::string id_;
  const ModelRequest request_;
  const Handlers handlers_;
  ModelResponse response_;
};

std::unique_ptr<ModelCall> Inference::Start(Session& session,
                                            ModelRequest request,
                                            ModelCall::Handlers handlers) {
  return std::make_unique<Call>(*this, session, std::move(request),
                                std::move(handlers));
}

void Inference::Head(const Json& params) {
  const auto found = open_.find(TextOf(params, "requestId"));
  if (found != open_.end()) found->second->Head(params);
}

void Inference::Chunk(const Json& params) {
  const auto found = open_.find(TextOf(params, "requestId"));
  if (found != open_.end()) found->second->Chunk(params);
}

std::unique_ptr<ModelCall> StartModelCall(Session& session,
                                          ModelRequest request,
                                          ModelCall::Handlers handlers) {
  if (Inference* inference = session.host.inference()) {
    return inference->Start(session, std::move(request), std::move(handlers));
  }
  return StartHttpCall(session.host.io(), std::move(request),
                       std::move(handlers));
}

}  // namespace copilot::fake_cli

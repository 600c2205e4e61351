// SPDX-License-Identifier: MIT
#include "fake-model/azure_api.h"

#include <nlohmann/json.hpp>

#include "fake-model/chat_rules.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::ordered_json;

Json FilterResults() {
  const Json safe = {{"filtered", false}, {"severity", "safe"}};
  return {{"hate", safe},
          {"self_harm", safe},
          {"sexual", safe},
          {"violence", safe}};
}

Json PromptFilterResults() {
  return Json::array(
      {{{"prompt_index", 0}, {"content_filter_results", FilterResults()}}});
}

}  // namespace

Violations AzureApi::Check(const nlohmann::json& request) const {
  return CheckChat(request, /*needs_model=*/false);
}

std::string AzureApi::Body(const Answer& answer, const Call& call) const {
  Json body = Json::parse(ChatApi::Body(answer, call));
  body["choices"][0]["content_filter_results"] = FilterResults();
  body["prompt_filter_results"] = PromptFilterResults();
  return Dump(body);
}

std::vector<std::string> AzureApi::Events(const Answer& answer,
                                          const Call& call, bool ending) const {
  std::vector<std::string> events = ChatApi::Events(answer, call, ending);
  const Json first = {{"choices", Json::array()},
                      {"created", 0},
                      {"id", ""},
                      {"model", ""},
                      {"object", ""},
                      {"prompt_filter_results", PromptFilterResults()}};
  events.insert(events.begin(), "data: " + Dump(first) + "\n\n");
  return events;
}

std::string AzureApi::ErrorBody(const HttpError& error) const {
  return Dump({{"error",
                {{"code", error.code.empty() ? std::to_string(error.status)
                                             : error.code},
                 {"message", error.message}}}});
}

}  // namespace copilot::fake_model

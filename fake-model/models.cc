// SPDX-License-Identifier: MIT
#include "fake-model/models.h"

#include "wire/secret.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

constexpr char kCreated[] = "1970-01-01T00:00:01Z";

Json Capabilities(const std::string& id) {
  return {{"type", "chat"},
          {"object", "model_capabilities"},
          {"family", id},
          {"tokenizer", "o200k_base"},
          {"limits",
           {{"max_context_window_tokens", 128000},
            {"max_prompt_tokens", 111616},
            {"max_output_tokens", 16384}}},
          {"supports",
           {{"streaming", true},
            {"tool_calls", true},
            {"parallel_tool_calls", true}}}};
}

Json Entry(const std::string& id) {
  return {{"id", id},
          {"object", "model"},
          {"created", 1},
          {"owned_by", "fake-model"},
          {"name", id},
          {"vendor", "fake-model"},
          {"version", id},
          {"preview", false},
          {"model_picker_enabled", true},
          {"policy", {{"state", "enabled"}}},
          {"billing", {{"is_premium", false}, {"multiplier", 0}}},
          {"capabilities", Capabilities(id)},
          {"supported_endpoints", {"/chat/completions"}}};
}

// gpt-4.1 stands last: CLI 1.0.102 does not offer it any more.
const Json kDefault = {
    "gpt-5-mini",
    {{"id", "gpt-5.4"}, {"supported_endpoints", {"/responses"}}},
    {{"id", "claude-sonnet-4.5"}, {"supported_endpoints", {"/v1/messages"}}},
    "gpt-4.1"};

}  // namespace

Models::Models() : Models(kDefault) {}

Models::Models(const Json& document) {
  for (const Json& model : document) {
    Json entry = Entry(model.is_string() ? model : model["id"]);
    if (model.is_object()) entry.merge_patch(model);
    entries_.push_back(std::move(entry));
  }
}

std::string Models::OpenAiList() const {
  return Json({{"object", "list"}, {"data", entries_}}).dump();
}

std::string Models::OllamaList() const {
  Json models = Json::array();
  for (const std::string& id : ids()) {
    models.push_back({{"name", id},
                      {"model", id},
                      {"modified_at", kCreated},
                      {"size", 1},
                      {"digest", wire::Sha256Hex(id)},
                      {"details",
                       {{"format", "gguf"},
                        {"family", id},
                        {"families", {id}},
                        {"parameter_size", "1B"},
                        {"quantization_level", "Q4_0"}}}});
  }
  return Json({{"models", std::move(models)}}).dump();
}

std::vector<std::string> Models::ids() const {
  std::vector<std::string> ids;
  for (const Json& entry : entries_) ids.push_back(entry["id"]);
  return ids;
}

}  // namespace copilot::fake_model

// SPDX-License-Identifier: MIT
#include "fake-model/script.h"

#include <fmt/format.h>

#include <regex>
#include <utility>

#include "embedded/model_schema.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::json;

constexpr char kDefaultText[] = "Hello from the model.";

HttpError CompileError(const Json& document) {
  HttpError error;
  error.status = document["status"];
  error.message = document.value("message", error.message);
  error.type = document.value("type", "");
  error.code = document.value("code", "");
  if (document.contains("body")) error.body = document["body"];
  const Json headers = document.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    if (lower == "content-type") {
      error.content_type = value;
    } else {
      error.headers[name] = value;
    }
  }
  return error;
}

// A string is one chunk, a list one for each string.
std::vector<std::string> CompileChunks(const Json& text) {
  if (text.is_string()) return {text.get<std::string>()};
  return text.is_array() ? text.get<std::vector<std::string>>()
                         : std::vector<std::string>();
}

std::vector<std::string> CompileText(const Json& text) {
  return text == "" ? std::vector<std::string>() : CompileChunks(text);
}

std::vector<ToolCall> CompileToolCalls(const Json& calls) {
  std::vector<ToolCall> compiled;
  for (const Json& call : calls) {
    const Json arguments = call.value("arguments", Json::object());
    compiled.push_back(
        {call.value("id", ""), call["name"],
         CompileChunks(arguments.is_object() ? Json(arguments.dump())
                                             : arguments)});
  }
  return compiled;
}

Usage CompileUsage(const Json& document) {
  const Usage standard;
  return {document.value("inputTokens", standard.input_tokens),
          document.value("outputTokens", standard.output_tokens),
          document.value("cacheReadTokens", standard.cache_read_tokens),
          document.value("reasoningTokens", standard.reasoning_tokens)};
}

Answer CompileAnswer(const Json& document) {
  Answer answer;
  answer.chunks = CompileText(document.value("text", Json()));
  answer.reasoning = CompileText(document.value("reasoning", Json()));
  answer.tool_calls =
      CompileToolCalls(document.value("toolCalls", Json::array()));
  answer.usage = CompileUsage(document.value("usage", Json::object()));
  answer.finish_reason = document.value(
      "finishReason", answer.tool_calls.empty() ? "stop" : "tool_calls");
  if (document.contains("error"))
    answer.error = CompileError(document["error"]);
  answer.has_raw_sse = document.contains("rawSse");
  answer.raw_sse = CompileChunks(document.value("rawSse", Json()));
  answer.reset = document.value("reset", false);
  answer.stall = document.value("stall", false);
  answer.delay_ms = document.value("delayMs", 0);
  answer.chunk_delay_ms = document.value("chunkDelayMs", 0);
  return answer;
}

// What the schema cannot say in a way that helps anybody.
std::string Complaint(const Json& answer) {
  const auto has = [&](const char* name) { return answer.contains(name); };
  const bool speaks = has("text") || has("reasoning") || has("toolCalls");
  const bool cuts = has("reset") || has("stall");
  if (!speaks && !cuts && !has("error") && !has("rawSse")) {
    return "expected one of text, reasoning, toolCalls, error, rawSse, reset, "
           "stall";
  }
  const bool breaks = has("error") && answer["error"]["status"] == 200;
  if (has("error") && ((speaks && !breaks) || cuts || has("rawSse"))) {
    return "expected error alone, without text, toolCalls, rawSse, reset or "
           "stall; with status 200 it may follow a text";
  }
  if (has("rawSse") && speaks) {
    return "expected rawSse without text, reasoning and toolCalls";
  }
  if (has("reset") && has("stall")) return "expected reset or stall, not both";
  return "";
}

std::string RegexComplaint(const Json& answer) {
  const Json when = answer.value("when", Json::object());
  const Json prompt = when.value("prompt", Json());
  if (!prompt.is_object()) return "";
  const std::string pattern = prompt["regex"];
  try {
    const std::regex compiled(pattern);
    return "";
  } catch (const std::regex_error& error) {
    return fmt::format("\"{}\" is no regular expression: {}", pattern,
                       error.what());
  }
}

bool TextMatches(const Json& expected, const std::string& text) {
  if (expected.is_string()) return text == expected.get<std::string>();
  // Known to compile: refused when the script was loaded otherwise.
  return std::regex_search(text,
                           std::regex(expected["regex"].get<std::string>()));
}

bool Matches(const Json& when, const Prompt& prompt) {
  if (when.contains("prompt") && !TextMatches(when["prompt"], prompt.text)) {
    return false;
  }
  return when.value("nth", prompt.nth) == prompt.nth;
}

}  // namespace

tl::expected<Script, wire::DocumentErrors> Script::Load(
    const std::string& path) {
  const wire::Schema schema(embedded::model_schema);
  const auto document = wire::LoadDocument(path, &schema);
  if (!document) return tl::unexpected(document.error());
  return Compile(*document, path);
}

tl::expected<Script, wire::DocumentErrors> Script::Parse(
    std::string_view text, const std::string& name) {
  const auto document = wire::ParseDocument(text, name);
  if (!document) return tl::unexpected(document.error());
  const wire::Schema schema(embedded::model_schema);
  if (auto errors = schema.Validate(*document, name); !errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  return Compile(*document, name);
}

tl::expected<Script, wire::DocumentErrors> Script::Compile(
    const Json& document, const std::string& name) {
  Script script;
  if (document.contains("users")) script.users_ = Users(document["users"]);
  if (document.contains("models")) script.models_ = Models(document["models"]);
  wire::DocumentErrors errors;
  const Json answers = document.value("answers", Json::array());
  for (size_t i = 0; i < answers.size(); ++i) {
    const Json& answer = answers[i];
    const std::string path = fmt::format("$.answers[{}]", i);
    if (std::string text = Complaint(answer); !text.empty()) {
      errors.push_back({name, 0, path, std::move(text)});
    }
    if (std::string text = RegexComplaint(answer); !text.empty()) {
      errors.push_back({name, 0, path + ".when.prompt.regex", std::move(text)});
    }
    const Json when = answer.value("when", Json());
    const int left = answer.value("times", when.is_null() ? 1 : -1);
    script.entries_.push_back({when, left, CompileAnswer(answer)});
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return script;
}

Answer Script::Next(const Prompt& prompt) {
  const auto take = [](Entry& entry) {
    if (entry.left > 0) --entry.left;
    return entry.answer;
  };
  for (Entry& entry : entries_) {
    if (!entry.when.is_null() && entry.left != 0 &&
        Matches(entry.when, prompt)) {
      return take(entry);
    }
  }
  for (Entry& entry : entries_) {
    if (entry.when.is_null() && entry.left != 0) return take(entry);
  }
  Answer answer;
  answer.chunks = {kDefaultText};
  answer.finish_reason = "stop";
  return answer;
}

}  // namespace copilot::fake_model

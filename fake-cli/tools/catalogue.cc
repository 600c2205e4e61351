// SPDX-License-Identifier: MIT
#include "fake-cli/tools/catalogue.h"

#include <algorithm>
#include <map>

#include "fake-cli/json_read.h"
#include "fake-cli/tokens.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

Json Text(const char* description) {
  return {{"type", "string"}, {"description", description}};
}

Json Whole(const char* description) {
  return {{"type", "integer"}, {"description", description}};
}

// How many tokens the real CLI 1.0.102 spends on a tool: on its definition, and
// on what its system message says of it.
struct RealTokens {
  int64_t definition = 0;
  int64_t prompt = 0;
};
const std::map<std::string, RealTokens, std::less<>> kRealTokens = {
    {"bash", {612, 908}},      {"read_bash", {231, 0}},
    {"stop_bash", {106, 5}},   {"list_bash", {92, 0}},
    {"view", {203, 74}},       {"create", {131, 1}},
    {"edit", {223, 312}},      {"skill", {198, 189}},
    {"ask_user", {171, 549}},  {"sql", {160, 492}},
    {"read_agent", {300, 0}},  {"list_agents", {280, 1}},
    {"write_agent", {509, 0}}, {"grep", {361, 81}},
    {"glob", {130, 26}},       {"task", {541, 910}}};

Json Schema(Json properties, std::vector<std::string> required = {}) {
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)}};
}

std::vector<ToolDefinition> ShellTools() {
  return {
      {"bash", "Runs a command in a shell of the session.",
       Schema({{"command", Text("The command.")},
               {"description", Text("What it is for.")},
               {"mode", Text("sync, async or detached.")},
               {"shellId", Text("The shell to use again.")},
               {"initial_wait", Whole("Seconds to wait for its end.")}},
              {"command", "description"}),
       "Running command"},
      {"read_bash", "Reads what a shell has written since.",
       Schema({{"shellId", Text("The shell.")},
               {"delay", Whole("Seconds to wait.")}},
              {"shellId"}),
       ""},
      {"stop_bash", "Ends a shell.",
       Schema({{"shellId", Text("The shell.")}}, {"shellId"}), ""},
      {"list_bash", "Lists the shells of the session.", Schema(Json::object()),
       ""},
  };
}

std::vector<ToolDefinition> FileTools() {
  return {
      {"view", "Shows a file or lists a directory.",
       Schema({{"path", Text("Absolute path.")},
               {"view_range",
                {{"type", "array"}, {"items", {{"type", "integer"}}}}}},
              {"path"}),
       "Viewing file"},
      {"create", "Creates a file.",
       Schema({{"path", Text("Absolute path.")},
               {"file_text", Text("What it holds.")}},
              {"path", "file_text"}),
       "Creating file"},
      {"edit", "Replaces a text that occurs once in a file.",
       Schema({{"path", Text("Absolute path.")},
               {"old_str", Text("The text.")},
               {"new_str", Text("What takes its place.")}},
              {"path", "old_str", "new_str"}),
       "Editing file"},
  };
}

std::vector<ToolDefinition> OnlineTools() {
  return {
      {"web_fetch", "Fetches a page.",
       Schema({{"url", Text("Its address.")},
               {"raw", {{"type", "boolean"}}},
               {"max_length", Whole("Characters at most.")},
               {"start_index", Whole("First character.")}},
              {"url"}),
       "Fetching web content"},
      {"semantic_code_search", "Finds code by what it is about.",
       Schema({{"query", Text("What to look for.")}}, {"query"}), ""},
  };
}

std::vector<ToolDefinition> DialogueTools() {
  return {
      {"skill", "Loads a skill.", Schema({{"skill", Text("Name.")}}, {"skill"}),
       ""},
      {"ask_user", "Asks the user a question.",
       Schema(
           {{"question", Text("The question.")},
            {"choices", {{"type", "array"}, {"items", {{"type", "string"}}}}},
            {"allow_freeform", {{"type", "boolean"}}}},
           {"question"}),
       "Asking user"},
      {"sql", "Runs SQL on the session's own database.",
       Schema({{"description", Text("What it is for.")},
               {"query", Text("The statement.")}},
              {"description", "query"}),
       ""},
      {"task_complete", "Says that the task is done.",
       Schema({{"summary", Text("What was done.")}}), ""},
      {"exit_plan_mode", "Shows the plan and asks to go on.",
       Schema({{"summary", Text("The plan in short.")}}, {"summary"}),
       "Plan ready for review"},
  };
}

std::vector<ToolDefinition> AgentAndSearchTools() {
  return {
      {"read_agent", "Reads what a background agent has said.",
       Schema({{"agent_id", Text("The agent.")}}, {"agent_id"}), ""},
      {"list_agents", "Lists the background agents.", Schema(Json::object()),
       ""},
      {"write_agent", "Says something to a background agent.",
       Schema({{"agent_id", Text("The agent.")}, {"message", Text("Text.")}},
              {"agent_id", "message"}),
       ""},
      {"grep", "Searches files for a regular expression.",
       Schema({{"pattern", Text("The expression.")},
               {"path", Text("File or directory.")},
               {"glob", Text("Which files.")},
               {"output_mode", Text("content, files_with_matches or count.")}},
              {"pattern"}),
       "Searching files"},
      {"glob", "Finds files by their names.",
       Schema({{"pattern", Text("The pattern.")}, {"path", Text("Where.")}},
              {"pattern"}),
       "Finding files"},
      {"task", "Has a sub-agent do something.",
       Schema({{"agent_type", Text("Which agent.")},
               {"name", Text("Short name.")},
               {"description", Text("A few words.")},
               {"prompt", Text("What to do.")},
               {"mode", Text("sync or background.")}},
              {"agent_type", "name", "description", "prompt"}),
       ""},
  };
}

// Whether the session is one that has the tool at all.
bool Applies(const SessionConfig& config, const std::string& mode,
             const std::string& name) {
  if (name == "ask_user") return config.request_user_input;
  if (name == "task_complete" || name == "exit_plan_mode") {
    return config.request_exit_plan_mode && mode == "plan";
  }
  if (name == "web_fetch" || name == "semantic_code_search") {
    return config.online;
  }
  if (name == "sql") return config.local_files;
  return true;
}

// Whether a filter's entry ("view", "builtin:view", "custom:*") means a tool.
bool Names(const std::string& entry, const ToolDefinition& tool) {
  if (entry == tool.name) return true;
  const std::string group = tool.built_in ? "builtin:"
                            : tool.mcp    ? "mcp:"
                                          : "custom:";
  return entry == group + "*" || entry == group + tool.name;
}

bool Listed(const Json& filter, const ToolDefinition& tool) {
  return std::any_of(filter.begin(), filter.end(), [&](const Json& entry) {
    return entry.is_string() && Names(entry.get<std::string>(), tool);
  });
}

// Of two filters the one of available tools counts, unless the session says
// otherwise.
bool Passes(const SessionConfig& config, const ToolDefinition& tool) {
  const bool chosen = config.available_tools.is_array();
  if (chosen && !Listed(config.available_tools, tool)) return false;
  if (chosen && !config.exclusion_wins) return true;
  return !config.excluded_tools.is_array() ||
         !Listed(config.excluded_tools, tool);
}

// Before the filters.
std::vector<ToolDefinition> AllTools(const SessionConfig& config,
                                     const std::string& mode) {
  std::vector<ToolDefinition> all;
  for (const ToolDefinition& tool : BuiltInTools()) {
    if (Applies(config, mode, tool.name) &&
        config.FindTool(tool.name) == nullptr) {
      all.push_back(tool);
    }
  }
  for (const McpTool& tool : config.mcp_tools) {
    if (config.FindTool(tool.full_name()) != nullptr) continue;
    all.push_back({tool.full_name(), tool.description, tool.parameters,
                   tool.title, false, true});
  }
  for (const ClientTool& tool : config.tools) {
    Json parameters = tool.parameters;
    if (parameters.is_null()) {
      parameters = {{"type", "object"}, {"properties", Json::object()}};
    }
    all.push_back(
        {tool.name, tool.description, std::move(parameters), "", false});
  }
  return all;
}

}  // namespace

const std::vector<ToolDefinition>& BuiltInTools() {
  static const std::vector<ToolDefinition> all = [] {
    std::vector<ToolDefinition> tools = ShellTools();
    for (const auto& more :
         {FileTools(), OnlineTools(), DialogueTools(), AgentAndSearchTools()}) {
      tools.insert(tools.end(), more.begin(), more.end());
    }
    return tools;
  }();
  return all;
}

const ToolDefinition* FindBuiltIn(const std::string& name) {
  for (const ToolDefinition& tool : BuiltInTools()) {
    if (tool.name == name) return &tool;
  }
  return nullptr;
}

std::vector<ToolDefinition> OfferedTools(const SessionConfig& config,
                                         const std::string& mode) {
  std::vector<ToolDefinition> offered = AllTools(config, mode);
  std::erase_if(offered, [&](const ToolDefinition& tool) {
    return !Passes(config, tool);
  });
  return offered;
}

std::vector<std::string> DisabledTools(const SessionConfig& config,
                                       const std::string& mode) {
  std::vector<std::string> disabled;
  for (const ToolDefinition& tool : AllTools(config, mode)) {
    if (!Passes(config, tool)) disabled.push_back(tool.name);
  }
  std::sort(disabled.begin(), disabled.end());
  return disabled;
}

std::vector<std::string> UnknownTools(const SessionConfig& config) {
  std::vector<std::string> unknown;
  if (!config.available_tools.is_array()) return unknown;
  for (const Json& entry : config.available_tools) {
    if (!entry.is_string()) continue;
    const std::string name = entry.get<std::string>();
    if (name.find(':') == name.npos && FindBuiltIn(name) == nullptr &&
        config.FindTool(name) == nullptr) {
      unknown.push_back(name);
    }
  }
  return unknown;
}

int64_t DefinitionTokens(const ToolDefinition& tool) {
  const auto real = kRealTokens.find(tool.name);
  if (tool.built_in && real != kRealTokens.end()) {
    return real->second.definition;
  }
  return CountTokens(tool.name) + CountTokens(tool.description) +
         CountTokens(tool.parameters.dump());
}

int64_t UnsaidTokens(const SessionConfig& config, const std::string& mode) {
  constexpr int64_t kAlways = 1484;
  constexpr int64_t kWorkspace = 88;
  int64_t tokens = kAlways + (config.checkpoints ? kWorkspace : 0);
  for (const ToolDefinition& tool : OfferedTools(config, mode)) {
    const auto real = kRealTokens.find(tool.name);
    if (tool.built_in && real != kRealTokens.end()) {
      tokens += real->second.prompt;
    }
  }
  return tokens;
}

bool RunsBuiltIn(const SessionConfig& config, const std::string& mode,
                 const std::string& name) {
  const ToolDefinition* tool = FindBuiltIn(name);
  return tool != nullptr && config.FindTool(name) == nullptr &&
         Applies(config, mode, name) && Passes(config, *tool);
}

std::string IntentionOf(const std::string& tool, const Json& arguments) {
  if (!arguments.is_object()) return "";
  const std::string path = TextOf(arguments, "path");
  if (tool == "view") return "view the file at " + path + ".";
  if (tool == "create") return "create a new file at " + path + ".";
  if (tool == "edit") return "edit the file at " + path + ".";
  if (tool == "grep" || tool == "glob") return TextOf(arguments, "pattern");
  if (tool == "task" && TextOf(arguments, "name").empty()) {
    return "Executing task";
  }
  for (const char* name :
       {"description", "command", "question", "url", "summary"}) {
    const std::string text = TextOf(arguments, name);
    if (!text.empty()) return text;
  }
  return "";
}

}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
//
// view, create and edit.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "fake-cli/json_object.h"
#include "fake-cli/session.h"
#include "fake-cli/tools/built_in.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr size_t kLargeFile = 20480;  // bytes
constexpr size_t kContext = 3;        // lines around a change

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// What is between line feeds; a text that ends with one has an empty last line.
std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != text.npos;) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  lines.push_back(text.substr(begin));
  return lines;
}

std::string Marked(char mark, const std::vector<std::string>& lines,
                   size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) {
    text.push_back(mark);
    text += lines[i];
    text.push_back('\n');
  }
  return text;
}

std::string DiffHead(const std::string& path, bool created) {
  if (created) {
    return fmt::format(
        "\ndiff --git a{0} b{0}\ncreate file mode 100644\nindex "
        "0000000..0000000\n--- a/dev/null\n+++ b{0}\n",
        path);
  }
  return fmt::format(
      "\ndiff --git a{0} b{0}\nindex 0000000..0000000 100644\n--- a{0}\n+++ "
      "b{0}\n",
      path);
}

struct Change {
  std::string diff;
  size_t added = 0;    // lines
  size_t removed = 0;  // lines
};

Change Created(const std::string& path, const std::string& text) {
  std::vector<std::string> lines = Lines(text);
  if (lines.back().empty()) lines.pop_back();
  Change change;
  change.added = lines.size();
  change.diff = DiffHead(path, true) +
                fmt::format("@@ -1,0 +1,{} @@\n", lines.size()) +
                Marked('+', lines, 0, lines.size());
  return change;
}

Change Edited(const std::string& path, const std::string& before,
              const std::string& after) {
  const std::vector<std::string> old_lines = Lines(before);
  const std::vector<std::string> new_lines = Lines(after);
  const size_t least = std::min(old_lines.size(), new_lines.size());
  size_t head = 0;
  while (head < least && old_lines[head] == new_lines[head]) ++head;
  size_t tail = 0;
  while (tail < least - head && old_lines[old_lines.size() - 1 - tail] ==
                                    new_lines[new_lines.size() - 1 - tail]) {
    ++tail;
  }
  Change change;
  change.removed = old_lines.size() - head - tail;
  change.added = new_lines.size() - head - tail;
  const size_t begin = head - std::min(head, kContext);
  const size_t after_change = std::min(tail, kContext);
  const size_t old_end = old_lines.size() - tail;
  const size_t new_end = new_lines.size() - tail;
  change.diff = DiffHead(path, false) +
                fmt::format("@@ -{},{} +{},{} @@\n", begin + 1,
                            old_end + after_change - begin, begin + 1,
                            new_end + after_change - begin) +
                Marked(' ', old_lines, begin, head) +
                Marked('-', old_lines, head, old_end) +
                Marked('+', new_lines, head, new_end) +
                Marked(' ', old_lines, old_end, old_end + after_change);
  return change;
}

std::string Unchanged(const std::string& path,
                      const std::vector<std::string>& lines, size_t begin,
                      size_t end) {
  return DiffHead(path, false) +
         fmt::format("@@ -{0},{1} +{0},{1} @@\n", begin + 1, end - begin) +
         Marked(' ', lines, begin, end);
}

std::string LanguageOf(const std::string& extension) {
  constexpr std::array<std::pair<const char*, const char*>, 12> kLanguages = {
      {{".py", "python"},
       {".js", "javascript"},
       {".mjs", "javascript"},
       {".ts", "typescript"},
       {".json", "json"},
       {".md", "markdown"},
       {".txt", "text"},
       {".cc", "cpp"},
       {".h", "cpp"},
       {".go", "go"},
       {".rs", "rust"},
       {".sh", "shellscript"}}};
  for (const auto& [suffix, language] : kLanguages) {
    if (extension == suffix) return language;
  }
  return "unknown";
}

class FileTool : public BuiltInTool {
 public:
  explicit FileTool(ToolCall call)
      : call_(std::move(call)),
        path_(call_.Path("path")),
        extension_(fs::path(path_).extension().string()) {}

  ToolResult Denied(const Verdict& verdict) override {
    return Told(Failed(verdict.message, verdict.message, verdict.code));
  }

 protected:
  // With the telemetry that all three have.
  ToolResult Told(ToolResult result, Json more = Json::object()) const {
    Json inputs = Json::array();
    for (const char* name :
         {"path", "view_range", "file_text", "old_str", "new_str"}) {
      if (call_.arguments.contains(name)) inputs.push_back(name);
    }
    inputs.push_back("command");
    Json properties = {
        {"command", call_.name},
        {"options",
         R"({"truncateBasedOn":"tokenCount","truncateStyle":"middle"})"},
        {"inputs", inputs.dump()},
        {"resolvedPathAgainstCwd",
         fs::path(call_.Text("path")).is_absolute() ? "false" : "true"},
        {"fileExtension",
         Json::array({kind_of_file_.empty() ? extension_ : kind_of_file_})
             .dump()}};
    properties.update(more);
    const auto length = static_cast<int64_t>(result.text.size());
    result.telemetry = {
        {"properties", std::move(properties)},
        {"metrics", {{"resultLength", length}, {"resultForLlmLength", length}}},
        {"restrictedProperties", Json::object()}};
    if (!result.members.is_object()) result.members = Json::object();
    if (!result.members.contains("sessionLog")) {
      result.members["sessionLog"] = "";
    }
    return result;
  }

  // With the telemetry of a change to the file.
  ToolResult ToldOf(const Change& change, ToolResult result) const {
    const std::string language = LanguageOf(extension_);
    ToolResult told =
        Told(std::move(result),
             {{"codeBlocks", Json::array({{{"fileExt", extension_},
                                           {"languageId", language},
                                           {"linesAdded", change.added},
                                           {"linesRemoved", change.removed}}})
                                 .dump()},
              {"languageId", Json::array({language}).dump()}});
    told.telemetry["metrics"]["linesAdded"] = change.added;
    told.telemetry["metrics"]["linesRemoved"] = change.removed;
    told.telemetry["restrictedProperties"] = {
        {"filePaths", Json::array({path_}).dump()}};
    return told;
  }

  ToolResult Changed(const Change& change, std::string text,
                     const char* kind) const {
    ToolResult result = Succeeded(std::move(text));
    result.members = {{"sessionLog", change.diff}};
    result.event = {
        {"fileEdits", Json::array({{{"path", path_}, {"kind", kind}}})}};
    return ToldOf(change, std::move(result));
  }

  bool Write(const std::string& text) const {
    std::ofstream out(path_, std::ios::binary);
    out << text;
    out.flush();
    return static_cast<bool>(out);
  }

  ToolResult NotWritten() const {
    const std::string why =
        fmt::format("{}, open '{}'", std::strerror(errno), path_);
    return Told(
        Failed("Failed to execute with arguments: " + call_.arguments.dump() +
                   " due to error: Error: " + why,
               "Unhandled error: Error: " + why));
  }

  const ToolCall call_;
  const std::string path_;
  const std::string extension_;
  std::string kind_of_file_;
};

class View : public FileTool {
 public:
  explicit View(ToolCall call) : FileTool(std::move(call)) {
    std::error_code ignored;
    directory_ = fs::is_directory(path_, ignored);
    if (directory_) kind_of_file_ = "directory";
  }

  Json Permission() override {
    return {{"kind", "read"},
            {"intention",
             (directory_ ? "List directory: " : "Read file: ") + path_},
            {"path", path_}};
  }

  void Run(Finish finish) override { finish(Show()); }

 private:
  ToolResult Show() const {
    std::error_code ignored;
    if (!fs::exists(path_, ignored)) {
      return As("unknown",
                Failed(fmt::format("Path {} does not exist. Please provide a "
                                   "valid path.",
                                   path_),
                       "Path does not exist"));
    }
    if (directory_) return List();
    const auto text = ReadFile(path_);
    if (!text) return NotWritten();
    if (call_.arguments.contains("view_range")) return Range(Lines(*text));
    const bool forced =
        call_.arguments.value("forceReadLargeFiles", Json(false)) == true;
    if (text->size() > kLargeFile && !forced) {
      return Large(text->size());
    }
    ToolResult result = Succeeded(*text);
    const auto lines = Lines(*text);
    result.members = {{"sessionLog", Unchanged(path_, lines, 0, lines.size())}};
    return Whole(std::move(result));
  }

  ToolResult As(const char* view_type, ToolResult result) const {
    return Told(std::move(result), {{"viewType", view_type}});
  }

  // A result that is never cut.
  ToolResult Whole(ToolResult result) const {
    result.members["skipLargeOutputProcessing"] = true;
    result.untruncated = true;
    return As(directory_ ? "directory" : "file", std::move(result));
  }

  ToolResult List() const {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(path_, ignored)) {
      const std::string name = entry.path().filename();
      if (name[0] != '.') names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    ToolResult result = Succeeded(fmt::format("{}", fmt::join(names, "\n")));
    result.members = {
        {"sessionLog", DiffHead(path_, true) +
                           fmt::format("@@ -1,0 +1,{} @@\n", names.size()) +
                           Marked(' ', names, 0, names.size())}};
    return Whole(std::move(result));
  }

  ToolResult Range(const std::vector<std::string>& lines) const {
    const Json& range = call_.arguments["view_range"];
    const auto bound = [&](size_t index) -> int64_t {
      return range.is_array() && range.size() > index &&
                     range[index].is_number_integer()
                 ? range[index].get<int64_t>()
                 : -1;
    };
    const auto count = static_cast<int64_t>(lines.size());
    const int64_t begin = std::max<int64_t>(bound(0), 1);
    if (begin > count) {
      return As("file",
                Failed(fmt::format("Invalid view_range: start line ({}) is "
                                   "beyond the end of the file. The file has "
                                   "{} lines.",
                                   begin, count),
                       "view_range out of bounds"));
    }
    const int64_t end = bound(1) < begin ? count : std::min(bound(1), count);
    std::string text;
    for (int64_t i = begin - 1; i < end; ++i) {
      if (i >= begin) text.push_back('\n');
      text += lines[static_cast<size_t>(i)];
    }
    ToolResult result = Succeeded(std::move(text));
    result.members = {
        {"sessionLog", Unchanged(path_, lines, static_cast<size_t>(begin - 1),
                                 static_cast<size_t>(end))}};
    return Whole(std::move(result));
  }

  ToolResult Large(size_t bytes) const {
    ToolResult result = Succeeded(fmt::format(
        "File too large to read at once ({:.1f} KB). Consider using the grep "
        "tool to search within the file, or view with view_range to read "
        "specific sections.",
        static_cast<double>(bytes) / 1024));
    return Told(std::move(result),
                {{"viewType", "file"},
                 {"largeOutputAvoided", "true"},
                 {"largeOutputOriginalSizeBytes", std::to_string(bytes)}});
  }

  bool directory_ = false;
};

class Create : public FileTool {
 public:
  explicit Create(ToolCall call)
      : FileTool(std::move(call)), text_(call_.Text("file_text")) {}

  std::optional<ToolResult> Refusal() override {
    std::error_code ignored;
    if (fs::exists(path_, ignored)) {
      return Told(Failed(
          fmt::format("Path {} already exists as a {}. Use `view` to check "
                      "contents then edit it.",
                      path_,
                      fs::is_directory(path_, ignored) ? "directory" : "file"),
          "Path already exists"));
    }
    const fs::path parent = fs::path(path_).parent_path();
    if (!fs::is_directory(parent, ignored)) {
      return Told(Failed(
          fmt::format("Parent directory {} does not exist. You need to create "
                      "it before creating the file.",
                      parent.string()),
          "Parent directory does not exist"));
    }
    return std::nullopt;
  }

  Json Permission() override {
    return {{"kind", "write"},
            {"intention", "Create file"},
            {"fileName", path_},
            {"diff", Created(path_, text_).diff},
            {"newFileContents", text_},
            {"fileEdits",
             Json::array({{{"after", {{"path", path_}, {"content", text_}}}}})},
            {"canOfferSessionApproval", true}};
  }

  void Run(Finish finish) override {
    if (!Write(text_)) {
      finish(NotWritten());
      return;
    }
    call_.session.log.Ephemeral("session.info",
                                JsonObject()
                                    .Text("infoType", "file_created")
                                    .Text("message", path_)
                                    .str());
    finish(Changed(
        Created(path_, text_),
        fmt::format("Created file {} with {} characters", path_, text_.size()),
        "create"));
  }

 private:
  const std::string text_;
};

class Edit : public FileTool {
 public:
  explicit Edit(ToolCall call)
      : FileTool(std::move(call)),
        old_(call_.Text("old_str")),
        new_(call_.Text("new_str")) {}

  std::optional<ToolResult> Refusal() override {
    const auto text = ReadFile(path_);
    if (!text) {
      const std::string why = fmt::format(
          "Error: ENOENT: no such file or directory, open '{}'", path_);
      nlohmann::ordered_json arguments;
      for (const char* name : {"path", "old_str", "new_str"}) {
        arguments[name] = call_.Text(name);
      }
      arguments["command"] = "edit";
      return Told(Failed(
          fmt::format(
              "Failed to execute with arguments: {} due to error: {}",
              arguments.dump(-1, ' ', false, Json::error_handler_t::replace),
              why),
          "Unhandled error: " + why));
    }
    before_ = *text;
    const std::vector<size_t> at = Matches();
    if (at.empty()) {
      return ToldOf(
          {}, Failed(fmt::format("No match found: old_str not found in {}; no "
                                 "changes made; you might want to try again "
                                 "with correct old_str",
                                 path_),
                     "No match found"));
    }
    if (at.size() > 1) return Ambiguous(at);
    after_ = before_;
    after_.replace(at[0], old_.size(), new_);
    return std::nullopt;
  }

  Json Permission() override {
    return {
        {"kind", "write"},
        {"intention", "Edit file"},
        {"fileName", path_},
        {"diff", Edited(path_, before_, after_).diff},
        {"newFileContents", after_},
        {"canOfferSessionApproval", true},
        {"fileEdits",
         Json::array({{{"before", {{"path", path_}, {"content", before_}}},
                       {"after", {{"path", path_}, {"content", after_}}}}})}};
  }

  void Run(Finish finish) override {
    if (!Write(after_)) {
      finish(NotWritten());
      return;
    }
    finish(Changed(Edited(path_, before_, after_),
                   fmt::format("File {} updated with changes.", path_),
                   "edit"));
  }

 private:
  std::vector<size_t> Matches() const {
    std::vector<size_t> at;
    if (old_.empty()) return at;
    for (size_t next = 0; (next = before_.find(old_, next)) != before_.npos;
         next += old_.size()) {
      at.push_back(next);
    }
    return at;
  }

  ToolResult Ambiguous(const std::vector<size_t>& at) const {
    std::vector<int64_t> lines;
    for (const size_t place : at) {
      const auto end = before_.begin() + static_cast<ptrdiff_t>(place);
      lines.push_back(std::count(before_.begin(), end, '\n') + 1);
    }
    return ToldOf(
        {}, Failed(fmt::format("Ambiguous match for old_str in {}: pattern "
                               "starting with \"{}\" matched at lines {}. No "
                               "changes made; try again with a more specific "
                               "old_str.",
                               path_, Lines(old_)[0], fmt::join(lines, ", ")),
                   "Multiple matches found"));
  }

  const std::string old_;
  const std::string new_;
  std::string before_;
  std::string after_;
};

}  // namespace

std::shared_ptr<BuiltInTool> MakeFileTool(ToolCall call) {
  if (call.name == "view") return std::make_shared<View>(std::move(call));
  if (call.name == "create") return std::make_shared<Create>(std::move(call));
  if (call.name == "edit") return std::make_shared<Edit>(std::move(call));
  return nullptr;
}

}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
#include "conformance/stage/kept_files.h"

#include <utility>

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;

constexpr char kMoment[] = "2026-01-01T00:00:00.000Z";

Json Failure(const char* code, const std::string& message) {
  return {{"code", code}, {"message", message}};
}

Json Missing() { return Failure("ENOENT", "not found"); }

std::string Text(const Json& params, const char* name) {
  const auto found = params.find(name);
  return found != params.end() && found->is_string() ? found->get<std::string>()
                                                     : "";
}

}  // namespace

Json KeptFiles::Answer(const std::string& operation, const Json& params) {
  const std::string path = Text(params, "path");
  if (operation == "readFile") {
    return Has(path) ? Json({{"content", Content(path)}})
                     : Json({{"content", ""}, {"error", Missing()}});
  }
  if (operation == "writeFile") {
    files_[path] = Text(params, "content");
  } else if (operation == "appendFile") {
    files_[path] += Text(params, "content");
  } else if (operation == "mkdir") {
    directories_.insert(path);
  } else if (operation == "rename") {
    const auto moved = files_.extract(Text(params, "src"));
    if (moved.empty()) return Missing();
    files_[Text(params, "dest")] = moved.mapped();
  } else if (operation == "rm") {
    Remove(path);
  } else if (operation == "exists") {
    return {{"exists", Has(path) || IsDirectory(path)}};
  } else if (operation == "stat") {
    return Stat(path);
  } else if (operation == "readdir" || operation == "readdirWithTypes") {
    return List(path, operation == "readdirWithTypes");
  } else {
    return Failure("ENOSYS", "no such operation: " + operation);
  }
  return nullptr;
}

std::string KeptFiles::Content(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? "" : found->second;
}

bool KeptFiles::IsDirectory(const std::string& path) const {
  if (directories_.contains(path)) return true;
  const auto inside = files_.lower_bound(path + "/");
  return inside != files_.end() && inside->first.rfind(path + "/", 0) == 0;
}

Json KeptFiles::Stat(const std::string& path) const {
  Json stat = {{"isFile", Has(path)},
               {"isDirectory", IsDirectory(path)},
               {"size", Content(path).size()},
               {"mtime", kMoment},
               {"birthtime", kMoment}};
  if (!Has(path) && !IsDirectory(path)) stat["error"] = Missing();
  return stat;
}

Json KeptFiles::List(const std::string& path, bool types) const {
  std::map<std::string, std::string> found;
  const auto add = [&](const std::string& other, const char* type) {
    if (other.rfind(path + "/", 0) != 0) return;
    const std::string rest = other.substr(path.size() + 1);
    const size_t slash = rest.find('/');
    found[rest.substr(0, slash)] = slash == rest.npos ? type : "directory";
  };
  for (const auto& [file, content] : files_) add(file, "file");
  for (const std::string& directory : directories_) add(directory, "directory");
  Json entries = Json::array();
  for (const auto& [name, type] : found) {
    entries.push_back(types ? Json({{"name", name}, {"type", type}})
                            : Json(name));
  }
  return {{"entries", std::move(entries)}};
}

void KeptFiles::Remove(const std::string& path) {
  const auto is_below = [&](const std::string& other) {
    return other == path || other.rfind(path + "/", 0) == 0;
  };
  std::erase_if(files_, [&](const auto& file) { return is_below(file.first); });
  std::erase_if(directories_, is_below);
}

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "fake-cli/files/file_system.h"
#include "fake-cli/json_read.h"

namespace copilot::fake_cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

FileAnswer Failed(const std::error_code& error) {
  const bool missing = error == std::errc::no_such_file_or_directory;
  return {nullptr, missing ? "ENOENT" : "UNKNOWN", error.message()};
}

FileAnswer Missing() {
  return Failed(std::make_error_code(std::errc::no_such_file_or_directory));
}

FileAnswer ReadFile(const fs::path& path, const Json&) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Missing();
  std::ostringstream text;
  text << in.rdbuf();
  return {{{"content", text.str()}}, "", ""};
}

FileAnswer WriteFile(const fs::path& path, const Json& params) {
  std::ofstream out(path, std::ios::binary);
  out << TextOf(params, "content");
  return out.flush() ? FileAnswer{}
                     : Failed(std::make_error_code(std::errc::io_error));
}

FileAnswer MakeDirectory(const fs::path& path, const Json&) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? Failed(error) : FileAnswer{};
}

FileAnswer Exists(const fs::path& path, const Json&) {
  std::error_code ignored;
  return {{{"exists", fs::exists(path, ignored)}}, "", ""};
}

FileAnswer Remove(const fs::path& path, const Json&) {
  std::error_code error;
  return fs::remove(path, error) ? FileAnswer{} : Missing();
}

FileAnswer List(const fs::path& path, const Json&) {
  Json entries = Json::array();
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path, ignored)) {
    entries.push_back(
        {{"name", entry.path().filename().string()},
         {"type", entry.is_directory(ignored) ? "directory" : "file"}});
  }
  return {{{"entries", std::move(entries)}}, "", ""};
}

// As far as methods of sessions need them.
class DiskFiles : public FileSystem {
 public:
  void Do(std::string_view operation, const nlohmann::ordered_json& params,
          Take take) override {
    static const std::map<std::string_view,
                          FileAnswer (*)(const fs::path&, const Json&)>
        operations = {{"readFile", ReadFile},   {"writeFile", WriteFile},
                      {"mkdir", MakeDirectory}, {"exists", Exists},
                      {"rm", Remove},           {"readdirWithTypes", List}};
    const Json plain = params;
    take(operations.at(operation)(TextOf(plain, "path"), plain));
  }
};

}  // namespace

std::shared_ptr<FileSystem> MakeDiskFiles() {
  return std::make_shared<DiskFiles>();
}

}  // namespace copilot::fake_cli

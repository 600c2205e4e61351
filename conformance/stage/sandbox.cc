// SPDX-License-Identifier: MIT
#include "conformance/stage/sandbox.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace copilot::conformance {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string SandboxDirectory() {
  constexpr char kMemory[] = "/dev/shm";
  constexpr unsigned long kEnough = 1UL << 30;
  if (const char* own = std::getenv("TMPDIR"); own != nullptr && *own != 0) {
    return own;
  }
  struct statvfs memory = {};
  const bool good = statvfs(kMemory, &memory) == 0 &&
                    memory.f_bavail * memory.f_frsize >= kEnough &&
                    (memory.f_flag & (ST_NOEXEC | ST_RDONLY)) == 0 &&
                    access(kMemory, W_OK | X_OK) == 0;
  return good ? kMemory : "/tmp";
}

Sandbox::Sandbox() {
  std::string pattern = SandboxDirectory() + "/scenario-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error("cannot make a directory like " + pattern);
  }
  root_ = pattern;
  for (const char* part : {"home", "workspace", "state", "temp", "runner"}) {
    fs::create_directory(root_ + "/" + part);
  }
  names_ = {{"root", root_},
            {"home", home()},
            {"workspace", workspace()},
            {"state", state()},
            {"temp", temp()}};
}

Sandbox::~Sandbox() {
  if (keep_) return;
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void Sandbox::Define(const std::string& name, const std::string& value) {
  names_[name] = value;
}

std::string Sandbox::Expand(const std::string& text) const {
  std::string out;
  size_t at = 0;
  while (true) {
    const size_t open = text.find("${", at);
    const size_t close =
        open == text.npos ? text.npos : text.find('}', open + 2);
    if (close == text.npos) return out + text.substr(at);
    const auto found = names_.find(text.substr(open + 2, close - open - 2));
    out += text.substr(at, open - at);
    out += found == names_.end() ? text.substr(open, close + 1 - open)
                                 : found->second;
    at = close + 1;
  }
}

Json Sandbox::Expand(const Json& value) const {
  if (value.is_string()) return Expand(value.get<std::string>());
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& element : value) out.push_back(Expand(element));
    return out;
  }
  if (value.is_object()) {
    Json out = Json::object();
    for (const auto& [name, member] : value.items()) {
      out[Expand(name)] = Expand(member);
    }
    return out;
  }
  return value;
}

void Sandbox::Write(const std::string& path, const Json& text) const {
  if (!path.empty() && path.back() == '/') {
    fs::create_directories(path);
    return;
  }
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary)
      << (text.is_string() ? text.get<std::string>() : "");
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
#include "harness/cli_discovery.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace copilot::harness {
namespace {

constexpr char kName[] = "copilot";

// The native program's package, and the one that needs node.
constexpr const char* kInFallback[] = {
#if defined(__aarch64__)
    "node_modules/@github/copilot-linux-arm64/copilot",
#else
    "node_modules/@github/copilot-linux-x64/copilot",
#endif
    "node_modules/@github/copilot/index.js"};

// Empty for a file that can be started.
std::string Problem(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return "does not exist";
  if (std::filesystem::is_directory(status)) return "is a directory";
  const bool script = path.ends_with(".js");  // node reads it
  if (access(path.c_str(), script ? R_OK : X_OK) != 0) {
    return script ? "cannot be read" : "cannot be executed";
  }
  return "";
}

// Goes from place to place until one has a CLI, and notes what was wrong.
class Search {
 public:
  Search(const Environment& environment, const std::string& configured,
         const std::string& beside)
      : environment_(environment), configured_(configured), beside_(beside) {}

  bool Run() { return Primary() || Fallback() || Variable() || InPath(); }

  const std::string& found() const { return found_; }

  std::string Text() const {
    return fmt::format(
        "[copilot] no Copilot CLI was found. Reinstall the plugin with "
        "`openclaw plugins install @openclaw/copilot`, or the CLI alone with "
        "`npm install --prefix {} @github/copilot`. Looked at:{}",
        FallbackDirectory(), notes_);
  }

 private:
  bool Try(const std::string& place, const std::string& given) {
    const std::string path =
        AbsolutePath(given, environment_.CurrentDirectory());
    const std::string problem = Problem(path);
    if (problem.empty()) {
      found_ = path;
      return true;
    }
    Note(place, path + " " + problem);
    return false;
  }
  void Note(const std::string& place, const std::string& what) {
    notes_ += fmt::format("\n  {}: {}", place, what);
  }

  bool Primary() {
    if (!configured_.empty()) return Try("configured", configured_);
    return !beside_.empty() && Try("beside the program", beside_ + "/" + kName);
  }

  std::string FallbackDirectory() const {
    const std::string given =
        environment_.Get("OPENCLAW_STATE_DIR").value_or("");
    const std::string state =
        given.empty() ? environment_.HomeDirectory() + "/.openclaw" : given;
    return AbsolutePath(state + "/npm-runtime/copilot",
                        environment_.CurrentDirectory());
  }
  bool Fallback() {
    const std::string directory = FallbackDirectory();
    std::error_code error;
    if (!std::filesystem::is_directory(directory, error)) {
      Note("fallback directory", directory + " does not exist, not tried");
      return false;
    }
    return std::any_of(
        std::begin(kInFallback), std::end(kInFallback), [&](const char* file) {
          return Try("fallback directory", directory + "/" + file);
        });
  }

  bool Variable() {
    const std::string path = environment_.Get("COPILOT_CLI_PATH").value_or("");
    if (!path.empty()) return Try("COPILOT_CLI_PATH", path);
    Note("COPILOT_CLI_PATH", "not set");
    return false;
  }
  bool InPath() {
    found_ = FindInPath(kName, environment_.Get("PATH").value_or(""));
    if (found_.empty()) Note("PATH", "no `copilot` that can be executed");
    return !found_.empty();
  }

  const Environment& environment_;
  const std::string& configured_;
  const std::string& beside_;
  std::string found_;
  std::string notes_;
};

}  // namespace

std::string FindInPath(const std::string& name, const std::string& path) {
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    const std::string file = path.substr(at, end - at) + "/" + name;
    if (end > at && access(file.c_str(), X_OK) == 0) return file;
    at = end + 1;
  }
  return "";
}

std::string ProgramDirectory() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "" : program.parent_path().string();
}

CliDiscovery::CliDiscovery(std::shared_ptr<const Environment> environment,
                           std::string configured, std::string beside)
    : environment_(std::move(environment)),
      configured_(std::move(configured)),
      beside_(std::move(beside)) {}

Expected<CliTarget> CliDiscovery::Locate() {
  const std::lock_guard lock(mutex_);
  if (!found_) {
    Search search(*environment_, configured_, beside_);
    if (!search.Run()) return Fail(search.Text(), "COPILOT_SDK_MISSING");
    found_.emplace().path =
        AbsolutePath(search.found(), environment_->CurrentDirectory());
  }
  return *found_;
}

}  // namespace copilot::harness

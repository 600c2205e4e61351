// SPDX-License-Identifier: MIT
#include "fake-cli/session_store.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <utility>

#include "fake-cli/identity.h"
#include "fake-cli/json_object.h"
#include "wire/message.h"

namespace copilot::fake_cli {
namespace {

namespace fs = std::filesystem;

int64_t ParseIso(const std::string& text) {
  std::tm parts{};
  int ms = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d.%dZ", &parts.tm_year,
                  &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &parts.tm_min,
                  &parts.tm_sec, &ms) != 7) {
    return 0;
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<int64_t>(timegm(&parts)) * 1000 + ms;
}

// Plain where YAML reads it as a plain scalar, else as a JSON string, which
// YAML reads too.
std::string Scalar(const std::string& text) {
  const bool plain =
      !text.empty() && text != "true" && text != "false" && text != "null" &&
      (std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '/') &&
      text.back() != ' ' && text.back() != ':' &&
      std::all_of(text.begin(), text.end(),
                  [](unsigned char c) { return c >= 0x20 && c != 0x7F; }) &&
      text.find(": ") == std::string::npos &&
      text.find(" #") == std::string::npos;
  return plain ? text : Quote(text);
}

std::string Unscalar(const std::string& text) {
  return !text.empty() && text[0] == '"' ? wire::RawString(text) : text;
}

void WriteWhole(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".tmp";
  std::ofstream(temporary) << text;
  std::error_code ignored;
  fs::rename(temporary, path, ignored);
}

void Touch(const std::string& path, const std::string& text = "") {
  std::ofstream(path, std::ios::app) << text;
}

}  // namespace

void SessionStore::Prepare() const {
  std::error_code ignored;
  fs::create_directories(home_ + "/logs", ignored);
  const std::string config = home_ + "/config.json";
  if (!fs::exists(config, ignored)) {
    std::ofstream(config)
        << "// User settings belong in settings.json.\n"
           "// This file is managed automatically.\n"
        << JsonObject().Text("firstLaunchAt", IsoTime(NowMs())).str() << "\n";
  }
}

std::string SessionStore::Directory(const std::string& id) const {
  return home_ + "/session-state/" + id;
}

std::string SessionStore::EventsFile(const std::string& id) const {
  return Directory(id) + "/events.jsonl";
}

std::optional<std::string> SessionStore::Create(
    const Workspace& workspace) const {
  std::error_code error;
  const std::string directory = Directory(workspace.id);
  fs::create_directories(directory, error);
  if (error) return error.message();
  for (const char* part : {"/files", "/research", "/checkpoints"}) {
    fs::create_directories(directory + part, error);
  }
  const std::string locks = home_ + "/session-state/.session-operation-locks";
  fs::create_directories(locks, error);
  Touch(locks + "/" + workspace.id + ".lock");
  Touch(directory + "/.workspace-fork.lock");
  Write(workspace);
  return std::nullopt;
}

std::string WorkspaceYaml(const Workspace& workspace) {
  std::string text =
      fmt::format("id: {}\ncwd: {}\n", workspace.id, Scalar(workspace.cwd));
  const GitContext& git = workspace.git;
  for (const auto& [key, value] :
       {std::pair<const char*, std::string>{"git_root", git.root},
        {"repository", git.repository},
        {"host_type", git.host_type()},
        {"branch", git.branch}}) {
    if (!value.empty()) text += fmt::format("{}: {}\n", key, Scalar(value));
  }
  if (!workspace.client_name.empty()) {
    text += fmt::format("client_name: {}\n", Scalar(workspace.client_name));
  }
  if (!workspace.name.empty()) {
    text += fmt::format("name: {}\n", Scalar(workspace.name));
  }
  text += fmt::format(
      "user_named: {}\nsummary_count: {}\nfork_count: 0\ncreated_at: {}\n"
      "updated_at: {}\n",
      workspace.user_named, workspace.summary_count,
      IsoTime(workspace.created_ms), IsoTime(workspace.updated_ms));
  return text;
}

void SessionStore::Write(const Workspace& workspace) const {
  WriteWhole(Directory(workspace.id) + "/workspace.yaml",
             WorkspaceYaml(workspace));
}

Workspace ReadWorkspace(const std::string& yaml, std::string id) {
  Workspace workspace;
  workspace.id = std::move(id);
  std::istringstream in(yaml);
  std::string line;
  while (std::getline(in, line)) {
    const size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const std::string key = line.substr(0, colon);
    const std::string value = Unscalar(line.substr(colon + 2));
    if (key == "id") workspace.id = value;
    if (key == "cwd") workspace.cwd = value;
    if (key == "git_root") workspace.git.root = value;
    if (key == "repository") workspace.git.repository = value;
    if (key == "branch") workspace.git.branch = value;
    if (key == "client_name") workspace.client_name = value;
    if (key == "name") workspace.name = value;
    if (key == "user_named") workspace.user_named = value == "true";
    if (key == "summary_count")
      workspace.summary_count = std::atoi(value.c_str());
    if (key == "created_at") workspace.created_ms = ParseIso(value);
    if (key == "updated_at") workspace.updated_ms = ParseIso(value);
  }
  return workspace;
}

std::optional<Workspace> SessionStore::Read(const std::string& id) const {
  std::ifstream in(Directory(id) + "/workspace.yaml");
  if (!in) return std::nullopt;
  std::ostringstream yaml;
  yaml << in.rdbuf();
  Workspace workspace = ReadWorkspace(yaml.str(), id);
  workspace.id = id;
  return workspace;
}

std::vector<Workspace> SessionStore::List() const {
  std::vector<Workspace> sessions;
  std::error_code error;
  for (const auto& entry :
       fs::directory_iterator(home_ + "/session-state", error)) {
    const std::string id = entry.path().filename();
    if (!Exists(id)) continue;
    if (auto workspace = Read(id)) sessions.push_back(std::move(*workspace));
  }
  std::stable_sort(sessions.begin(), sessions.end(),
                   [](const Workspace& a, const Workspace& b) {
                     return a.updated_ms > b.updated_ms;
                   });
  return sessions;
}

bool SessionStore::Exists(const std::string& id) const {
  struct stat status;
  return stat(EventsFile(id).c_str(), &status) == 0 && status.st_size > 0;
}

void SessionStore::Delete(const std::string& id) const {
  std::error_code ignored;
  fs::remove_all(Directory(id), ignored);
}

bool SessionStore::MarkInUse(const std::string& id) const {
  bool taken = false;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(Directory(id), error)) {
    int pid = 0;
    const std::string name = entry.path().filename();
    if (std::sscanf(name.c_str(), "inuse.%d.lock", &pid) == 1 &&
        pid != getpid() && kill(pid, 0) == 0) {
      taken = true;
    }
  }
  const std::string base = fmt::format("{}/inuse.{}", Directory(id), getpid());
  WriteWhole(base + ".lock", fmt::format("{}\n", getpid()));
  Touch(base + ".hold");
  return taken;
}

void SessionStore::UnmarkInUse(const std::string& id) const {
  const std::string base = fmt::format("{}/inuse.{}", Directory(id), getpid());
  unlink((base + ".lock").c_str());
  unlink((base + ".hold").c_str());
}

std::string TakeCheckpointTitle(std::string* summary) {
  constexpr std::string_view kOpen = "<checkpoint_title>";
  constexpr std::string_view kClose = "</checkpoint_title>";
  const size_t begin = summary->find(kOpen);
  const size_t end = summary->find(kClose);
  if (begin == std::string::npos || end == std::string::npos || begin > end) {
    return "";
  }
  const size_t text = begin + kOpen.size();
  std::string title = summary->substr(text, end - text);
  summary->erase(begin, end + kClose.size() - begin);
  return title;
}

std::string CheckpointIndexHead() {
  return "# Checkpoint History\n\nCheckpoints are listed in chronological "
         "order. Checkpoint 1 is the oldest, higher numbers are more "
         "recent.\n\n| # | Title | File |\n|---|-------|------|\n";
}

std::string CheckpointIndexLine(const Checkpoint& checkpoint) {
  return fmt::format("| {} | {} | {} |\n", checkpoint.number, checkpoint.title,
                     checkpoint.path);
}

namespace {

// Nothing for a line that tells of none.
std::optional<Checkpoint> ReadIndexLine(const std::string& line) {
  static const std::regex form(R"(\| (\d{1,9}) \| (.*) \| ([^|]*) \|)");
  std::smatch found;
  if (!std::regex_match(line, found, form)) return std::nullopt;
  return Checkpoint{std::stoi(found[1]), found[2], found[3]};
}

}  // namespace

std::vector<Checkpoint> ReadCheckpointIndex(const std::string& index) {
  std::istringstream in(index);
  std::string line;
  std::vector<Checkpoint> checkpoints;
  while (std::getline(in, line)) {
    if (auto found = ReadIndexLine(line)) {
      checkpoints.push_back(std::move(*found));
    }
  }
  return checkpoints;
}

std::string IndexUpTo(const std::string& index, int last) {
  std::istringstream in(index);
  std::string line;
  std::string rest;
  while (std::getline(in, line)) {
    const auto checkpoint = ReadIndexLine(line);
    if (!checkpoint || checkpoint->number <= last) rest += line + '\n';
  }
  return rest;
}

Checkpoint NameCheckpoint(const std::string& id, int number,
                          std::string title) {
  if (title.empty()) title = "Session " + id.substr(0, 8);
  std::string slug;
  for (const char c : title) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte)) {
      slug.push_back(static_cast<char>(std::tolower(byte)));
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return {number, title, fmt::format("{:03}-{}.md", number, slug)};
}

Checkpoint SessionStore::WriteCheckpoint(const std::string& id, int number,
                                         std::string title,
                                         const std::string& text) const {
  Checkpoint checkpoint = NameCheckpoint(id, number, std::move(title));
  const std::string directory = Directory(id) + "/checkpoints/";
  const std::string index = directory + "index.md";
  if (!fs::exists(index)) Touch(index, CheckpointIndexHead());
  Touch(index, CheckpointIndexLine(checkpoint));
  checkpoint.path = directory + checkpoint.path;
  WriteWhole(checkpoint.path, text);
  return checkpoint;
}

void SessionStore::DropCheckpoints(const std::string& id, int last) const {
  const std::string directory = Directory(id) + "/checkpoints/";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    int number = 0;
    const std::string name = entry.path().filename();
    if (std::sscanf(name.c_str(), "%d-", &number) == 1 && number > last) {
      fs::remove(entry.path(), error);
    }
  }
  std::ifstream in(directory + "index.md", std::ios::binary);
  if (!in) return;
  std::ostringstream index;
  index << in.rdbuf();
  WriteWhole(directory + "index.md", IndexUpTo(index.str(), last));
}

}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
//
// The sessions under COPILOT_HOME, in the real CLI's layout (protocol 21).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fake-cli/git.h"

namespace copilot::fake_cli {

// What workspace.yaml holds.
struct Workspace {
  std::string id;
  std::string cwd;
  GitContext git;  // of cwd
  std::string client_name;
  std::string name;  // empty before the first message
  bool user_named = false;
  int summary_count = 0;
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
};

// A summary of what was compacted.
struct Checkpoint {
  int number = 0;
  std::string title;
  std::string path;
};

class SessionStore {
 public:
  explicit SessionStore(std::string home) : home_(std::move(home)) {}

  // COPILOT_HOME itself, made with what the real CLI puts there at start.
  void Prepare() const;

  std::string Directory(const std::string& id) const;
  std::string EventsFile(const std::string& id) const;

  // Makes the directory of a session. Fails with the reason.
  std::optional<std::string> Create(const Workspace& workspace) const;
  void Write(const Workspace& workspace) const;
  std::optional<Workspace> Read(const std::string& id) const;

  // Sessions with events, newest first.
  std::vector<Workspace> List() const;

  bool Exists(const std::string& id) const;
  void Delete(const std::string& id) const;

  // Marks a session as open in this process; true when another one has it.
  bool MarkInUse(const std::string& id) const;
  void UnmarkInUse(const std::string& id) const;

  // Writes a checkpoint and its line in the index. Without a title it gets
  // one from the session's id.
  Checkpoint WriteCheckpoint(const std::string& id, int number,
                             std::string title, const std::string& text) const;
  // Forgets those after this one.
  void DropCheckpoints(const std::string& id, int last) const;

 private:
  std::string home_;
};

// workspace.yaml.
std::string WorkspaceYaml(const Workspace& workspace);
// Without an id in it, that is `id`.
Workspace ReadWorkspace(const std::string& yaml, std::string id);

// checkpoints/index.md: how it begins, the line of each, what it tells, and
// those lines of it that are not later than one. `path` is the name of a file.
std::string CheckpointIndexHead();
std::string CheckpointIndexLine(const Checkpoint& checkpoint);
std::vector<Checkpoint> ReadCheckpointIndex(const std::string& index);
std::string IndexUpTo(const std::string& index, int last);
// `path` is the name of the file. Without a title it gets one from the id of
// its session.
Checkpoint NameCheckpoint(const std::string& id, int number, std::string title);

// Cuts the title that a summary names out of it; empty when it names none.
std::string TakeCheckpointTitle(std::string* summary);

}  // namespace copilot::fake_cli

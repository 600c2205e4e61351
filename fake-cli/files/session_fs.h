// SPDX-License-Identifier: MIT
//
// The state of a session whose files a client keeps: which of them the CLI
// reads and writes, and when (protocol 21). Nothing of such a session is on
// this machine's disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "fake-cli/files/file_run.h"
#include "fake-cli/session_store.h"

namespace copilot::fake_cli {

class Host;
class Session;

// What a client said in sessionFs.setProvider.
struct FsProvider {
  int connection = 0;
  std::string initial_cwd;
  std::string state_path;  // relative to initial_cwd, or absolute
};

// One for the life of its session, which must outlive what is under way.
class SessionFs {
 public:
  SessionFs(Session& session, FsProvider provider,
            std::shared_ptr<FileSystem> files);

  // The directory of the session, as the client calls it.
  const std::string& directory() const { return provider_.state_path; }
  std::string events_file() const { return directory() + "/events.jsonl"; }

  const std::shared_ptr<FileSystem>& files() const { return files_; }

  // Before a session is new: `done` gets the reason when it cannot be.
  using Done = std::function<void(const std::string& failure)>;
  void Create(Done done);
  // Before a session is open again; takes over its workspace and its events.
  void Resume(Done done);
  bool working_directory_exists() const { return cwd_exists_; }

  // The first message has given the session a name.
  void Name(std::function<void()> done);
  // The workspace has changed.
  void Save();
  // Reads what the model is told of the files.
  void ReadSummary(FileRun& run) const { ReadSummary(run, directory()); }
  // The first message after the session was opened again.
  void Reopen();

  // Appends what the log has not written. `done` is called when that is done,
  // and not at all when it fails: then it is tried again, and each failure
  // told.
  void Append(std::function<void()> done);
  // The same soon, unless a turn runs then.
  void AppendSoon();
  // Before the last event.
  void Measure(std::function<void()> done);

  // Forgets this event and all after it, as EventLog::Truncate.
  void Truncate(const std::string& event_id,
                std::function<void(std::optional<int64_t> removed)> done);

  Checkpoint WriteCheckpoint(int number, const std::string& title,
                             const std::string& text);

 private:
  std::shared_ptr<FileRun> Run() const { return FileRun::Make(files_); }
  std::string Temp() const;
  void MakeLayout(FileRun& run, const std::string& directory) const;
  void WriteWorkspace(FileRun& run, const std::string& directory,
                      const Workspace& workspace) const;
  void ReadSummary(FileRun& run, const std::string& directory) const;
  void ReadSettings(FileRun& run) const;
  void ReadPermissions(FileRun& run) const;
  void DropCheckpoints(FileRun& run);
  void Mirror();
  void Write(Done done);  // what the log has not written
  void AppendAgain();

  Session& session_;
  const FsProvider provider_;
  const std::shared_ptr<FileSystem> files_;
  const std::string mirror_;  // the directory that it would have on disk
  bool cwd_exists_ = true;
  bool has_events_ = false;  // known to be there
  bool append_soon_ = false;
  bool mirroring_ = false;
  std::function<void()> after_mirror_;  // what waits for that
  int64_t backoff_ms_ = 0;  // before the next attempt; 0: none has failed
};

}  // namespace copilot::fake_cli

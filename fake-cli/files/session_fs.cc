// SPDX-License-Identifier: MIT
#include "fake-cli/files/session_fs.h"

#include <utility>

#include "fake-cli/host.h"
#include "fake-cli/json_object.h"
#include "fake-cli/json_read.h"
#include "fake-cli/session.h"

namespace copilot::fake_cli {
namespace {

constexpr int64_t kSoonMs = 100;
constexpr int64_t kFirstBackoffMs = 1000;

}  // namespace

SessionFs::SessionFs(Session& session, FsProvider provider,
                     std::shared_ptr<FileSystem> files)
    : session_(session),
      provider_(std::move(provider)),
      files_(std::move(files)),
      mirror_(session.host.store().Directory(session.id())) {}

std::string SessionFs::Temp() const {
  const bool absolute = directory().rfind('/', 0) == 0;
  return (absolute ? directory() : provider_.initial_cwd + "/" + directory()) +
         "/temp";
}

void SessionFs::MakeLayout(FileRun& run, const std::string& directory) const {
  run.MakeDirectory(directory + "/checkpoints", kPrivateDirectory)
      .MakeDirectory(directory + "/files", kPrivateDirectory)
      .MakeDirectory(directory + "/research", kPrivateDirectory);
}

void SessionFs::WriteWorkspace(FileRun& run, const std::string& directory,
                               const Workspace& workspace) const {
  const std::string path = directory + "/workspace.yaml";
  const std::string fresh = path + ".tmp." + session_.host.ids().Uuid();
  run.MakeDirectory(directory, kPrivateDirectory)
      .Write(fresh, WorkspaceYaml(workspace), kPrivateFile)
      .Rename(fresh, path, [&run, fresh](const FileAnswer& answer) {
        if (answer.ok()) return;
        run.Fail(answer.text());
        run.RemoveIfThere(fresh);
      });
}

// What the model is told of the session's files.
void SessionFs::ReadSummary(FileRun& run, const std::string& directory) const {
  run.Read(directory + "/checkpoints/index.md")
      .Beside()
      .List(directory + "/files")
      .Beside()
      .Read(directory + "/plan.md");
}

void SessionFs::ReadSettings(FileRun& run) const {
  run.Read(directory() + "/settings.json", [&run](const FileAnswer& answer) {
    if (answer.ok() || answer.missing()) return;
    run.Fail("GenericFailure, Session approval storage failed (" + answer.code +
             "): " + answer.message);
  });
}

void SessionFs::ReadPermissions(FileRun& run) const {
  run.MakeDirectory(Temp()).Stat(Temp()).Read(directory() +
                                              "/permissions.json");
}

void SessionFs::Create(Done done) {
  const auto run = Run();
  FileRun& r = *run;
  ReadSettings(r);
  r.Read(directory() + "/workspace.yaml", [this, &r](const FileAnswer& answer) {
    if (!answer.ok() && !answer.missing()) return r.Fail(answer.text());
    if (answer.ok()) {
      session_.workspace.name = ReadWorkspace(answer.content(), "").name;
      r.MakeDirectory(directory() + "/research", kPrivateDirectory);
      return;
    }
    MakeLayout(r, directory());
    r.MakeDirectory(directory() + "/checkpoints")
        .Write(directory() + "/checkpoints/index.md", CheckpointIndexHead());
    WriteWorkspace(r, directory(), session_.workspace);
  });
  ReadSummary(r, directory());
  const std::string& cwd = session_.config.working_directory;
  if (cwd != provider_.initial_cwd) {
    r.Stat(cwd, [&r](const FileAnswer& answer) {
      if (!answer.ok()) r.Fail(answer.message);
    });
  }
  ReadPermissions(r);
  r.Read(mirror_ + "/workspace.yaml", [this, &r](const FileAnswer& answer) {
    if (answer.missing()) MakeLayout(r, mirror_);
  });
  run->Start([this, session = session_.shared_from_this(),
              done = std::move(done)](const std::string& failure) {
    done(failure);
    if (failure.empty()) Mirror();
  });
}

// The real CLI writes the beginning of a session to where it would be on disk,
// too, and goes on meanwhile.
void SessionFs::Mirror() {
  mirroring_ = true;
  const auto run = Run();
  run->MakeDirectory(mirror_ + "/checkpoints")
      .Write(mirror_ + "/checkpoints/index.md", CheckpointIndexHead());
  Workspace unnamed = session_.workspace;
  unnamed.name.clear();
  WriteWorkspace(*run, mirror_, unnamed);
  ReadSummary(*run, mirror_);
  run->Start([this, session = session_.shared_from_this()](const std::string&) {
    mirroring_ = false;
    if (after_mirror_) std::exchange(after_mirror_, nullptr)();
  });
}

void SessionFs::Resume(Done done) {
  const auto run = Run();
  FileRun& r = *run;
  const std::string missing =
      "Failed to load session events: Session not found: " + session_.id();
  const auto needs = [&r, missing](const FileAnswer& answer) {
    if (!FlagOf(answer.result, "exists")) r.Fail(missing);
  };
  const auto stranger = std::make_shared<bool>(false);
  r.Exists(directory() + "/workspace.yaml", needs)
      .Read(directory() + "/workspace.yaml",
            [this, stranger](const FileAnswer& answer) {
              Workspace read = ReadWorkspace(answer.content(), session_.id());
              *stranger = read.id != session_.id();
              read.id = session_.id();
              session_.workspace = std::move(read);
            })
      .Stat(session_.config.working_directory,
            [this](const FileAnswer& answer) { cwd_exists_ = answer.ok(); })
      .Exists(events_file(), needs)
      .Read(events_file(), [this, &r, missing](const FileAnswer& answer) {
        has_events_ = true;
        if (!session_.log.LoadText(answer.content(), events_file())) {
          r.Fail(missing);
        }
      });
  ReadSettings(r);
  r.Read(directory() + "/workspace.yaml");
  ReadSettings(r);
  r.Then([this, stranger, &r] {
    if (!*stranger) ReadPermissions(r);
  });
  r.Exists(events_file()).Stat(events_file()).Then([this, stranger, &r] {
    if (*stranger) {
      r.Fail("OpenTelemetry preparation belongs to a different session");
    } else {
      r.Read(mirror_ + "/workspace.yaml");
    }
  });
  run->Start([session = session_.shared_from_this(), done = std::move(done)](
                 const std::string& failure) { done(failure); });
}

void SessionFs::Name(std::function<void()> done) {
  if (mirroring_) {
    after_mirror_ = [this, done = std::move(done)] { Name(done); };
    return;
  }
  const auto run = Run();
  const std::string path = directory() + "/workspace.yaml";
  run->Read(path).Read(path);
  WriteWorkspace(*run, directory(), session_.workspace);
  run->Read(path).Start(
      [session = session_.shared_from_this(),
       done = std::move(done)](const std::string&) { done(); });
}

void SessionFs::Save() {
  const auto run = Run();
  run->Read(directory() + "/workspace.yaml");
  WriteWorkspace(*run, directory(), session_.workspace);
  run->Start([session = session_.shared_from_this()](const std::string&) {});
}

void SessionFs::Reopen() {
  const auto run = Run();
  run->Read(directory() + "/workspace.yaml")
      .MakeDirectory(directory() + "/research", kPrivateDirectory);
  ReadSummary(*run, directory());
  run->Start([session = session_.shared_from_this()](const std::string&) {});
}

void SessionFs::Append(std::function<void()> done) {
  Write([this, session = session_.shared_from_this(),
         done = std::move(done)](const std::string& failure) {
    if (failure.empty()) return done();
    if (backoff_ms_ > 0 || session->closed()) return;
    backoff_ms_ = kFirstBackoffMs;
    session_.host.After(kSoonMs, [this, session] { AppendAgain(); });
  });
}

void SessionFs::AppendAgain() {
  Write([this,
         session = session_.shared_from_this()](const std::string& failure) {
    if (session->closed()) return;
    if (failure.empty()) {
      backoff_ms_ = 0;
      return;
    }
    session_.log.Ephemeral(
        "session.error",
        JsonObject()
            .Text("errorType", "persistence")
            .Text("message",
                  "Failed to persist session events: GenericFailure, Failed to "
                  "append to JSONL file " +
                      events_file() + ": " + failure)
            .str());
    const int64_t wait = std::exchange(backoff_ms_, backoff_ms_ * 2);
    session_.host.After(wait, [this, session] { AppendAgain(); });
  });
}

void SessionFs::AppendSoon() {
  if (backoff_ms_ > 0 || std::exchange(append_soon_, true)) return;
  session_.host.After(kSoonMs, [this, session = session_.shared_from_this()] {
    append_soon_ = false;
    if (!session->processing() && backoff_ms_ == 0) Append([] {});
  });
}

void SessionFs::Write(Done done) {
  std::string text = session_.log.TakeUnwritten();
  if (text.empty()) return done("");
  const auto run = Run();
  if (!has_events_) run->Read(events_file());
  run->Append(events_file(), text);
  run->Start([this, session = session_.shared_from_this(),
              text = std::move(text),
              done = std::move(done)](const std::string& failure) mutable {
    has_events_ |= failure.empty();
    if (!failure.empty()) session_.log.PutBack(std::move(text));
    done(failure);
  });
}

void SessionFs::Measure(std::function<void()> done) {
  const auto run = Run();
  run->Exists(events_file(), [](const FileAnswer&) {})
      .Stat(events_file(), [](const FileAnswer&) {})
      .Start([session = session_.shared_from_this(),
              done = std::move(done)](const std::string&) { done(); });
}

void SessionFs::Truncate(
    const std::string& event_id,
    std::function<void(std::optional<int64_t> removed)> done) {
  if (!session_.log.Has(event_id)) return done(std::nullopt);
  const auto run = Run();
  FileRun& r = *run;
  const auto removed = std::make_shared<std::optional<int64_t>>();
  r.Read(events_file(), [this, &r, event_id, removed](const FileAnswer& all) {
    const auto cut = CutEvents(all.content(), event_id);
    if (!cut) return r.Fail("no such event");
    *removed = cut->removed;
    const std::string fresh =
        events_file() + ".tmp." + session_.host.ids().Uuid();
    r.MakeDirectory(directory())
        .Write(fresh, cut->rest)
        .Rename(fresh, events_file())
        .Exists(events_file())
        .Read(events_file(), [this](const FileAnswer& rest) {
          session_.log.Replace(rest.content());
          session_.workspace.summary_count = session_.log.LastCheckpoint();
        });
    r.Read(directory() + "/workspace.yaml").Then([this, &r] {
      DropCheckpoints(r);
      WriteWorkspace(r, directory(), session_.workspace);
      r.Read(directory() + "/workspace.yaml");
    });
  });
  run->Start([session = session_.shared_from_this(), removed,
              done = std::move(done)](const std::string& failure) {
    done(failure.empty() ? *removed : std::nullopt);
  });
}

void SessionFs::DropCheckpoints(FileRun& run) {
  const int last = session_.workspace.summary_count;
  const std::string index = directory() + "/checkpoints/index.md";
  run.Read(index, [this, &run, last, index](const FileAnswer& answer) {
    for (const Checkpoint& each : session_.checkpoints) {
      if (each.number > last) run.Remove(each.path, [](const FileAnswer&) {});
    }
    run.MakeDirectory(directory() + "/checkpoints")
        .Write(index, IndexUpTo(answer.content(), last));
  });
}

Checkpoint SessionFs::WriteCheckpoint(int number, const std::string& title,
                                      const std::string& text) {
  Checkpoint checkpoint = NameCheckpoint(session_.id(), number, title);
  const std::string line = CheckpointIndexLine(checkpoint);
  const std::string checkpoints = directory() + "/checkpoints";
  checkpoint.path = checkpoints + "/" + checkpoint.path;
  const std::string index = checkpoints + "/index.md";
  const auto before = std::make_shared<std::string>();
  const auto run = Run();
  FileRun& r = *run;
  const std::string plan = directory() + "/plan.md";
  r.Read(plan)
      .Read(directory() + "/workspace.yaml")
      .Read(index,
            [before](const FileAnswer& answer) {
              *before = answer.ok() ? answer.content() : CheckpointIndexHead();
            })
      .List(directory() + "/files")
      .Exists(plan)
      .Write(checkpoint.path, text, kPrivateFile)
      .MakeDirectory(checkpoints)
      .Then([this, &r, before, index, line] {
        r.Write(index, *before + line);
        WriteWorkspace(r, directory(), session_.workspace);
      })
      .Start([session = session_.shared_from_this()](const std::string&) {});
  return checkpoint;
}

}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
//
// Operations on files, one after the other.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "fake-cli/files/file_system.h"

namespace copilot::fake_cli {

// Modes of what is only the user's.
inline constexpr int kPrivateDirectory = 0700;
inline constexpr int kPrivateFile = 0600;

class FileRun : public std::enable_shared_from_this<FileRun> {
 public:
  static std::shared_ptr<FileRun> Make(std::shared_ptr<FileSystem> files);

  // What to do. Called by a `take`, they come before what was told already.
  // Without a `take`, whatever goes wrong ends the run, but for a file that is
  // missing where one is read.
  using Take = FileSystem::Take;
  FileRun& Read(const std::string& path, Take take = nullptr);
  FileRun& List(const std::string& path, Take take = nullptr);
  FileRun& Exists(const std::string& path, Take take = nullptr);
  FileRun& Stat(const std::string& path, Take take = nullptr);
  FileRun& Remove(const std::string& path, Take take = nullptr);
  // `mode` 0: as the umask has it.
  FileRun& MakeDirectory(const std::string& path, int mode = 0,
                         Take take = nullptr);
  FileRun& Write(const std::string& path, const std::string& content,
                 int mode = 0, Take take = nullptr);
  FileRun& Append(const std::string& path, const std::string& content,
                  Take take = nullptr);
  FileRun& Rename(const std::string& from, const std::string& to,
                  Take take = nullptr);
  FileRun& RemoveIfThere(const std::string& path);
  FileRun& Then(std::function<void()> action);
  // The next operation does not wait for the last one.
  FileRun& Beside();

  // From within a `take`: the run has failed, and does nothing more but what is
  // told from now on.
  void Fail(std::string failure);

  // Begins. `done` is called in the end; its argument is empty when all went
  // well.
  void Start(std::function<void(const std::string& failure)> done);

 private:
  struct Step {
    std::string operation;  // empty: an action
    nlohmann::ordered_json params;
    Take take;
    std::function<void()> action;
    bool beside = false;
  };

  explicit FileRun(std::shared_ptr<FileSystem> files)
      : files_(std::move(files)) {}
  FileRun& Add(Step step);
  void Next();
  void Answered(const Step& step, const FileAnswer& answer);

  const std::shared_ptr<FileSystem> files_;
  std::deque<Step> steps_;
  std::function<void(const std::string&)> done_;
  bool inserting_ = false;
  size_t inserted_ = 0;
  bool beside_ = false;
  size_t pending_ = 0;
  std::string failure_;
};

}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
#include "fake-cli/files/file_run.h"

#include <utility>

namespace copilot::fake_cli {

std::shared_ptr<FileRun> FileRun::Make(std::shared_ptr<FileSystem> files) {
  return std::shared_ptr<FileRun>(new FileRun(std::move(files)));
}

FileRun& FileRun::Add(Step step) {
  step.beside = std::exchange(beside_, false);
  if (!inserting_) {
    steps_.push_back(std::move(step));
  } else {
    const auto at = steps_.begin() + static_cast<std::ptrdiff_t>(inserted_++);
    steps_.insert(at, std::move(step));
  }
  return *this;
}

FileRun& FileRun::Read(const std::string& path, Take take) {
  return Add({"readFile", {{"path", path}}, std::move(take), nullptr});
}

FileRun& FileRun::List(const std::string& path, Take take) {
  return Add({"readdirWithTypes", {{"path", path}}, std::move(take), nullptr});
}

FileRun& FileRun::Exists(const std::string& path, Take take) {
  return Add({"exists", {{"path", path}}, std::move(take), nullptr});
}

FileRun& FileRun::Stat(const std::string& path, Take take) {
  return Add({"stat", {{"path", path}}, std::move(take), nullptr});
}

FileRun& FileRun::Remove(const std::string& path, Take take) {
  return Add({"rm", {{"path", path}}, std::move(take), nullptr});
}

FileRun& FileRun::MakeDirectory(const std::string& path, int mode, Take take) {
  nlohmann::ordered_json params = {{"path", path}, {"recursive", true}};
  if (mode != 0) params["mode"] = mode;
  return Add({"mkdir", std::move(params), std::move(take), nullptr});
}

FileRun& FileRun::Write(const std::string& path, const std::string& content,
                        int mode, Take take) {
  nlohmann::ordered_json params = {{"path", path}, {"content", content}};
  if (mode != 0) params["mode"] = mode;
  return Add({"writeFile", std::move(params), std::move(take), nullptr});
}

FileRun& FileRun::Append(const std::string& path, const std::string& content,
                         Take take) {
  return Add({"appendFile",
              {{"path", path}, {"content", content}, {"mode", kPrivateFile}},
              std::move(take),
              nullptr});
}

FileRun& FileRun::Rename(const std::string& from, const std::string& to,
                         Take take) {
  return Add(
      {"rename", {{"src", from}, {"dest", to}}, std::move(take), nullptr});
}

FileRun& FileRun::RemoveIfThere(const std::string& path) {
  return Add({"rm",
              {{"path", path}, {"recursive", false}, {"force", true}},
              [](const FileAnswer&) {},
              nullptr});
}

FileRun& FileRun::Then(std::function<void()> action) {
  return Add({"", {}, nullptr, std::move(action)});
}

FileRun& FileRun::Beside() {
  beside_ = true;
  return *this;
}

void FileRun::Fail(std::string failure) {
  failure_ = std::move(failure);
  steps_.clear();
  inserted_ = 0;
}

void FileRun::Start(std::function<void(const std::string&)> done) {
  done_ = std::move(done);
  Next();
}

void FileRun::Next() {
  const auto self = shared_from_this();
  while (pending_ == 0 && !steps_.empty()) {
    do {
      const Step step = std::move(steps_.front());
      steps_.pop_front();
      if (step.operation.empty()) {
        inserting_ = true;
        inserted_ = 0;
        step.action();
        inserting_ = false;
        continue;
      }
      ++pending_;
      files_->Do(step.operation, step.params,
                 [self, step](const FileAnswer& answer) {
                   self->Answered(step, answer);
                 });
    } while (!steps_.empty() && steps_.front().beside);
  }
  if (pending_ == 0 && steps_.empty() && done_) {
    std::exchange(done_, nullptr)(failure_);
  }
}

void FileRun::Answered(const Step& step, const FileAnswer& answer) {
  --pending_;
  const bool reads = step.operation == "readFile" ||
                     step.operation == "readdirWithTypes" ||
                     step.operation == "stat";
  inserting_ = true;
  inserted_ = 0;
  if (step.take) {
    step.take(answer);
  } else if (!answer.ok() && !(reads && answer.missing())) {
    Fail(answer.text());
  }
  inserting_ = false;
  Next();
}

}  // namespace copilot::fake_cli

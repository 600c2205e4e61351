// SPDX-License-Identifier: MIT
#include "fake-cli/files/file_run.h"

#include <gtest/gtest.h>

#include <deque>
#include <utility>
#include <vector>

namespace copilot::fake_cli {
namespace {

using testing::Test;
using Strings = std::vector<std::string>;

// Answers when it is told to.
class SlowFiles : public FileSystem {
 public:
  void Do(std::string_view operation, const nlohmann::ordered_json& params,
          Take take) override {
    asked.push_back(std::string(operation) + " " +
                    params.value("path", params.value("src", "")));
    takes.push_back(std::move(take));
  }
  void Answer(const FileAnswer& answer = {}) {
    const auto take = std::move(takes.front());
    takes.pop_front();
    take(answer);
  }
  Strings asked;
  std::deque<Take> takes;
};

class FileRunTest : public Test {
 protected:
  ~FileRunTest() override { files_->takes.clear(); }  // they hold the run
  void Start() {
    run_->Start([this](const std::string& failure) {
      ended_ = true;
      failure_ = failure;
    });
  }
  const std::shared_ptr<SlowFiles> files_ = std::make_shared<SlowFiles>();
  const std::shared_ptr<FileRun> run_ = FileRun::Make(files_);
  bool ended_ = false;
  std::string failure_;
};

TEST_F(FileRunTest, DoesOneAfterTheOther) {
  run_->MakeDirectory("/d").Write("/d/a", "x").Rename("/d/a", "/d/b");
  Start();
  EXPECT_EQ(files_->asked, Strings{"mkdir /d"});
  files_->Answer();
  files_->Answer();
  EXPECT_EQ(files_->asked,
            (Strings{"mkdir /d", "writeFile /d/a", "rename /d/a"}));
  EXPECT_FALSE(ended_);
  files_->Answer();
  EXPECT_TRUE(ended_);
  EXPECT_EQ(failure_, "");
}

TEST_F(FileRunTest, GoesOnWithoutWaitingForWhatIsBeside) {
  run_->Read("/a").Beside().Read("/b").Read("/c");
  Start();
  EXPECT_EQ(files_->asked, (Strings{"readFile /a", "readFile /b"}));
  files_->Answer();
  EXPECT_EQ(files_->asked.size(), 2u);
  files_->Answer();
  EXPECT_EQ(files_->asked.back(), "readFile /c");
}

TEST_F(FileRunTest, EndsWithTheFirstFailure) {
  run_->MakeDirectory("/d").Write("/d/a", "x");
  Start();
  files_->Answer({nullptr, "EACCES", "denied"});
  EXPECT_TRUE(ended_);
  EXPECT_EQ(failure_, "EACCES: denied");
  EXPECT_EQ(files_->asked.size(), 1u);
}

TEST_F(FileRunTest, ReadsMayMiss) {
  run_->Read("/a").List("/d").Stat("/s");
  Start();
  for (int i = 0; i < 3; ++i) files_->Answer({nullptr, "ENOENT", "not found"});
  EXPECT_TRUE(ended_);
  EXPECT_EQ(failure_, "");
}

TEST_F(FileRunTest, InsertsWhatAnAnswerLeadsTo) {
  run_->Exists(
          "/a",
          [this](const FileAnswer&) { run_->Read("/first").Read("/second"); })
      .Read("/last");
  Start();
  while (!files_->takes.empty()) files_->Answer();
  EXPECT_EQ(files_->asked, (Strings{"exists /a", "readFile /first",
                                    "readFile /second", "readFile /last"}));
}

TEST_F(FileRunTest, CleansUpAfterAFailureOfItsOwn) {
  run_->Rename("/tmp", "/a",
               [this](const FileAnswer& answer) {
                 run_->Fail(answer.text());
                 run_->RemoveIfThere("/tmp");
               })
      .Read("/last");
  Start();
  files_->Answer({nullptr, "EIO", "broken"});
  EXPECT_EQ(files_->asked.back(), "rm /tmp");
  files_->Answer();
  EXPECT_EQ(failure_, "EIO: broken");
  EXPECT_EQ(files_->asked.size(), 2u);
}

}  // namespace
}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
#include "harness/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <future>
#include <memory>
#include <utility>

namespace copilot::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

// A console whose user is the test.
class ConsoleTest : public testing::Test {
 protected:
  ConsoleTest() {
    EXPECT_EQ(pipe(ends_.data()), 0);
    output_ = open_memstream(&text_, &size_);
    console_ = std::make_unique<Console>(ends_[0], output_, false);
  }
  ~ConsoleTest() override {
    console_.reset();
    std::fclose(output_);
    std::free(text_);
    close(ends_[0]);
    if (ends_[1] >= 0) close(ends_[1]);
  }

  void Type(const std::string& text) const {
    EXPECT_EQ(write(ends_[1], text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }
  void EndInput() { close(std::exchange(ends_[1], -1)); }
  std::string Shown() {
    std::fflush(output_);
    return {text_, size_};
  }

  std::array<int, 2> ends_{-1, -1};
  char* text_ = nullptr;
  size_t size_ = 0;
  std::FILE* output_ = nullptr;
  std::unique_ptr<Console> console_;
  AbortController abort_;
};

const Json kApproved = {{"kind", "approve-once"}};

TEST_F(ConsoleTest, LinesComeOneByOne) {
  Type("one\r\ntwo\nthr");
  EXPECT_EQ(console_->Ask("> ", abort_), "one");
  EXPECT_EQ(console_->Ask("> ", abort_), "two");
  Type("ee");
  EndInput();
  EXPECT_EQ(console_->Ask("> ", abort_), "three");
  EXPECT_EQ(console_->Ask("> ", abort_), std::nullopt);
  EXPECT_EQ(Shown(), "> > > > ");
}

TEST_F(ConsoleTest, AnAbortEndsTheWait) {
  std::array<int, 2> shown{-1, -1};
  ASSERT_EQ(pipe(shown.data()), 0);
  std::FILE* const output = fdopen(shown[1], "w");
  Console console(ends_[0], output, false);
  auto line =
      std::async(std::launch::async, [&] { return console.Ask("> ", abort_); });
  char prompt = 0;
  ASSERT_EQ(read(shown[0], &prompt, 1), 1);  // it is asking
  abort_.Abort();
  EXPECT_EQ(line.get(), std::nullopt);
  Type("late\n");
  EXPECT_EQ(console.Ask("> ", abort_), std::nullopt);
  std::fclose(output);
  close(shown[0]);
}

TEST_F(ConsoleTest, AQuestionIsAskedAgainUntilItIsAnswered) {
  const UserInputRequest request{"Which?", {"Red", "Blue"}, false};
  Type("green\n3\n 02 \n");
  EXPECT_EQ(console_->AskUser(request, abort_), " 02 ");
  EXPECT_THAT(Shown(), HasSubstr("Which?\n  1. Red\n  2. Blue\n? expected 1 "
                                 "to 2 or one of the texts\n? expected"));
}

TEST_F(ConsoleTest, FreeTextAndAnEmptyLineAreAnswers) {
  Type("green\n\n");
  EXPECT_EQ(console_->AskUser({"Which?", {"Red"}, true}, abort_), "green");
  EXPECT_EQ(console_->AskUser({"Which?", {"Red"}, false}, abort_), "");
  EndInput();
  EXPECT_EQ(console_->AskUser({"Which?", {}, true}, abort_), std::nullopt);
}

TEST_F(ConsoleTest, OnlyAClearYesIsAPermission) {
  const Json request = {{"kind", "shell"}, {"fullCommandText", "rm -r x"}};
  for (const char* no : {"\n", "n\n", "no\n", "ja\n", "yes please\n"}) {
    Type(no);
    EXPECT_EQ(console_->AskPermission(request, abort_)["kind"], "reject") << no;
  }
  for (const char* yes : {"y\n", " Yes \n"}) {
    Type(yes);
    EXPECT_EQ(console_->AskPermission(request, abort_), kApproved) << yes;
  }
  EXPECT_THAT(Shown(), HasSubstr("fullCommandText: rm -r x"));
  EndInput();
  EXPECT_EQ(console_->AskPermission(request, abort_)["kind"], "reject");
}

TEST_F(ConsoleTest, AlwaysIsForOneKind) {
  Type("a\nn\n");
  EXPECT_EQ(console_->AskPermission({{"kind", "read"}}, abort_), kApproved);
  EXPECT_EQ(console_->AskPermission({{"kind", "write"}}, abort_)["kind"],
            "reject");
  EndInput();
  EXPECT_EQ(console_->AskPermission({{"kind", "read"}}, abort_), kApproved);
}

TEST_F(ConsoleTest, NothingThatATerminalObeysIsShown) {
  console_->Print("a\x1b[2J");
  Type("\n");
  (void)console_->AskPermission(
      {{"kind", "shell"}, {"fullCommandText", "x\x1b]0;y\x07"}}, abort_);
  EXPECT_THAT(Shown(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace copilot::harness

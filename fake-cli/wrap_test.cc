// SPDX-License-Identifier: MIT
#include "fake-cli/wrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "fake-cli/scratch_directory.h"

namespace copilot::fake_cli {
namespace {

using ::testing::StartsWith;

class WrapTest : public testing::Test {
 protected:
  // A program that writes its arguments, one per line, into the file "args".
  std::string Program(const std::string& name) {
    const std::string path = scratch_.Write(
        name, "#!/bin/sh\nfor a in \"$@\"; do echo \"$a\"; done > '" +
                  scratch_.File("args") + "'\n");
    chmod(path.c_str(), 0755);
    return path;
  }

  std::string ArgumentsOf(const WrapOptions& options, const std::string& more) {
    const auto done = Wrap(options);
    EXPECT_TRUE(done) << done.error();
    EXPECT_EQ(system(("'" + options.out + "' " + more).c_str()), 0);
    return ReadWhole(scratch_.File("args"));
  }

  ScratchDirectory scratch_;
  const std::string out_ = scratch_.File("copilot");
};

TEST_F(WrapTest, TheProgramGetsScriptJournalAndTheCallersArguments) {
  EXPECT_EQ(ArgumentsOf({Program("fake"), out_, "/s.json", "/j.jsonl"},
                        "--headless 'a b'"),
            "--script\n/s.json\n--journal\n/j.jsonl\n--headless\na b\n");
}

TEST_F(WrapTest, TheProgramSpeaksAsTheReleaseThatIsAskedFor) {
  EXPECT_EQ(
      ArgumentsOf({Program("fake"), out_, "", "", "1.0.48"}, "--headless"),
      "--emulate\n1.0.48\n--headless\n");
}

TEST_F(WrapTest, WithoutScriptAndJournalOnlyTheCallersArgumentsRemain) {
  EXPECT_EQ(ArgumentsOf({Program("fake"), out_, "", ""}, "--stdio"),
            "--stdio\n");
}

TEST_F(WrapTest, PathsMayHoldQuotesAndSpaces) {
  EXPECT_EQ(
      ArgumentsOf({Program("my fake's"), out_, "/it's a $HOME.json", ""}, ""),
      "--script\n/it's a $HOME.json\n");
}

TEST_F(WrapTest, RelativePathsAreMadeAbsolute) {
  const std::string here = std::filesystem::current_path();
  EXPECT_EQ(ArgumentsOf({Program("fake"), out_, "x/../s.json", ""}, ""),
            "--script\n" + here + "/s.json\n");
}

TEST_F(WrapTest, AnExistingFileIsReplaced) {
  scratch_.Write("copilot", std::string(4096, '#'));
  EXPECT_EQ(ArgumentsOf({Program("fake"), out_, "", ""}, "x"), "x\n");
}

TEST_F(WrapTest, AnUnwritablePlaceIsNamed) {
  const std::string out = scratch_.File("no/such/copilot");
  const auto done = Wrap({"/bin/true", out, "", ""});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error(), StartsWith("cannot write " + out + ": "));
}

}  // namespace
}  // namespace copilot::fake_cli

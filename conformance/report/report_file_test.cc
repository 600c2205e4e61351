// SPDX-License-Identifier: MIT
#include "conformance/report/report_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "conformance/report/test_verdicts.h"
#include "conformance/stage/sandbox.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

TEST(ReportFile, IsFormatAndPath) {
  const Sandbox sandbox;
  const auto file = ReportFile::Parse("junit=" + sandbox.temp() + "/a=b.xml");
  ASSERT_TRUE(file.has_value()) << file.error();
  EXPECT_EQ(file->format, "junit");
  EXPECT_EQ(file->path, sandbox.temp() + "/a=b.xml");
}

TEST(ReportFile, SaysWhatIsWrongWithIt) {
  const Sandbox sandbox;
  const std::pair<std::string, const char*> rows[] = {
      {"junit", "expected FORMAT=FILE"},
      {"junit=", "expected FORMAT=FILE"},
      {"", "expected FORMAT=FILE"},
      {"xls=x.xls", "unknown format \"xls\", expected one of junit, json, "},
      {"json=/no/such/directory/x.json",
       "cannot write /no/such/directory/x.json: No such file or directory"},
      {"json=" + sandbox.temp(), "cannot write"},
  };
  for (const auto& [text, message] : rows) {
    const auto file = ReportFile::Parse(text);
    ASSERT_FALSE(file.has_value()) << text;
    EXPECT_THAT(file.error(), HasSubstr("--report " + text + ": "));
    EXPECT_THAT(file.error(), HasSubstr(message));
  }
}

TEST(ReportFile, IsWrittenAsAWhole) {
  const Sandbox sandbox;
  const ReportFile file{"json", sandbox.temp() + "/report.json"};
  ASSERT_TRUE(file.Write({OneOfEach(), 1, 0, {}, {}}).has_value());
  EXPECT_EQ(Json::parse(ReadFile(file.path))["scenarios"].size(), 4u);
  EXPECT_FALSE(std::filesystem::exists(file.path + ".tmp"));
}

TEST(ReportFile, SaysThatItCannotBeWritten) {
  const ReportFile file{"json", "/no/such/directory/report.json"};
  const auto written = file.Write({});
  ASSERT_FALSE(written.has_value());
  EXPECT_THAT(written.error(), HasSubstr("/no/such/directory/report.json"));
}

}  // namespace
}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
//
// Whatever people write wrong, copilot-conformance names the file and the
// place, and ends with exit code 2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "conformance/stage/sandbox.h"
#include "conformance/test_program.h"

namespace copilot::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

constexpr char kContract[] = R"([{
  "id": "AUTH-09", "area": "area", "level": "core", "text": "It is so.",
  "source": "harness behaviour"}])";

// Sound, until a row changes it.
Json Base(const std::string& target) {
  Json base = {{"id", "area/name"},
               {"title", "A title"},
               {"contract", {"AUTH-09"}},
               {"target", target},
               {"given", Json::object()}};
  if (target == "cli") {
    base["when"] = {{{"call", "ping"}, {"params", Json::object()}}};
    base["then"] = {{{"result", "ping"}}};
  } else {
    base["requires"] = {"attempt"};
    base["when"] = {{{"attempt", Json::object()}, {"as", "first"}}};
    base["then"] = {{{"result", "first"}}};
  }
  return base;
}

Json Rows(const std::string& name) {
  const std::string file = std::string(BAD_INPUT_DIRECTORY) + "/" + name;
  Json rows = Json::parse(ReadFile(file), nullptr, false);
  EXPECT_TRUE(rows.is_array()) << file;
  return rows;
}

std::string TextOf(const Json& row) {
  if (row.contains("patch")) {
    return Base(row.value("base", "harness")).patch(row["patch"]).dump(2);
  }
  std::string text;
  for (int i = 0; i < row.value("times", 1); ++i) {
    text += row["text"].get<std::string>();
  }
  return text;
}

class BadInput : public ::testing::Test {
 protected:
  BadInput() { sandbox_.Write(directory_ + "/contract.json", kContract); }

  Ran Suite(const std::string& arguments) {
    return Shell(std::string(COPILOT_CONFORMANCE) + " --scenarios " +
                 directory_ + " " + arguments);
  }

  Ran Check(const std::string& text) {
    sandbox_.Write(file_, text);
    return Suite("check " + file_);
  }

  // Each row of a table as a file that the suite is given as `arguments` say,
  // with the file's name after them.
  void ExpectRefused(const std::string& table, const std::string& arguments) {
    sandbox_.Write(file_, Base("harness").dump());
    const std::string file = sandbox_.temp() + "/" + table;
    for (const Json& row : Rows(table)) {
      SCOPED_TRACE(row["why"].get<std::string>());
      sandbox_.Write(file, TextOf(row));
      const Ran ran = Suite(arguments + " " + file);
      EXPECT_EQ(ran.code, 2) << ran.output;
      EXPECT_THAT(ran.output, HasSubstr(file));
      ExpectSaid(row, ran);
    }
  }

  static void ExpectSaid(const Json& row, const Ran& ran) {
    for (const Json& part : row["says"]) {
      EXPECT_THAT(ran.output, HasSubstr(part.get<std::string>()));
    }
  }

  Sandbox sandbox_;
  const std::string directory_ = sandbox_.workspace();
  const std::string file_ = directory_ + "/area/name.json";
};

TEST_F(BadInput, WhatTheRowsChangeIsSound) {
  for (const char* target : {"harness", "cli"}) {
    const Ran ran = Check(Base(target).dump());
    EXPECT_EQ(ran.code, 0) << ran.output;
  }
}

TEST_F(BadInput, AScenarioThatIsWrongIsRefusedWithThePlace) {
  const Json rows = Rows("scenarios.json");
  EXPECT_GE(rows.size(), 150u);
  for (const Json& row : rows) {
    SCOPED_TRACE(row["why"].get<std::string>());
    const Ran ran = Check(TextOf(row));
    EXPECT_EQ(ran.code, 2) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr(file_));
    ExpectSaid(row, ran);
  }
}

TEST_F(BadInput, ExpectationsThatAreWrongAreRefusedWithThePlace) {
  ExpectRefused("expectations.json", "run --expectations");
}

TEST_F(BadInput, AReportThatIsWrongIsRefusedWithThePlace) {
  ExpectRefused("reports.json", "merge");
}

// A program that says these lines, the first when it hears something, and ends.
TEST_F(BadInput, AnAdapterThatLeavesTheProtocolIsToldWithWhichLine) {
  const std::string script = sandbox_.temp() + "/adapter.sh";
  for (const Json& row : Rows("adapters.json")) {
    SCOPED_TRACE(row["why"].get<std::string>());
    std::string text = "read request\n";
    for (const Json& line : row["adapter"]) {
      text += "cat <<'END'\n" + line.get<std::string>() + "\nEND\n";
    }
    sandbox_.Write(script, text);
    const Ran ran = Suite("adapter check -- sh " + script);
    EXPECT_EQ(ran.code, row["code"]) << ran.output;
    ExpectSaid(row, ran);
  }
}

}  // namespace
}  // namespace copilot::conformance

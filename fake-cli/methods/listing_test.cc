// SPDX-License-Identifier: MIT
#include "fake-cli/methods/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "fake-cli/scratch_directory.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const std::vector<KnownMethod> kSome = {{"a.full", Depth::kFull},
                                        {"b.stub", Depth::kStub}};

Depth DepthOf(const std::vector<KnownMethod>& methods,
              const std::string& name) {
  for (const KnownMethod& method : methods) {
    if (method.name == name) return method.depth;
  }
  ADD_FAILURE() << name << " is not listed";
  return Depth::kAbsent;
}

TEST(ListMethods, TellsHowFarTheFakeGoes) {
  const auto methods = ListMethods({});
  EXPECT_EQ(DepthOf(methods, "session.create"), Depth::kFull);
  EXPECT_EQ(DepthOf(methods, "session.send"), Depth::kScripted);
  EXPECT_EQ(DepthOf(methods, "models.list"), Depth::kScripted);
  EXPECT_EQ(DepthOf(methods, "skills.discover"), Depth::kStub);
  for (const KnownMethod& method : methods) {
    EXPECT_NE(method.depth, Depth::kAbsent) << method.name;
  }
}

TEST(ListMethods, WhatOnlyTheSchemasNameIsAbsentAndInItsPlace) {
  const auto methods = ListMethods({"session.create", "session.csail"});
  EXPECT_EQ(methods.size(), KnownMethods().size() + 1);
  EXPECT_EQ(DepthOf(methods, "session.csail"), Depth::kAbsent);
  EXPECT_TRUE(std::is_sorted(
      methods.begin(), methods.end(),
      [](const auto& a, const auto& b) { return a.name < b.name; }));
}

TEST(PublishedMethods, AreThoseThatClientsMayCall) {
  const ScratchDirectory directory;
  std::ofstream(directory.path() + "/api.schema.json") << R"({
    "server": {"ping": {"rpcMethod": "ping"},
               "a": {"b": {"rpcMethod": "a.b"}}},
    "session": {"send": {"rpcMethod": "session.send"}},
    "clientGlobal": {"hooks": {"invoke": {"rpcMethod": "hooks.invoke"}}}})";
  const auto methods = PublishedMethods(directory.path());
  ASSERT_TRUE(methods) << methods.error();
  EXPECT_THAT(*methods, UnorderedElementsAre("ping", "a.b", "session.send"));
}

TEST(PublishedMethods, AMissingOrStrangeFileIsNamed) {
  const ScratchDirectory directory;
  EXPECT_THAT(PublishedMethods(directory.path()).error(),
              HasSubstr("api.schema.json"));
  std::ofstream(directory.path() + "/api.schema.json") << "{}";
  EXPECT_THAT(PublishedMethods(directory.path()).error(),
              HasSubstr("names no methods"));
}

TEST(MethodTableText, EndsWithItsCounts) {
  EXPECT_EQ(MethodTableText(kSome, false),
            "full      a.full\nstub      b.stub\n"
            "2 methods, 1 full, 0 scripted, 1 stub, 0 absent\n");
  EXPECT_THAT(MethodTableText(kSome, true),
              HasSubstr("\x1b[33mstub    \x1b[0m  b.stub\n"));
}

TEST(MethodLines, AreTabSeparated) {
  EXPECT_EQ(MethodLines(kSome), "full\ta.full\nstub\tb.stub\n");
}

TEST(MethodsJson, HasMethodsAndCounts) {
  const Json document = Json::parse(MethodsJson(kSome));
  EXPECT_EQ(document["methods"][1],
            Json({{"name", "b.stub"}, {"depth", "stub"}}));
  EXPECT_EQ(document["counts"],
            Json({{"full", 1}, {"scripted", 0}, {"stub", 1}, {"absent", 0}}));
}

}  // namespace
}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
#include "harness/binding_store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace copilot::harness {
namespace {

class BindingStoreTest : public testing::Test {
 protected:
  BindingStoreTest() {
    std::string pattern = testing::TempDir() + "/bindings-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ + "/deep/sessions.json";
  }
  ~BindingStoreTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::shared_ptr<BindingStore> Store() {
    return MakeFileBindingStore(path_, [this] { return now_; });
  }
  std::optional<StoredBinding> Lookup(const std::string& id = "session-1") {
    const auto found = Store()->Lookup(id);
    EXPECT_TRUE(found.has_value());
    return found ? *found : std::nullopt;
  }
  void Write(const Json& record) {
    std::filesystem::create_directories(directory_ + "/deep");
    std::ofstream(path_) << Json{{"session-1", record}}.dump();
  }
  Json Record() const {
    return {{"schemaVersion", 2},        {"sdkSessionId", "sdk-1"},
            {"compatKey", "k"},          {"compactKey", "c"},
            {"authMode", "gitHubToken"}, {"authProfileId", "p"},
            {"authProfileVersion", "v"}, {"updatedAt", now_}};
  }

  int64_t now_ = 1700000000000;
  std::string directory_;
  std::string path_;
};

const StoredBinding kBinding = {"sdk-1", "k", "c", AuthMode::kGitHubToken,
                                "p",     "v"};

TEST_F(BindingStoreTest, WhatIsRegisteredSurvivesTheProcess) {
  ASSERT_TRUE(Store()->Register("session-1", kBinding).has_value());
  const auto found = Lookup();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->sdk_session_id, "sdk-1");
  EXPECT_EQ(found->compat_key, "k");
  EXPECT_EQ(found->auth_profile_version, "v");
  EXPECT_FALSE(Lookup("other").has_value());
}

TEST_F(BindingStoreTest, TheRecordHasSchema2) {
  ASSERT_TRUE(Store()->Register("session-1", kBinding).has_value());
  std::ifstream in(path_);
  EXPECT_EQ(Json::parse(in)["session-1"], Record());
}

TEST_F(BindingStoreTest, TheLoggedInUserHasNoProfile) {
  StoredBinding binding = kBinding;
  binding.auth_mode = AuthMode::kUseLoggedInUser;
  ASSERT_TRUE(Store()->Register("session-1", binding).has_value());
  std::ifstream in(path_);
  EXPECT_FALSE(Json::parse(in)["session-1"].contains("authProfileId"));
  EXPECT_TRUE(Lookup().has_value());
}

TEST_F(BindingStoreTest, Schema1IsStillRead) {
  Write({{"schemaVersion", 1},
         {"sdkSessionId", "old"},
         {"compatKey", "k"},
         {"updatedAt", now_}});
  ASSERT_TRUE(Lookup().has_value());
  EXPECT_EQ(Lookup()->sdk_session_id, "old");
}

TEST_F(BindingStoreTest, ARecordThatDoesNotHoldTogetherIsAbsent) {
  for (const auto& [member, value] :
       std::map<std::string, Json>{{"sdkSessionId", "  "},
                                   {"compatKey", ""},
                                   {"authMode", "magic"},
                                   {"authProfileId", ""},
                                   {"authProfileVersion", nullptr},
                                   {"schemaVersion", 3},
                                   {"updatedAt", "yesterday"}}) {
    Json record = Record();
    record[member] = value;
    Write(record);
    EXPECT_FALSE(Lookup().has_value()) << member;
  }
  Write(Record());
  EXPECT_TRUE(Lookup().has_value());
}

TEST_F(BindingStoreTest, ARecordIsForgottenAfter90Days) {
  ASSERT_TRUE(Store()->Register("session-1", kBinding).has_value());
  now_ += kBindingTtlMs;
  EXPECT_TRUE(Lookup().has_value());
  now_ += 1;
  EXPECT_FALSE(Lookup().has_value());
}

TEST_F(BindingStoreTest, DeletingForgetsOneRecord) {
  ASSERT_TRUE(Store()->Register("session-1", kBinding).has_value());
  ASSERT_TRUE(Store()->Register("session-2", kBinding).has_value());
  ASSERT_TRUE(Store()->Delete("session-1").has_value());
  ASSERT_TRUE(Store()->Delete("nobody").has_value());
  EXPECT_FALSE(Lookup().has_value());
  EXPECT_TRUE(Lookup("session-2").has_value());
}

TEST_F(BindingStoreTest, AFileThatIsNoJsonIsRepairedByTheNextWrite) {
  std::filesystem::create_directories(directory_ + "/deep");
  std::ofstream(path_) << "{ broken";
  EXPECT_FALSE(Lookup().has_value());
  ASSERT_TRUE(Store()->Register("session-1", kBinding).has_value());
  EXPECT_TRUE(Lookup().has_value());
}

TEST_F(BindingStoreTest, AFileThatCannotBeWrittenIsAnError) {
  std::ofstream(directory_ + "/deep") << "in the way";
  const Status written = Store()->Register("session-1", kBinding);
  ASSERT_FALSE(written.has_value());
  EXPECT_NE(written.error().message.find(path_), std::string::npos);
}

TEST_F(BindingStoreTest, TheOldestGoWhenThereAreTooMany) {
  Json all = Json::object();
  for (size_t i = 0; i < kMostBindings; ++i) {
    Json record = Record();
    record["updatedAt"] = now_ - (i == 7 ? 1000 : 10);
    all["s" + std::to_string(i)] = record;
  }
  std::filesystem::create_directories(directory_ + "/deep");
  std::ofstream(path_) << all.dump();
  ASSERT_TRUE(Store()->Register("session-1", kBinding).has_value());
  EXPECT_FALSE(Lookup("s7").has_value());
  EXPECT_TRUE(Lookup("s8").has_value());
  EXPECT_TRUE(Lookup().has_value());
}

}  // namespace
}  // namespace copilot::harness

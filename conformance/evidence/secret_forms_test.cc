// SPDX-License-Identifier: MIT
#include "conformance/evidence/secret_forms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace copilot::conformance {
namespace {

using testing::IsEmpty;

// How `content` gives the secret away; "no" when it does not.
std::string Found(const std::string& secret, const std::string& content) {
  for (const SecretForm& form : FormsOf(secret)) {
    if (content.find(form.text) != std::string::npos) return form.how;
  }
  return "no";
}

TEST(SecretFormsTest, AsItIs) {
  EXPECT_EQ(Found("tok-a", "Bearer tok-a."), "");
  EXPECT_EQ(Found("tok-a", "tok-b"), "no");
  EXPECT_THAT(FormsOf(""), IsEmpty());
}

TEST(SecretFormsTest, QuotedForJson) {
  EXPECT_EQ(Found(R"(tok-"a\)", R"({"token":"tok-\"a\\"})"),
            "quoted for JSON ");
  // A document inside of a string.
  EXPECT_EQ(Found(R"(tok-"a)", R"({"body":"{\"token\":\"tok-\\\"a\"}"})"),
            "quoted for JSON ");
  EXPECT_EQ(Found("tok-\xc3\xa4", R"({"token":"tok-\u00e4"})"),
            "quoted for JSON ");
}

TEST(SecretFormsTest, EncodedForUrls) {
  EXPECT_EQ(Found("tok a/b", "?token=tok%20a%2Fb&x"), "encoded for URLs ");
  EXPECT_EQ(Found("tok a/b", "?token=tok%20a%2fb&x"), "encoded for URLs ");
}

TEST(SecretFormsTest, InBase64WhereverItBegins) {
  // Of "tok-secret1", "x:tok-secret1!" and "u:x:tok-secret1".
  EXPECT_EQ(Found("tok-secret1", "dG9rLXNlY3JldDE="), "in base64 ");
  EXPECT_EQ(Found("tok-secret1", "eDp0b2stc2VjcmV0MSE="), "in base64 ");
  EXPECT_EQ(Found("tok-secret1", "dTp4OnRvay1zZWNyZXQx"), "in base64 ");
  EXPECT_EQ(Found("tok-sekret1", "dG9rLXNlY3JldDE="), "no");
  // Of "tok>?>?>?>?", in the alphabet for URLs.
  EXPECT_EQ(Found("tok>?>?>?>?", "dG9rPj8-Pz4_Pj8"), "in base64 ");
}

}  // namespace
}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
#include "harness/byok/url.h"

#include <gtest/gtest.h>

namespace copilot::harness {
namespace {

TEST(UrlTest, HasParts) {
  const auto url = ParseUrl("https://API.example.com:8443/v1/x?a=1&b#top");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "api.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/v1/x");
  EXPECT_EQ(url->query, "?a=1&b");
  EXPECT_EQ(url->origin(), "https://api.example.com:8443");
  EXPECT_FALSE(url->has_credentials);
}

TEST(UrlTest, ImpliesPortAndPath) {
  const auto url = ParseUrl("https://api.example.com");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->path, "/");
  EXPECT_EQ(url->query, "");
  EXPECT_EQ(url->origin(), "https://api.example.com");
}

TEST(UrlTest, ResolvesDots) {
  EXPECT_EQ(ParseUrl("https://h/a/./b/../c")->path, "/a/c");
  EXPECT_EQ(ParseUrl("https://h/a/..")->path, "/");
  EXPECT_EQ(ParseUrl("https://h/a/%2e%2E/b")->path, "/b");
  EXPECT_EQ(ParseUrl("https://h/../../b/")->path, "/b/");
  EXPECT_EQ(ParseUrl("https://h/a//b")->path, "/a//b");
}

TEST(UrlTest, KeepsAnIpv6HostInBrackets) {
  const auto url = ParseUrl("https://[2606:4700:0::1111]:444/v1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "[2606:4700::1111]");
  EXPECT_EQ(url->bare_host(), "2606:4700::1111");
  EXPECT_EQ(url->origin(), "https://[2606:4700::1111]:444");
}

TEST(UrlTest, ResolvesReferences) {
  const Url base = *ParseUrl("https://api.example.com/v1/chat?x=1");
  const auto resolved = [&](const char* reference) {
    const auto url = ResolveUrl(base, reference);
    return url ? url->origin() + url->path + url->query : "none";
  };
  EXPECT_EQ(resolved("/v2"), "https://api.example.com/v2");
  EXPECT_EQ(resolved("other?y=2"), "https://api.example.com/v1/other?y=2");
  EXPECT_EQ(resolved("../up"), "https://api.example.com/up");
  EXPECT_EQ(resolved("?z"), "https://api.example.com/v1/chat?z");
  EXPECT_EQ(resolved("//other.example/x"), "https://other.example/x");
  EXPECT_EQ(resolved("http://10.0.0.1/"), "http://10.0.0.1/");
  EXPECT_EQ(resolved("https://[bad"), "none");
}

}  // namespace
}  // namespace copilot::harness

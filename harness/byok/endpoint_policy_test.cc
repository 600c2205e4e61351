// SPDX-License-Identifier: MIT
#include "harness/byok/endpoint_policy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace copilot::harness {
namespace {

enum Verdict { kAllowed, kBlocked, kNoUrl };

struct Case {
  const char* url;
  Verdict verdict;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.url; }

Verdict Judge(const char* text) {
  const auto url = ParseUrl(text);
  if (!url) return kNoUrl;
  return IsAllowedEndpoint(*url) ? kAllowed : kBlocked;
}

class EndpointTest : public testing::TestWithParam<Case> {};

TEST_P(EndpointTest, IsJudged) {
  EXPECT_EQ(Judge(GetParam().url), GetParam().verdict) << GetParam().url;
}

constexpr Case kOrdinary[] = {
    {"https://api.openai.com/v1", kAllowed},
    {"https://api.openai.com", kAllowed},
    {"https://api.openai.com:8443/v1/", kAllowed},
    {"HTTPS://API.EXAMPLE.COM/v1", kAllowed},
    {"  https://api.example.com/v1  ", kAllowed},
    {"https://example.azure.com/openai/v1?api-version=2024-10-21", kAllowed},
    {"https://xn--bcher-kva.example/v1", kAllowed},
    {"https://local.example.com/", kAllowed},
    {"https://internal.example.com/", kAllowed},
    {"https://localhost.example.com/", kAllowed},
    {"https://mylocalhost/", kAllowed},
    {"https://metadata.example.com/", kAllowed},
    {"https://127.0.0.1.example.com/", kAllowed},
    {"https://8.8.8.8/v1", kAllowed},
    {"https://1.1.1.1/", kAllowed},
    {"https://172.15.255.255/", kAllowed},
    {"https://172.32.0.0/", kAllowed},
    {"https://100.63.255.255/", kAllowed},
    {"https://100.128.0.0/", kAllowed},
    {"https://198.17.255.255/", kAllowed},
    {"https://198.20.0.0/", kAllowed},
    {"https://223.255.255.255/", kAllowed},
    {"https://11.0.0.0/", kAllowed},
    {"https://192.167.255.255/", kAllowed},
    {"https://192.169.0.0/", kAllowed},
    {"https://169.253.255.255/", kAllowed},
    {"https://[2606:4700:4700::1111]/v1", kAllowed},
    {"https://[2a00:1450:4001:830::200e]/", kAllowed},
    {"https://[64:ff9b::8.8.8.8]/", kAllowed},
    {"https://[2002:0808:0808::1]/", kAllowed},
};
INSTANTIATE_TEST_SUITE_P(Ordinary, EndpointTest, testing::ValuesIn(kOrdinary));

constexpr Case kSchemes[] = {
    {"http://api.example.com/v1", kBlocked},
    {"HTTP://api.example.com/v1", kBlocked},
    {"ftp://api.example.com/", kBlocked},
    {"ws://api.example.com/", kBlocked},
    {"file://api.example.com/etc/passwd", kBlocked},
    {"gopher://api.example.com/", kBlocked},
    {"api.example.com/v1", kNoUrl},
    {"//api.example.com/v1", kNoUrl},
    {"/v1", kNoUrl},
    {"https://", kNoUrl},
    {"https:///", kNoUrl},
    {"", kNoUrl},
    {"https", kNoUrl},
    {"://api.example.com", kNoUrl},
    {"1ttps://api.example.com", kNoUrl},
};
INSTANTIATE_TEST_SUITE_P(Schemes, EndpointTest, testing::ValuesIn(kSchemes));

constexpr Case kNames[] = {
    {"https://localhost/v1", kBlocked},
    {"https://LOCALHOST/v1", kBlocked},
    {"https://localhost./v1", kBlocked},
    {"https://localhost../v1", kBlocked},
    {"https://localhost:8443/v1", kBlocked},
    {"https://%6Cocalhost/v1", kBlocked},
    {"https://local%68ost%2e/v1", kBlocked},
    {"https:localhost/v1", kBlocked},
    {"https:/localhost/v1", kBlocked},
    {"https:////localhost/v1", kBlocked},
    {"https:\\\\localhost\\v1", kBlocked},
    {"https://local\thost/v1", kBlocked},
    {"https://local\nhost/v1", kBlocked},
    {"https://api.localhost/", kBlocked},
    {"https://localhost.localdomain/", kBlocked},
    {"https://printer.local/", kBlocked},
    {"https://printer.local./", kBlocked},
    {"https://vault.internal/", kBlocked},
    {"https://metadata.google.internal/computeMetadata/v1/", kBlocked},
    {"https://METADATA.google.internal./", kBlocked},
    {"https://metadata/", kBlocked},
    {"https://local\xC2\xADhost/", kNoUrl},
    {"https://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1/", kNoUrl},
    {"https://127\xE3\x80\x82"
     "0.0.1/",
     kNoUrl},
    {"https://b\xC3\xBC"
     "cher.example/",
     kNoUrl},
    {"https://exa mple.com/", kNoUrl},
    {"https://exa<mple.com/", kNoUrl},
    {"https://exa%00mple.com/", kNoUrl},
    {"https://exa%2Fmple.com/", kNoUrl},
    {"https://./", kNoUrl},
    {"https://example.com:99999/", kNoUrl},
    {"https://example.com:http/", kNoUrl},
    {"https://example.com:-1/", kNoUrl},
};
INSTANTIATE_TEST_SUITE_P(Names, EndpointTest, testing::ValuesIn(kNames));

constexpr Case kIpv4[] = {
    {"https://127.0.0.1/v1", kBlocked},
    {"https://127.0.0.1./v1", kBlocked},
    {"https://127.255.255.254/", kBlocked},
    {"https://127.1/", kBlocked},
    {"https://127.0.1/", kBlocked},
    {"https://2130706433/", kBlocked},
    {"https://0x7f000001/", kBlocked},
    {"https://0X7F.0.0.1/", kBlocked},
    {"https://0x7f.1/", kBlocked},
    {"https://017700000001/", kBlocked},
    {"https://0177.0.0.1/", kBlocked},
    {"https://0177.0.0.01/", kBlocked},
    {"https://127.0x0.00.1/", kBlocked},
    {"https://%31%32%37.0.0.1/", kBlocked},
    {"https://0/", kBlocked},
    {"https://0.0.0.0/", kBlocked},
    {"https://0.1.2.3/", kBlocked},
    {"https://0x0/", kBlocked},
    {"https://10.0.0.1/", kBlocked},
    {"https://10.255.255.255/", kBlocked},
    {"https://167772161/", kBlocked},
    {"https://012.0.0.1/", kBlocked},
    {"https://172.16.0.1/", kBlocked},
    {"https://172.31.255.255/", kBlocked},
    {"https://192.168.0.1/", kBlocked},
    {"https://0xC0A80001/", kBlocked},
    {"https://192.168.257/", kBlocked},
    {"https://169.254.169.254/latest/meta-data/", kBlocked},
    {"https://2852039166/latest/", kBlocked},
    {"https://0xa9fea9fe/", kBlocked},
    {"https://0251.0376.0251.0376/", kBlocked},
    {"https://100.64.0.1/", kBlocked},
    {"https://100.100.100.200/", kBlocked},
    {"https://100.127.255.255/", kBlocked},
    {"https://192.0.0.192/", kBlocked},
    {"https://192.0.2.1/", kBlocked},
    {"https://192.88.99.1/", kBlocked},
    {"https://198.18.0.1/", kBlocked},
    {"https://198.19.255.255/", kBlocked},
    {"https://198.51.100.1/", kBlocked},
    {"https://203.0.113.1/", kBlocked},
    {"https://224.0.0.1/", kBlocked},
    {"https://239.255.255.250/", kBlocked},
    {"https://240.0.0.1/", kBlocked},
    {"https://255.255.255.255/", kBlocked},
    {"https://4294967295/", kBlocked},
    {"https://134744072/", kAllowed},  // 8.8.8.8
    {"https://0x8.8.8.010/", kAllowed},
    {"https://256.0.0.1/", kNoUrl},
    {"https://127.0.0.256/", kNoUrl},
    {"https://4294967296/", kNoUrl},
    {"https://1.2.3.4.5/", kNoUrl},
    {"https://127..1/", kNoUrl},
    {"https://08.0.0.1/", kNoUrl},
    {"https://example.1/", kNoUrl},
    {"https://example.0x1/", kNoUrl},
};
INSTANTIATE_TEST_SUITE_P(Ipv4, EndpointTest, testing::ValuesIn(kIpv4));

constexpr Case kIpv6[] = {
    {"https://[::1]/v1", kBlocked},
    {"https://[::1]:8443/v1", kBlocked},
    {"https://[0:0:0:0:0:0:0:1]/", kBlocked},
    {"https://[0000:0000:0000:0000:0000:0000:0000:0001]/", kBlocked},
    {"https://[::]/", kBlocked},
    {"https://[::ffff:127.0.0.1]/", kBlocked},
    {"https://[::ffff:7f00:1]/", kBlocked},
    {"https://[::FFFF:10.0.0.1]/", kBlocked},
    {"https://[::ffff:169.254.169.254]/", kBlocked},
    {"https://[::ffff:a9fe:a9fe]/", kBlocked},
    {"https://[0:0:0:0:0:ffff:c0a8:1]/", kBlocked},
    {"https://[::ffff:8.8.8.8]/", kBlocked},  // an IPv4 address is written so
    {"https://[::127.0.0.1]/", kBlocked},
    {"https://[::7f00:1]/", kBlocked},
    {"https://[64:ff9b::127.0.0.1]/", kBlocked},
    {"https://[64:ff9b::a9fe:a9fe]/", kBlocked},
    {"https://[64:ff9b:1::1]/", kBlocked},
    {"https://[2002:7f00:1::]/", kBlocked},
    {"https://[2002:c0a8:1::1]/", kBlocked},
    {"https://[2001:0:4136:e378::]/", kBlocked},
    {"https://[2001:db8::1]/", kBlocked},
    {"https://[3fff::1]/", kBlocked},
    {"https://[5f00::1]/", kBlocked},
    {"https://[100::1]/", kBlocked},
    {"https://[fc00::1]/", kBlocked},
    {"https://[fd00:ec2::254]/", kBlocked},
    {"https://[fe80::1]/", kBlocked},
    {"https://[fec0::1]/", kBlocked},
    {"https://[ff02::1]/", kBlocked},
    {"https://[4000::1]/", kBlocked},
    {"https://[fe80::1%25eth0]/", kNoUrl},
    {"https://[fe80::1%eth0]/", kNoUrl},
    {"https://[::1/", kNoUrl},
    {"https://::1/", kNoUrl},
    {"https://[::g]/", kNoUrl},
    {"https://[1:2:3]/", kNoUrl},
    {"https://[]/", kNoUrl},
};
INSTANTIATE_TEST_SUITE_P(Ipv6, EndpointTest, testing::ValuesIn(kIpv6));

constexpr Case kCredentials[] = {
    {"https://user@api.example.com/v1", kBlocked},
    {"https://user:pass@api.example.com/v1", kBlocked},
    {"https://:pass@api.example.com/v1", kBlocked},
    {"https://api.example.com@127.0.0.1/v1", kBlocked},
    {"https://api.example.com%40evil@10.0.0.1/", kBlocked},
    {"https://a@b@api.example.com/", kBlocked},
    {"https://@api.example.com/v1", kAllowed},
    {"https://api.example.com/@localhost", kAllowed},
    {"https://api.example.com?@localhost", kAllowed},
    {"https://api.example.com#@localhost", kAllowed},
    {"https://api.example.com\\@localhost/", kAllowed},
    {"https://api.example.com/v1?api_key=k", kBlocked},
    {"https://api.example.com/v1?API-Key=k", kBlocked},
    {"https://api.example.com/v1?apikey", kBlocked},
    {"https://api.example.com/v1?a%70ikey=k", kBlocked},
    {"https://api.example.com/v1?a%2570ikey=k", kBlocked},
    {"https://api.example.com/v1?api+key=k", kBlocked},
    {"https://api.example.com/v1?api%20key=k", kBlocked},
    {"https://api.example.com/v1?api%00key=k", kBlocked},
    {"https://api.example.com/v1?api%E2%80%8Bkey=k", kBlocked},
    {"https://api.example.com/v1?api%C2%ADkey=k", kBlocked},
    {"https://api.example.com/v1?%EF%BB%BFtoken=k", kBlocked},
    {"https://api.example.com/v1?x=1&access_token=k", kBlocked},
    {"https://api.example.com/v1?X-Amz-Signature=k", kBlocked},
    {"https://api.example.com/v1?sig=k", kBlocked},
    {"https://api.example.com/v1?code=k", kBlocked},
    {"https://api.example.com/v1?key=k", kBlocked},
    {"https://api.example.com/v1?Password=k", kBlocked},
    {"https://api.example.com/v1?keys=k", kAllowed},
    {"https://api.example.com/v1?monkey=k", kAllowed},
    {"https://api.example.com/v1?x=token", kAllowed},
    {"https://api.example.com/v1?api-version=1", kAllowed},
    {"https://api.example.com/v1?", kAllowed},
    {"https://api.example.com/v1#token=k", kAllowed},
};
INSTANTIATE_TEST_SUITE_P(Credentials, EndpointTest,
                         testing::ValuesIn(kCredentials));

TEST(AddressTest, OnlyNumericOnesArePublic) {
  EXPECT_TRUE(IsPublicAddress("93.184.215.14"));
  EXPECT_FALSE(IsPublicAddress("127.0.0.1"));
  EXPECT_FALSE(IsPublicAddress("::ffff:127.0.0.1"));
  EXPECT_FALSE(IsPublicAddress("example.com"));
  EXPECT_FALSE(IsPublicAddress(""));
}

}  // namespace
}  // namespace copilot::harness

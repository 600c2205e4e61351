// SPDX-License-Identifier: MIT
#include "harness/byok/guarded_fetch.h"

#include <gtest/gtest.h>

#include "harness/byok/test_endpoint.h"

namespace copilot::harness {
namespace {

using httplib::Request;
using httplib::Response;

class GuardedFetchTest : public testing::Test {
 protected:
  // The reason of a failure; empty when there was a response.
  std::string Fetch(const std::string& url, const std::string& method = "GET",
                    HttpHeaders headers = {}, const Spool* body = nullptr) {
    GuardedFetch fetch(endpoint_.network);
    return fetch.Run({method, *ParseUrl(url), std::move(headers), body},
                     {[this](const FetchResponse& head) {
                        head_ = head;
                        return true;
                      },
                      [this](std::string_view bytes) {
                        body_ += bytes;
                        return true;
                      }});
  }
  void Redirect(const std::string& path, const std::string& to, int status) {
    const auto redirect = [=](const Request& request, Response& response) {
      (void)request.body;
      response.status = status;
      response.set_header("Location", to);
    };
    endpoint_.server().Get(path, redirect);
    endpoint_.server().Post(path, redirect);
  }

  TestEndpoint endpoint_;
  FetchResponse head_;
  std::string body_;
};

constexpr char kBlocked[] =
    "[copilot-attempt] BYOK endpoint is blocked by OpenClaw SSRF policy";

TEST_F(GuardedFetchTest, GetsAResponse) {
  endpoint_.server().Get(
      "/v1/models", [](const Request& request, Response& response) {
        response.status = 201;
        response.set_content(request.get_header_value("x-asked"), "text/plain");
      });
  endpoint_.Start();
  EXPECT_EQ(Fetch(endpoint_.Url("/v1/models"), "GET", {{"x-asked", "yes"}}),
            "");
  EXPECT_EQ(head_.status, 201);
  EXPECT_EQ(body_, "yes");
  EXPECT_EQ(endpoint_.network->dialled,
            std::vector<std::string>{TestNetwork::kPublic});
}

TEST_F(GuardedFetchTest, ChecksTheCertificateAgainstTheName) {
  endpoint_.network->names["api.example.net"] = {{TestNetwork::kPublic}};
  endpoint_.Start();
  EXPECT_EQ(Fetch(endpoint_.Url("/", "api.example.net"))
                .rfind("connection to api.example.net failed: SSL", 0),
            0u);
}

TEST_F(GuardedFetchTest, AsksNobodyBehindANameWithAPrivateAddress) {
  endpoint_.Start();
  for (const std::vector<std::string>& addresses :
       std::vector<std::vector<std::string>>{
           {"127.0.0.1"},
           {"10.0.0.1"},
           {"::1"},
           {"::ffff:169.254.169.254"},
           {TestNetwork::kPublic, "192.168.0.1"}}) {
    endpoint_.network->names["api.example.com"] = {addresses};
    EXPECT_EQ(Fetch(endpoint_.Url("/")), kBlocked);
  }
  EXPECT_TRUE(endpoint_.network->dialled.empty());
}

TEST_F(GuardedFetchTest, DialsTheAddressThatWasJudged) {
  // A name that turns to a private address right after it was looked at.
  endpoint_.network->names["api.example.com"] = {{TestNetwork::kPublic},
                                                 {"127.0.0.1"}};
  endpoint_.server().Get("/", [](const Request&, Response& response) {
    response.set_content("pinned", "text/plain");
  });
  endpoint_.Start();
  EXPECT_EQ(Fetch(endpoint_.Url("/")), "");
  EXPECT_EQ(body_, "pinned");
  EXPECT_EQ(endpoint_.network->resolved, 1);
  EXPECT_EQ(endpoint_.network->dialled,
            std::vector<std::string>{TestNetwork::kPublic});
  EXPECT_EQ(Fetch(endpoint_.Url("/")), kBlocked);
}

TEST_F(GuardedFetchTest, JudgesEachRedirect) {
  int number = 0;
  std::vector<std::string> paths;
  for (const char* to :
       {"http://api.example.com/", "https://127.0.0.1/", "https://localhost/",
        "https://0x7f000001/", "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/", "//metadata.google.internal/",
        "https://user@api.example.com/", "https://api.example.com/?token=t",
        "file:///etc/passwd"}) {
    paths.push_back("/" + std::to_string(number++));
    Redirect(paths.back(), to, 302);
  }
  endpoint_.Start();
  for (const std::string& path : paths) {
    const std::string failure = Fetch(endpoint_.Url(path));
    EXPECT_TRUE(failure == kBlocked || failure == "a redirect leads nowhere")
        << path << ": " << failure;
  }
  EXPECT_EQ(endpoint_.network->dialled.size(), paths.size());
}

TEST_F(GuardedFetchTest, ARedirectToANameWithAPrivateAddressIsJudgedToo) {
  endpoint_.network->names["inside.example.com"] = {{"10.1.2.3"}};
  Redirect("/", "https://inside.example.com/", 307);
  endpoint_.Start();
  EXPECT_EQ(Fetch(endpoint_.Url("/")), kBlocked);
}

TEST_F(GuardedFetchTest, SendsTheSameBytesAgainWhereARedirectSaysSo) {
  std::vector<std::string> bodies;
  for (const int status : {307, 308}) {
    const std::string path = "/" + std::to_string(status);
    endpoint_.server().Post(
        path, [&bodies, status](const Request& request, Response& response) {
          bodies.push_back(request.body);
          response.status = status;
          response.set_header("Location", "/end");
        });
  }
  endpoint_.server().Post("/end",
                          [&](const Request& request, Response& response) {
                            bodies.push_back(request.body);
                            response.status = 200;
                          });
  endpoint_.Start();
  std::string binary;
  for (int i = 0; i < 300'000; ++i) binary.push_back(static_cast<char>(i * 7));
  Spool body;
  ASSERT_TRUE(body.Append(binary));
  for (const char* path : {"/307", "/308"}) {
    EXPECT_EQ(Fetch(endpoint_.Url(path), "POST", {}, &body), "");
    EXPECT_EQ(head_.status, 200);
  }
  ASSERT_EQ(bodies.size(), 4u);
  for (const std::string& each : bodies) EXPECT_TRUE(each == binary);
}

TEST_F(GuardedFetchTest, OtherRedirectsAreFollowedWithoutTheBody) {
  Redirect("/", "/end", 303);
  std::string method;
  const auto end = [&](const Request& request, Response& response) {
    method = request.method + request.body;
    response.set_content("", "text/plain");
  };
  endpoint_.server().Get("/end", end);
  endpoint_.server().Post("/end", end);
  endpoint_.Start();
  Spool body;
  ASSERT_TRUE(body.Append("secret"));
  EXPECT_EQ(Fetch(endpoint_.Url("/"), "POST", {}, &body), "");
  EXPECT_EQ(method, "GET");
}

TEST_F(GuardedFetchTest, CredentialsStayWithTheirOrigin) {
  std::string seen;
  endpoint_.server().Get(
      "/end", [&](const Request& request, Response& response) {
        seen += request.get_header_value("Authorization") + "|" +
                request.get_header_value("x-api-key") + "|" +
                request.get_header_value("x-other") + ";";
        response.status = 200;
      });
  endpoint_.server().Get("/same", [](const Request&, Response& response) {
    response.set_redirect("/end");
  });
  endpoint_.server().Get("/other", [this](const Request&, Response& response) {
    response.set_redirect(endpoint_.Url("/end", "other.example.com"));
  });
  endpoint_.Start();
  const HttpHeaders headers = {
      {"Authorization", "Bearer t"}, {"x-api-key", "k"}, {"x-other", "o"}};
  EXPECT_EQ(Fetch(endpoint_.Url("/same"), "GET", headers), "");
  EXPECT_EQ(Fetch(endpoint_.Url("/other"), "GET", headers), "");
  EXPECT_EQ(seen, "Bearer t|k|o;||o;");
}

TEST_F(GuardedFetchTest, GivesUpAfterManyRedirects) {
  Redirect("/", "/", 302);
  endpoint_.Start();
  EXPECT_EQ(Fetch(endpoint_.Url("/")), "too many redirects");
  EXPECT_EQ(endpoint_.network->dialled.size(), 6u);
}

TEST_F(GuardedFetchTest, TellsWhatIsWrong) {
  endpoint_.Start();
  const std::string url = endpoint_.Url("/?x=1");
  endpoint_.Stop();
  EXPECT_EQ(Fetch(url), "connection to api.example.com failed: Connection");
  EXPECT_EQ(Fetch("https://unknown.example.com/"),
            "no address found for unknown.example.com");
}

}  // namespace
}  // namespace copilot::harness

// SPDX-License-Identifier: MIT
#include "wire/message.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace copilot::wire {
namespace {

std::string ErrorOf(std::string_view body,
                    IdRule rule = IdRule::kStringOrInteger) {
  const auto message = ParseMessage(body, rule);
  return message ? "none"
                 : std::to_string(message.error().code) + " " +
                       message.error().message;
}

TEST(ParseMessage, RecognisesTheFourKinds) {
  const auto request =
      ParseMessage(R"({"jsonrpc":"2.0","id":7,"method":"ping","params":{}})");
  EXPECT_EQ(request->kind, Message::Kind::kRequest);
  EXPECT_EQ(request->id, "7");
  EXPECT_EQ(request->method, "ping");
  EXPECT_EQ(request->params, "{}");
  EXPECT_EQ(ParseMessage(R"({"jsonrpc":"2.0","method":"n"})")->kind,
            Message::Kind::kNotification);
  const auto result =
      ParseMessage(R"({"jsonrpc":"2.0","id":"a","result":[1]})");
  EXPECT_EQ(result->kind, Message::Kind::kResult);
  EXPECT_EQ(result->id, "\"a\"");
  EXPECT_EQ(result->result, "[1]");
  EXPECT_EQ(ParseMessage(R"({"jsonrpc":"2.0","id":1,"error":{}})")->kind,
            Message::Kind::kError);
}

TEST(ParseMessage, UnescapesTheMethod) {
  EXPECT_EQ(ParseMessage(R"({"jsonrpc":"2.0","method":"a\u002fb\n"})")->method,
            "a/b\n");
}

TEST(ParseMessage, KnowsItsMembersInWhateverSpelling) {
  EXPECT_EQ(ParseMessage(R"({"\u006asonrpc":"\u0032.0","i\u0064":4,
                             "method":"m"})")
                ->id,
            "4");
  // Of repeated members the last counts.
  EXPECT_EQ(ParseMessage(R"({"jsonrpc":"1.0","jsonrpc":"2.0","id":null,"id":1,)"
                         R"("method":3,"method":"m"})",
                         IdRule::kStringOrInteger)
                ->id,
            "1");
}

// Each was sent to the real CLI. `J` stands for `"jsonrpc":"2.0"`.
TEST(ParseMessage, HasTheRealCliTextsForBadEnvelopes) {
  const std::string unrecognised =
      "not a recognizable JSON-RPC request, notification, or response";
  const std::string bad_id =
      "data did not match any variant of untagged enum RequestId";
  const std::string version =
      "unsupported jsonrpc version: expected \"2.0\", got ";
  const std::pair<const char*, std::string> rows[] = {
      {R"({"id":1,"method":"ping"})", "missing field `jsonrpc`"},
      {R"({"id":1,"result":1})", "missing field `jsonrpc`"},
      {R"({"id":null,"error":{"code":1,"message":"m"}})",
       "missing field `jsonrpc`"},
      {R"({"jsonrpc":"1.0","id":1,"method":"m"})", version + "\"1.0\""},
      {R"({"jsonrpc":"","method":"m"})", version + "\"\""},
      {R"({"jsonrpc":"2.0\u0000\u007f\t\"","method":"m"})",
       version + R"("2.0\0\u{7f}\t\"")"},
      {R"({"jsonrpc":2,"id":1,"method":"m"})",
       "invalid type: integer `2`, expected a string"},
      {R"({"jsonrpc":1.50,"method":"m"})",
       "invalid type: floating point `1.5`, expected a string"},
      {R"({"jsonrpc":null,"method":"m"})",
       "invalid type: null, expected a string"},
      {R"({"jsonrpc":true,"method":"m"})",
       "invalid type: boolean `true`, expected a string"},
      {R"({"jsonrpc":{},"method":"m"})",
       "invalid type: map, expected a string"},
      {R"({"jsonrpc":[],"method":"m"})",
       "invalid type: sequence, expected a string"},
      {R"({J,"id":1.5,"method":"m"})", bad_id},
      {R"({J,"id":-0,"method":"m"})", bad_id},
      {R"({J,"id":1e3,"method":"m"})", bad_id},
      {R"({J,"id":9223372036854775808,"method":"m"})", bad_id},
      {R"({J,"id":1.5,"result":1})", bad_id},
      // The member that comes first is complained about.
      {R"({"id":1.5,"jsonrpc":"1.0","method":"m"})", bad_id},
      {R"({"jsonrpc":"1.0","id":1.5,"method":"m"})", version + "\"1.0\""},
      {R"({"id":1.5,"method":"m"})", bad_id},
      {R"({J,"id":1,"error":1})",
       "invalid type: integer `1`, expected struct ResponseError"},
      {R"({J,"id":1,"result":1,"error":"a\"b"})",
       R"(invalid type: string "a\"b", expected struct ResponseError)"},
      {R"({J,"id":1,"error":{}})", "missing field `code`"},
      {R"({J,"id":1,"error":{"code":1}})", "missing field `message`"},
      {R"({J,"id":1,"error":{"code":"x","message":3}})",
       "invalid type: string \"x\", expected i64"},
      {R"({J,"id":1,"error":{"message":3,"code":"x"}})",
       "invalid type: integer `3`, expected a string"},
      {R"({J,"id":1,"error":{"code":9223372036854775808,"message":"m"}})",
       "invalid value: integer `9223372036854775808`, expected i64"},
      {R"({J,"id":1,"error":[1]})",
       "invalid length 1, expected struct ResponseError with 3 elements"},
      {R"({J,"id":1,"error":[1,"m",2,3]})",
       "invalid length 4, expected fewer elements in array"},
      {R"({J,"id":null,"method":"ping"})", unrecognised},
      {R"({J,"id":true,"method":"ping"})", unrecognised},
      {R"({J,"id":{},"method":"ping"})", unrecognised},
      {R"({J,"id":1})", unrecognised},
      {R"({J,"id":1.5})", unrecognised},
      {R"({J,"id":1,"method":3})", unrecognised},
      {R"({J,"id":1,"error":null})", unrecognised},
      {R"({J,"id":true,"result":1})", unrecognised},
      {R"({J,"result":1})", unrecognised},
      {R"({J,"method":null})", unrecognised},
      {R"({"id":null,"method":"x"})", unrecognised},
      {"{}", unrecognised},
      {"[]", unrecognised},
      {R"([{J,"id":1,"method":"ping"}])", unrecognised},
      {"7", unrecognised},
      {"\"x\"", unrecognised},
  };
  for (const auto& [text, error] : rows) {
    std::string body = text;
    if (const size_t at = body.find("J,"); at != std::string::npos) {
      body.replace(at, 1, R"("jsonrpc":"2.0")");
    }
    EXPECT_EQ(ErrorOf(body), "-32600 " + error) << body;
  }
}

TEST(ParseMessage, AcceptsWhatTheRealCliAccepts) {
  for (const char* rest :
       {R"("id":"","method":"m")", R"("id":-9223372036854775808,"method":"m")",
        R"("id":9223372036854775807,"method":"m")",
        R"("id":1,"method":"m","params":7,"extra":1)",
        R"("id":null,"result":1)", R"("id":1,"result":null)",
        R"("id":1,"result":1,"error":null)", R"("id":1,"method":3,"result":1)",
        R"("id":1,"error":[1,"m"])", R"("method":"m","result":1)",
        R"("id":1,"error":{"code":1,"message":"m","x":1})"}) {
    EXPECT_EQ(ErrorOf(std::string(R"({"jsonrpc":"2.0",)") + rest + "}"), "none")
        << rest;
  }
}

TEST(ParseMessage, AnErrorOfNullIsNone) {
  const auto message =
      ParseMessage(R"({"jsonrpc":"2.0","id":1,"result":7,"error":null})");
  EXPECT_EQ(message->kind, Message::Kind::kResult);
  EXPECT_EQ(message->result, "7");
}

TEST(ParseMessage, SaysWhereTheJsonIsWrong) {
  EXPECT_EQ(ErrorOf("{nonsense"),
            "-32700 key must be a string at line 1 column 2");
}

TEST(ParseMessage, TakesAnyIdWhenTheRuleSaysSo) {
  for (const char* id : {"1.5", "null", "true", "{\"a\":[1]}"}) {
    const std::string body =
        std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"method":"m"})";
    EXPECT_EQ(ParseMessage(body, IdRule::kAny)->id, id);
  }
}

TEST(RawMember, FindsTopLevelMembersOnly) {
  constexpr char kText[] = R"({"a":{"b":1},"b": [2] ,"c":"}"})";
  EXPECT_EQ(RawMember(kText, "b"), "[2]");
  EXPECT_EQ(RawMember(kText, "c"), "\"}\"");
  EXPECT_EQ(RawMember(kText, "d"), "");
  EXPECT_EQ(RawMember("[1]", "a"), "");
  EXPECT_EQ(RawMember(R"({"a":1,"a":2})", "a"), "2");
  EXPECT_EQ(RawMember(R"({"\u0061":3})", "a"), "3");
}

TEST(Bodies, SurviveInvalidUtf8) {
  EXPECT_EQ(NotificationBody("n\xFF", ""),
            "{\"jsonrpc\":\"2.0\",\"method\":\"n\xEF\xBF\xBD\"}");
}

TEST(Bodies, AreWhatParseMessageReads) {
  EXPECT_EQ(ParseMessage(RequestBody("1", "a\"b", "{}"))->method, "a\"b");
  EXPECT_EQ(NotificationBody("n", ""), R"({"jsonrpc":"2.0","method":"n"})");
  EXPECT_EQ(ResultBody("\"x\"", "null"),
            R"({"jsonrpc":"2.0","id":"x","result":null})");
  EXPECT_EQ(ErrorBody("null", RpcError{-32700, "bad \xFF", Json{{"a", 1}}}),
            "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,"
            "\"message\":\"bad \xEF\xBF\xBD\",\"data\":{\"a\":1}}}");
}

}  // namespace
}  // namespace copilot::wire

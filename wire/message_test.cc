// SPDX-License-Identifier: MIT
#include "wire/message.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/json_scan.h"

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

TEST(ParseMessage, HasTheRealCliTextsForBadEnvelopes) {
  EXPECT_EQ(ErrorOf(R"({"id":1,"method":"ping"})"),
            "-32600 missing field `jsonrpc`");
  EXPECT_EQ(ErrorOf(R"({"jsonrpc":"1.0","id":1,"method":"ping"})"),
            "-32600 unsupported jsonrpc version: expected \"2.0\", got "
            "\"1.0\"");
  EXPECT_EQ(ErrorOf(R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})"),
            "-32600 data did not match any variant of untagged enum "
            "RequestId");
  const std::string unrecognised =
      "-32600 not a recognizable JSON-RPC request, notification, or response";
  for (const char* body :
       {R"({"jsonrpc":"2.0","id":null,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":true,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"method":3})",
        "[]", "7"}) {
    EXPECT_EQ(ErrorOf(body), unrecognised) << body;
  }
}

TEST(ParseMessage, TakesAnyIdWhenTheRuleSaysSo) {
  for (const char* id : {"1.5", "null", "true", "{\"a\":[1]}"}) {
    const std::string body =
        std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"method":"m"})";
    EXPECT_EQ(ParseMessage(body, IdRule::kAny)->id, id);
  }
}

TEST(ScanJson, HasTheRealCliTextsForBadJson) {
  const auto error = [](std::string_view text) {
    const auto value = ScanJson(text);
    return value ? "none" : value.error().message;
  };
  EXPECT_EQ(error(""), "EOF while parsing a value at line 1 column 0");
  EXPECT_EQ(error("{\"a\": x}"), "expected value at line 1 column 7");
  EXPECT_EQ(error("{\"a\":1234"),
            "EOF while parsing an object at line 1 column 9");
  EXPECT_EQ(error("{\"a\":\"\xFF\"}"),
            "invalid unicode code point at line 1 column 8");
  EXPECT_EQ(error("{a:1}"), "key must be a string at line 1 column 2");
  EXPECT_EQ(error("{} x"), "trailing characters at line 1 column 4");
  EXPECT_EQ(error("[1,]"), "trailing comma at line 1 column 4");
  EXPECT_EQ(error("{\"a\" 1}"), "expected `:` at line 1 column 6");
  EXPECT_EQ(error(std::string(200, '[')),
            "recursion limit exceeded at line 1 column 129");
  EXPECT_EQ(error("\n\n  ]"), "expected value at line 3 column 3");
}

TEST(ScanJson, AgreesWithADocumentParserOnWhatIsJson) {
  for (const char* text : {"0",
                           "-0",
                           "01",
                           "1.",
                           "1.5e",
                           "1.5e+7",
                           "-",
                           ".5",
                           "true",
                           "tru",
                           "nul",
                           "\"\\u12g4\"",
                           "\"\\x\"",
                           "\"\t\"",
                           "\"a\\\"b\"",
                           "[1 2]",
                           "[,]",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{\"a\":1 \"b\":2}",
                           "[[[]]]",
                           "\"\xED\xA0\x80\"",
                           "\"\xF0\x9F\x98\x80\"",
                           "\"\xC0\x80\"",
                           " 1 "}) {
    EXPECT_EQ(ScanJson(text).has_value(), Json::accept(text)) << text;
  }
}

TEST(UnescapeJson, UnderstandsEveryEscape) {
  for (const char* text :
       {R"("a\"\\\/\b\f\n\r\t")", R"("\u00e9\u20ac\ud83d\ude00")"}) {
    EXPECT_EQ(RawString(text), Json::parse(text).get<std::string>());
  }
  EXPECT_EQ(RawString(R"("\ud83d")"), "\xEF\xBF\xBD");
}

TEST(RawMember, FindsTopLevelMembersOnly) {
  constexpr char kText[] = R"({"a":{"b":1},"b": [2] ,"c":"}"})";
  EXPECT_EQ(RawMember(kText, "b"), "[2]");
  EXPECT_EQ(RawMember(kText, "c"), "\"}\"");
  EXPECT_EQ(RawMember(kText, "d"), "");
  EXPECT_EQ(RawMember("[1]", "a"), "");
  EXPECT_EQ(RawMember(R"({"a":1,"a":2})", "a"), "2");
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

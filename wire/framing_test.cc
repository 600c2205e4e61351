// SPDX-License-Identifier: MIT
#include "wire/framing.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace copilot::wire {
namespace {

// Every body that comes out, then the error if there is one.
std::vector<std::string> DecodeAll(Framing& framing) {
  std::vector<std::string> out;
  while (auto body = framing.Next()) {
    if (!*body) {
      out.push_back("error: " + body->error().message);
      break;
    }
    out.emplace_back(**body);
  }
  return out;
}

std::vector<std::string> Decode(std::string_view bytes,
                                FrameLimits limits = {}) {
  const auto framing = MakeContentLengthFraming(limits);
  framing->Append(bytes);
  return DecodeAll(*framing);
}

using Strings = std::vector<std::string>;

TEST(ContentLengthFraming, EncodesOneHeaderInExactCase) {
  std::string out;
  MakeContentLengthFraming()->Encode("{}", &out);
  EXPECT_EQ(out, "Content-Length: 2\r\n\r\n{}");
}

TEST(ContentLengthFraming, DecodesFramesSplitAtEveryByte) {
  const auto encoder = MakeContentLengthFraming();
  std::string bytes;
  encoder->Encode("{\"a\":1}", &bytes);
  encoder->Encode("", &bytes);
  encoder->Encode("[\"\xC3\xA9\"]", &bytes);
  for (size_t split = 0; split <= bytes.size(); ++split) {
    const auto framing = MakeContentLengthFraming();
    framing->Append(std::string_view(bytes).substr(0, split));
    Strings bodies = DecodeAll(*framing);
    framing->Append(std::string_view(bytes).substr(split));
    for (const std::string& body : DecodeAll(*framing)) bodies.push_back(body);
    EXPECT_EQ(bodies, (Strings{"{\"a\":1}", "", "[\"\xC3\xA9\"]"}))
        << "split at " << split;
  }
}

TEST(ContentLengthFraming, DecodesByteByByte) {
  std::string bytes;
  const auto framing = MakeContentLengthFraming();
  framing->Encode("12345", &bytes);
  Strings bodies;
  for (const char c : bytes) {
    framing->Append(std::string_view(&c, 1));
    for (const std::string& body : DecodeAll(*framing)) bodies.push_back(body);
  }
  EXPECT_EQ(bodies, Strings{"12345"});
  EXPECT_EQ(framing->buffered(), 0u);
}

TEST(ContentLengthFraming, AcceptsWhatTheRealCliAccepts) {
  EXPECT_EQ(Decode("content-length:2\r\n\r\n{}"), Strings{"{}"});
  EXPECT_EQ(Decode("CONTENT-LENGTH:   2\r\n\r\n{}"), Strings{"{}"});
  EXPECT_EQ(Decode("X: y\r\nContent-Length: 2\r\nZ: 1\r\n\r\n{}"),
            Strings{"{}"});
  EXPECT_EQ(Decode("Content-Length: 9\r\nContent-Length: 2\r\n\r\n{}"),
            Strings{"{}"});
}

// Every row of protocol 3 that is about headers, and what the real CLI was seen
// to do around them.
TEST(ContentLengthFraming, SaysWhatIsWrongWithAHeader) {
  const std::string number =
      "error: Content-Length value must be a number. Got ";
  const std::string none =
      "error: Header must provide a Content-Length property.";
  const std::string colon =
      "error: Message header must separate key and value using ':'";
  const std::pair<const char*, std::string> rows[] = {
      {"Content-Length: -5\r\n\r\n", number + "-5"},
      {"Content-Length: -0\r\n\r\n", number + "-0"},
      {"Content-Length: abc\r\n\r\n", number + "abc"},
      {"Content-Length: 5\r\nContent-Length: abc\r\n\r\n", number + "abc"},
      {"Content-Length: 99999999999999999999999\r\n\r\n",
       number + "99999999999999999999999"},
      {"X: 1\r\n\r\n", none},
      {"Content-Length:\r\n\r\n", none},
      {"Content-Length : 2\r\n\r\n{}", none},
      {" Content-Length: 2\r\n\r\n{}", none},
      {"{\"id\":1}\r\n\r\n", none},
      {"X: 1\nContent-Length: 2\r\n\r\n{}", none},
      {"\r\n\r\n", colon},
      {"\r\nContent-Length: 2\r\n\r\n{}", colon},
      {"Foo\r\nContent-Length: 2\r\n\r\n{}", colon},
  };
  for (const auto& [bytes, error] : rows) {
    EXPECT_EQ(Decode(bytes), Strings{error}) << bytes;
  }
}

TEST(ContentLengthFraming, TakesTheNumberAValueBeginsWith) {
  for (const char* value : {"2", "+2", "002", "2abc", "2 7", "2.9", "\t2\t"}) {
    EXPECT_EQ(Decode(std::string("Content-Length:") + value + "\r\n\r\n{}"),
              Strings{"{}"})
        << value;
  }
  EXPECT_EQ(Decode("Content-Length: 0x2\r\n\r\n"), Strings{""});
  EXPECT_EQ(Decode("Content-Length: abc\r\nContent-Length: 2\r\n\r\n{}"),
            Strings{"{}"});
  EXPECT_EQ(Decode("X: \xFF\r\n: y\r\nContent-Length: 2\r\n\r\n{}"),
            Strings{"{}"});
}

TEST(ContentLengthFraming, WaitsWhileALineFeedHeaderHasNoBlankLine) {
  const auto framing = MakeContentLengthFraming();
  framing->Append("Content-Length: 2\n\n{}");
  EXPECT_EQ(DecodeAll(*framing), Strings{});
  // Then all that came is one header line, and its number counts.
  framing->Append("Content-Length: 9\r\n\r\n[1,2,3,4]");
  EXPECT_EQ(DecodeAll(*framing)[0], "[1");
}

TEST(ContentLengthFraming, ReadsOnBehindALengthThatWasTooShort) {
  EXPECT_EQ(Decode("Content-Length: 3\r\n\r\n{\"a\":1}Content-Length: "
                   "2\r\n\r\n{}"),
            (Strings{"{\"a",
                     "error: Header must provide a Content-Length "
                     "property."}));
}

TEST(ContentLengthFraming, WaitsForABodyThatIsAnnouncedTooLong) {
  const auto framing = MakeContentLengthFraming();
  framing->Append("Content-Length: 500\r\n\r\n{}");
  EXPECT_EQ(DecodeAll(*framing), Strings{});
  EXPECT_EQ(framing->buffered(), 2u);
}

TEST(ContentLengthFraming, BoundsAHeaderThatDoesNotEnd) {
  EXPECT_EQ(Decode(std::string(65536, 'x')), Strings{});
  EXPECT_EQ(Decode(std::string(73728, 'x')),
            Strings{"error: Message header exceeds maximum length 65536 "
                    "(buffered 73728)"});
}

TEST(ContentLengthFraming, BoundsAHeaderAlikeInEverySplit) {
  constexpr std::string_view kLast = "\r\nContent-Length: 2";
  FrameLimits limits;
  limits.header_bytes = 40;
  for (const size_t block : {size_t{40}, size_t{41}}) {
    const std::string bytes =
        "X: " + std::string(block - 3 - kLast.size(), 'x') +
        std::string(kLast) + "\r\n\r\n{}";
    for (size_t split = 0; split <= bytes.size(); ++split) {
      const auto framing = MakeContentLengthFraming(limits);
      framing->Append(std::string_view(bytes).substr(0, split));
      Strings bodies = DecodeAll(*framing);
      framing->Append(std::string_view(bytes).substr(split));
      if (bodies.empty()) bodies = DecodeAll(*framing);
      EXPECT_EQ(bodies.size(), 1u);
      EXPECT_EQ(bodies[0] == "{}", block == 40) << block << " split " << split;
    }
  }
}

TEST(ContentLengthFraming, BoundsABody) {
  FrameLimits limits;
  limits.body_bytes = 10;
  EXPECT_EQ(Decode("Content-Length: 10\r\n\r\n0123456789", limits),
            Strings{"0123456789"});
  EXPECT_EQ(Decode("Content-Length: 11\r\n\r\n", limits),
            Strings{"error: Content-Length 11 exceeds the limit of 10 bytes"});
  EXPECT_EQ(Decode("Content-Length: 99999999999\r\n\r\n"),
            Strings{"error: Content-Length 99999999999 exceeds the limit of "
                    "67108864 bytes"});
}

// Work that is quadratic in the size would show here as a time-out.
TEST(ContentLengthFraming, TakesALargeBodyByteByByte) {
  std::string bytes;
  const auto framing = MakeContentLengthFraming();
  const std::string body(size_t{1} << 19, 'x');
  framing->Encode(body, &bytes);
  framing->Encode("{}", &bytes);
  Strings bodies;
  for (const char& c : bytes) {
    framing->Append(std::string_view(&c, 1));
    while (const auto next = framing->Next()) bodies.emplace_back(**next);
  }
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0], body);
}

TEST(ContentLengthFraming, StaysLostAfterAnError) {
  const auto framing = MakeContentLengthFraming();
  framing->Append("X: 1\r\n\r\n");
  const Strings first = DecodeAll(*framing);
  framing->Append("Content-Length: 2\r\n\r\n{}");
  EXPECT_EQ(DecodeAll(*framing), first);
}

TEST(LineFraming, CutsAtLineFeedsAndSkipsBlankLines) {
  const auto framing = MakeLineFraming();
  framing->Append("{\"a\":1}\r\n\n  \n[1");
  EXPECT_EQ(DecodeAll(*framing), Strings{"{\"a\":1}"});
  framing->Append("]\n");
  EXPECT_EQ(DecodeAll(*framing), Strings{"[1]"});
}

TEST(LineFraming, BoundsALine) {
  FrameLimits limits;
  limits.body_bytes = 4;
  const auto framing = MakeLineFraming(limits);
  framing->Append("12345");
  EXPECT_EQ(DecodeAll(*framing),
            Strings{"error: line exceeds the limit of 4 bytes"});
}

}  // namespace
}  // namespace copilot::wire

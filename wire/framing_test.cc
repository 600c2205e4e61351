// SPDX-License-Identifier: MIT
#include "wire/framing.h"

#include <gtest/gtest.h>

#include <string>
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

TEST(ContentLengthFraming, SaysWhatIsWrongWithAHeader) {
  EXPECT_EQ(Decode("Content-Length: -5\r\n\r\n"),
            Strings{"error: Content-Length value must be a number. Got -5"});
  EXPECT_EQ(Decode("Content-Length: abc\r\n\r\n"),
            Strings{"error: Content-Length value must be a number. Got abc"});
  EXPECT_EQ(Decode("X: 1\r\n\r\n"),
            Strings{"error: Header must provide a Content-Length property."});
  EXPECT_EQ(
      Decode("\r\n\r\n"),
      Strings{"error: Message header must separate key and value using ':'"});
}

TEST(ContentLengthFraming, WaitsWhileALineFeedHeaderHasNoBlankLine) {
  EXPECT_EQ(Decode("Content-Length: 2\n\n{}"), Strings{});
}

TEST(ContentLengthFraming, BoundsHeaderAndBody) {
  EXPECT_EQ(Decode(std::string(70000, 'x')),
            Strings{"error: Message header exceeds maximum length 65536 "
                    "(buffered 70000)"});
  FrameLimits limits;
  limits.body_bytes = 10;
  EXPECT_EQ(Decode("Content-Length: 10\r\n\r\n0123456789", limits),
            Strings{"0123456789"});
  EXPECT_EQ(Decode("Content-Length: 11\r\n\r\n", limits),
            Strings{"error: Content-Length 11 exceeds the limit of 10 bytes"});
  EXPECT_EQ(Decode("Content-Length: 99999999999999999999999\r\n\r\n").size(),
            1u);
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

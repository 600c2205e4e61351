// SPDX-License-Identifier: MIT
//
// Framing cuts a byte stream into message bodies and back. Two framings exist:
// Content-Length headers, which the Copilot CLI speaks, and one message per
// line, which conformance adapters speak.
//
// A Framing is passive: it never reads or writes anything itself. It is not
// thread-safe; one stream owns one Framing.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace copilot::wire {

// Upper bounds for what a peer may make us buffer.
struct FrameLimits {
  // Bytes of the header block, without the blank line. The real CLI stops
  // reading above this value.
  size_t header_bytes = 65536;
  size_t body_bytes = size_t{64} << 20;
};

// Why a stream cannot be cut into messages any further. `message` is the text
// that the real CLI puts into its -32700 answer where it has one.
struct FrameError {
  std::string message;
};

class Framing {
 public:
  using Body = tl::expected<std::string_view, FrameError>;

  virtual ~Framing() = default;

  // Takes bytes in any split.
  virtual void Append(std::string_view bytes) = 0;

  // The next complete body, or nothing while more bytes are needed. The view
  // stays valid until the next call of Append. An error is final: the framing
  // is lost, and every later call returns the same error.
  virtual std::optional<Body> Next() = 0;

  // Appends `body` as one frame to `out`.
  virtual void Encode(std::string_view body, std::string* out) const = 0;

  // Bytes that arrived but do not form a whole frame yet.
  virtual size_t buffered() const = 0;
};

// `Content-Length: N\r\n\r\n` and N bytes. Accepts what the real CLI accepts:
// any case of the header name, no space after the colon, extra headers in any
// order, a repeated Content-Length (the last one wins), anything after the
// number. Sends one header in exact case. Stricter in one point: the real CLI
// waits for ever for a body that is announced as enormous; here a length over
// `body_bytes` is an error.
std::unique_ptr<Framing> MakeContentLengthFraming(FrameLimits limits = {});

// One message per line, LF or CRLF; blank lines are skipped. A body must not
// contain a line feed, which compact JSON never does.
std::unique_ptr<Framing> MakeLineFraming(FrameLimits limits = {});

}  // namespace copilot::wire

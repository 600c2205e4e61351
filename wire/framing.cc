// SPDX-License-Identifier: MIT
#include "wire/framing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <utility>

namespace copilot::wire {
namespace {

// What an idle stream may keep allocated after a large message.
constexpr size_t kKeptCapacity = size_t{1} << 20;

// Bytes in, consumed from the front; memory moves only when most of it is dead.
class Buffer {
 public:
  void Append(std::string_view bytes) {
    if (begin_ == bytes_.size()) {
      Clear();
    } else if (begin_ * 2 >= bytes_.size()) {
      bytes_.erase(0, begin_);
      begin_ = 0;
    }
    bytes_.append(bytes);
  }
  std::string_view view() const {
    return std::string_view(bytes_).substr(begin_);
  }
  void Consume(size_t count) { begin_ += count; }
  void Clear() {
    if (bytes_.capacity() > kKeptCapacity) bytes_ = std::string();
    bytes_.clear();
    begin_ = 0;
  }

 private:
  std::string bytes_;
  size_t begin_ = 0;
};

std::string_view Trim(std::string_view text) {
  constexpr char kSpace[] = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

constexpr std::string_view kHeaderEnd = "\r\n\r\n";

// How many bytes at the end of `bytes` may be the beginning of kHeaderEnd.
size_t PartialHeaderEnd(std::string_view bytes) {
  for (size_t size = kHeaderEnd.size() - 1; size > 0; --size) {
    if (bytes.ends_with(kHeaderEnd.substr(0, size))) return size;
  }
  return 0;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) {
                      return std::tolower(x) == std::tolower(y);
                    });
}

class ContentLengthFraming : public Framing {
 public:
  explicit ContentLengthFraming(FrameLimits limits) : limits_(limits) {}

  void Append(std::string_view bytes) override {
    if (!error_) buffer_.Append(bytes);
  }

  std::optional<Body> Next() override {
    if (error_) return tl::unexpected(*error_);
    if (!body_size_ && !ReadHeader()) {
      if (error_) return tl::unexpected(*error_);
      return std::nullopt;
    }
    const std::string_view bytes = buffer_.view();
    if (bytes.size() < *body_size_) return std::nullopt;
    const std::string_view body = bytes.substr(0, *body_size_);
    buffer_.Consume(*body_size_);
    body_size_.reset();
    return Body(body);
  }

  void Encode(std::string_view body, std::string* out) const override {
    fmt::format_to(std::back_inserter(*out), "Content-Length: {}\r\n\r\n",
                   body.size());
    out->append(body);
  }

  size_t buffered() const override { return buffer_.view().size(); }

 private:
  // Sets body_size_ and consumes the header block; false while it is
  // incomplete or when it is wrong.
  bool ReadHeader() {
    const std::string_view bytes = buffer_.view();
    // The terminator may straddle what was searched before.
    const size_t from = searched_ < 3 ? 0 : searched_ - 3;
    const size_t end = bytes.find(kHeaderEnd, from);
    searched_ = bytes.size();
    const bool complete = end != std::string_view::npos;
    const size_t block =
        complete ? end : bytes.size() - PartialHeaderEnd(bytes);
    if (block > limits_.header_bytes) FailHeaderSize(bytes.size());
    if (error_ || !complete) return false;
    std::optional<std::string_view> length;
    if (!ParseLines(bytes.substr(0, end), &length)) return false;
    if (!length) {
      Fail("Header must provide a Content-Length property.");
      return false;
    }
    if (!ParseLength(*length)) return false;
    buffer_.Consume(end + kHeaderEnd.size());
    searched_ = 0;
    return true;
  }

  // False, and failed, for a line without a colon. An empty Content-Length
  // counts as none.
  bool ParseLines(std::string_view block,
                  std::optional<std::string_view>* length) {
    while (true) {
      const size_t end = block.find("\r\n");
      const std::string_view line = block.substr(0, end);
      const size_t colon = line.find(':');
      if (colon == std::string_view::npos) {
        Fail("Message header must separate key and value using ':'");
        return false;
      }
      if (EqualIgnoringCase(line.substr(0, colon), "Content-Length")) {
        const std::string_view value = Trim(line.substr(colon + 1));
        *length = value.empty() ? std::nullopt : std::optional(value);
      }
      if (end == std::string_view::npos) return true;
      block.remove_prefix(end + 2);
    }
  }

  // Takes the digits that `text` begins with and ignores the rest, as the real
  // CLI does: "5abc" and "+5" mean 5, "0x24" means 0.
  bool ParseLength(std::string_view text) {
    std::string_view digits = text;
    if (digits.front() == '+') digits.remove_prefix(1);
    uint64_t size = 0;
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (code != std::errc()) {
      Fail(fmt::format("Content-Length value must be a number. Got {}", text));
      return false;
    }
    if (size > limits_.body_bytes) {
      Fail(fmt::format("Content-Length {} exceeds the limit of {} bytes", size,
                       limits_.body_bytes));
      return false;
    }
    body_size_ = static_cast<size_t>(size);
    return true;
  }

  void FailHeaderSize(size_t buffered) {
    Fail(fmt::format("Message header exceeds maximum length {} (buffered {})",
                     limits_.header_bytes, buffered));
  }

  void Fail(std::string message) {
    error_ = FrameError{std::move(message)};
    buffer_.Clear();
  }

  const FrameLimits limits_;
  Buffer buffer_;
  size_t searched_ = 0;              // bytes already searched for a header end
  std::optional<size_t> body_size_;  // set while the body is incomplete
  std::optional<FrameError> error_;
};

class LineFraming : public Framing {
 public:
  explicit LineFraming(FrameLimits limits) : limits_(limits) {}

  void Append(std::string_view bytes) override {
    if (!error_) buffer_.Append(bytes);
  }

  std::optional<Body> Next() override {
    while (!error_) {
      const std::string_view bytes = buffer_.view();
      const size_t end = bytes.find('\n', searched_);
      if (end == std::string_view::npos ? bytes.size() > limits_.body_bytes
                                        : end > limits_.body_bytes) {
        error_ = FrameError{fmt::format("line exceeds the limit of {} bytes",
                                        limits_.body_bytes)};
        buffer_.Clear();
        break;
      }
      if (end == std::string_view::npos) {
        searched_ = bytes.size();
        return std::nullopt;
      }
      std::string_view line = bytes.substr(0, end);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      buffer_.Consume(end + 1);
      searched_ = 0;
      if (!Trim(line).empty()) return Body(line);
    }
    return tl::unexpected(*error_);
  }

  void Encode(std::string_view body, std::string* out) const override {
    out->append(body);
    out->push_back('\n');
  }

  size_t buffered() const override { return buffer_.view().size(); }

 private:
  const FrameLimits limits_;
  Buffer buffer_;
  size_t searched_ = 0;
  std::optional<FrameError> error_;
};

}  // namespace

std::unique_ptr<Framing> MakeContentLengthFraming(FrameLimits limits) {
  return std::make_unique<ContentLengthFraming>(limits);
}

std::unique_ptr<Framing> MakeLineFraming(FrameLimits limits) {
  return std::make_unique<LineFraming>(limits);
}

}  // namespace copilot::wire

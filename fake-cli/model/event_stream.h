// SPDX-License-Identifier: MIT
//
// Server-sent events out of the bytes of a response, however they are split.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace copilot::fake_cli {

class EventStream {
 public:
  // The data of the events that these bytes complete, in order; several data
  // lines of one event are joined by newlines. Other fields and comments are
  // skipped. Lines may end in CRLF.
  std::vector<std::string> Read(std::string_view bytes);

 private:
  void EndLine(std::vector<std::string>* events);

  std::string line_;
  std::string data_;
  bool has_data_ = false;
};

}  // namespace copilot::fake_cli

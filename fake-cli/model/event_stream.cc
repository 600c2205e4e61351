// SPDX-License-Identifier: MIT
#include "fake-cli/model/event_stream.h"

#include <utility>

namespace copilot::fake_cli {

std::vector<std::string> EventStream::Read(std::string_view bytes) {
  std::vector<std::string> events;
  for (const char c : bytes) {
    if (c == '\n') {
      EndLine(&events);
    } else {
      line_.push_back(c);
    }
  }
  return events;
}

void EventStream::EndLine(std::vector<std::string>* events) {
  std::string line = std::exchange(line_, "");
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty()) {
    if (std::exchange(has_data_, false)) {
      events->push_back(std::exchange(data_, ""));
    }
    return;
  }
  if (line.rfind("data:", 0) != 0) return;
  const size_t begin = line.size() > 5 && line[5] == ' ' ? 6 : 5;
  if (has_data_) data_.push_back('\n');
  data_ += line.substr(begin);
  has_data_ = true;
}

}  // namespace copilot::fake_cli

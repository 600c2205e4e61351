// SPDX-License-Identifier: MIT
#include "fake-cli/model/answer_reader.h"

#include <utility>

namespace copilot::fake_cli {

using Json = nlohmann::json;

ModelFailure Lost(const std::string& why) {
  ModelFailure failure;
  failure.message = why;
  failure.error_json = Json(why).dump();
  return failure;
}

void AnswerReader::Tick(double ms) {
  if (answer_.first_chunk_ms < 0) answer_.first_chunk_ms = ms;
  last_event_ms_ = ms;
  ++events_;
}

ModelAnswer AnswerReader::Take(bool streamed) {
  for (ToolRequest& tool : answer_.tools) {
    if (tool.arguments.empty()) tool.arguments = "{}";
    if (!Json::accept(tool.arguments)) {
      // The real CLI goes on with cleared arguments, too.
      tool.arguments = "{}";
      tool.valid = false;
    }
  }
  answer_.streamed = streamed;
  answer_.refusable |= streamed;
  if (events_ > 1) {
    answer_.between_chunks_ms =
        (last_event_ms_ - answer_.first_chunk_ms) / (events_ - 1);
  }
  return std::move(answer_);
}

}  // namespace copilot::fake_cli

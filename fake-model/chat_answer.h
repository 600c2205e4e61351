// SPDX-License-Identifier: MIT
//
// Answers in the shapes of OpenAI chat completions.
#pragma once

#include <string>
#include <vector>

#include "fake-model/script.h"

namespace copilot::fake_model {

// Which request is answered: identifiers are made of it.
struct ChatCall {
  int number = 1;     // of chat completions, from 1
  std::string model;  // as requested
};

// The body of an answer that is not streamed.
std::string ChatCompletion(const Answer& answer, const ChatCall& call);

// The events of a stream, each "data: …\n\n": one for each chunk of reasoning
// and text and for each tool call. With `ending` also the finish reason, the
// usage and "[DONE]".
std::vector<std::string> ChatStream(const Answer& answer, const ChatCall& call,
                                    bool ending = true);

}  // namespace copilot::fake_model

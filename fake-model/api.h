// SPDX-License-Identifier: MIT
//
// An API that models are asked over: how its answers, its errors and its rules
// look.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "fake-model/answer.h"
#include "fake-model/rules.h"

namespace copilot::fake_model {

// Which request is answered: identifiers are made of it.
struct Call {
  int number = 1;     // of model calls, from 1
  std::string model;  // as requested
};

// Has no state: any thread may call it at any time.
class Api {
 public:
  virtual ~Api() = default;

  // What a request breaks of the API's rules.
  virtual Violations Check(const nlohmann::json& request) const = 0;

  // Whether the request asks for a stream.
  virtual bool Streams(const nlohmann::json& request) const;

  // The body of an answer that is not streamed.
  virtual std::string Body(const Answer& answer, const Call& call) const = 0;

  // The pieces of a stream, each whole events: at least one for each chunk of
  // reasoning and text. Without `ending` nothing comes after the last chunk.
  virtual std::vector<std::string> Events(const Answer& answer,
                                          const Call& call,
                                          bool ending = true) const = 0;

  virtual const char* stream_type() const { return "text/event-stream"; }

  // The body of an error; OpenAI's unless an API has another one.
  virtual std::string ErrorBody(const HttpError& error) const;

  // The same as the last piece of a stream.
  virtual std::string ErrorEvent(const HttpError& error) const;
};

// The id that the script gives the call, else "call_<request>_<index>".
std::string CallId(const Answer& answer, const Call& call, size_t index);

// JSON text. Scripts may hold text that is no UTF-8; it is repaired.
std::string Dump(const nlohmann::ordered_json& value);

}  // namespace copilot::fake_model

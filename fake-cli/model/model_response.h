// SPDX-License-Identifier: MIT
//
// The response to a model request, read as its bytes arrive.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "fake-cli/model/event_stream.h"
#include "fake-cli/model/model_call.h"

namespace copilot::fake_cli {

class ModelResponse {
 public:
  // The clock starts now. `request` must outlive this; `parts` hear of a
  // streamed answer.
  ModelResponse(const ModelRequest& request, PartListener parts);

  // The whole body of the request.
  const std::string& request_body() const { return request_body_; }

  // `retry_after_s` is -1 when the endpoint does not say. An answer of JSON is
  // read whole, even if a stream was asked for.
  void Head(int status, std::string reason, const std::string& content_type,
            int retry_after_s);
  void Body(std::string_view bytes);

  // What came of it. Once.
  tl::expected<ModelAnswer, ModelFailure> End();
  // There was no answer, or not all of one. `refused`: nobody listens.
  ModelFailure Broken(bool refused) const;

 private:
  void ReadChunk(const std::string& data);
  double ElapsedMs() const;
  tl::expected<ModelAnswer, ModelFailure> Result();
  void Measure(int64_t* request_bytes, int64_t* duration_ms) const;

  const ModelRequest& request_;
  const PartListener parts_;
  const std::string request_body_;
  const std::chrono::steady_clock::time_point began_;
  const std::unique_ptr<AnswerReader> reader_;
  EventStream events_;
  int status_ = 0;
  std::string reason_;
  int retry_after_s_ = -1;
  bool streamed_;
  std::string body_;
  std::optional<ModelFailure> stream_failure_;
};

}  // namespace copilot::fake_cli

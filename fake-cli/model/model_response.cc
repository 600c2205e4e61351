// SPDX-License-Identifier: MIT
#include "fake-cli/model/model_response.h"

#include <fmt/format.h>

#include <utility>

#include "fake-cli/json_read.h"
#include "wire/json_scan.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// What an error body says, as the real CLI tells it.
ModelFailure ReadError(int status, const std::string& reason,
                       const std::string& body) {
  ModelFailure failure;
  failure.status = status;
  failure.message = fmt::format("{} {}", status, reason);
  failure.error_json =
      Json(body).dump(-1, ' ', false, Json::error_handler_t::replace);
  const Json document = Json::parse(body, nullptr, false);
  if (!document.is_object()) return failure;
  const Json error = document.value("error", document);
  failure.error_json = error.dump();
  failure.type = TextOf(error, "type");
  failure.code = TextOf(error, "code");
  const std::string text =
      error.is_object() ? TextOf(error, "message") : TextOf(document, "error");
  if (!text.empty()) failure.message = fmt::format("{} {}", status, text);
  return failure;
}

}  // namespace

ModelResponse::ModelResponse(const ModelRequest& request, PartListener parts)
    : request_(request),
      parts_(std::move(parts)),
      request_body_(
          request.body.dump(-1, ' ', false, Json::error_handler_t::replace)),
      began_(std::chrono::steady_clock::now()),
      reader_(request.api->reader()),
      streamed_(request.stream) {}

void ModelResponse::Head(int status, std::string reason,
                         const std::string& content_type, int retry_after_s) {
  if (content_type.rfind("application/json", 0) == 0) streamed_ = false;
  status_ = status;
  reason_ = std::move(reason);
  retry_after_s_ = retry_after_s;
}

void ModelResponse::Body(std::string_view bytes) {
  if (!streamed_ || status_ != 200) {
    body_ += bytes;
    return;
  }
  for (const std::string& data : events_.Read(bytes)) {
    if (!stream_failure_ && data != "[DONE]") ReadChunk(data);
  }
}

void ModelResponse::ReadChunk(const std::string& data) {
  const auto valid = wire::ScanJson(data);
  const Json chunk = Json::parse(data, nullptr, false);
  if (!valid || !chunk.is_object()) {
    stream_failure_ =
        Lost(fmt::format("Failed to parse {} stream chunk: {}", reader_->name(),
                         valid ? "expected an object" : valid.error().message));
    return;
  }
  reader_->Tick(ElapsedMs());
  stream_failure_ = reader_->ReadEvent(chunk, parts_);
}

tl::expected<ModelAnswer, ModelFailure> ModelResponse::End() {
  auto result = Result();
  if (result) {
    Measure(&result->request_bytes, &result->duration_ms);
  } else {
    Measure(&result.error().request_bytes, &result.error().duration_ms);
  }
  return result;
}

tl::expected<ModelAnswer, ModelFailure> ModelResponse::Result() {
  if (status_ != 200) {
    ModelFailure failure = ReadError(status_, reason_, body_);
    failure.retry_after_s = retry_after_s_;
    return tl::unexpected(std::move(failure));
  }
  std::optional<ModelFailure> failure;
  if (!streamed_) {
    failure = reader_->ReadWhole(Json::parse(body_, nullptr, false));
  } else {
    failure = stream_failure_ ? stream_failure_ : reader_->End();
  }
  if (failure) return tl::unexpected(std::move(*failure));
  return reader_->Take(streamed_);
}

// In the words of the real CLI's HTTP client.
ModelFailure ModelResponse::Broken(bool refused) const {
  ModelFailure failure = Lost(fmt::format(
      "Failed native model HTTP request: error sending request for url "
      "({}{}): client error ({}",
      request_.base_url, request_.path,
      refused ? "Connect): tcp connect error: Connection refused (os error "
                "111) [ECONNREFUSED]"
              : "SendRequest): connection closed before message completed"));
  failure.refused = refused;
  Measure(&failure.request_bytes, &failure.duration_ms);
  return failure;
}

void ModelResponse::Measure(int64_t* request_bytes,
                            int64_t* duration_ms) const {
  *request_bytes = static_cast<int64_t>(request_body_.size());
  *duration_ms = static_cast<int64_t>(ElapsedMs());
}

double ModelResponse::ElapsedMs() const {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now() - began_)
      .count();
}

}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
#include "fake-model/delivery.h"

#include <httplib.h>

#include <utility>
#include <vector>

namespace copilot::fake_model {
namespace {

// What a stream consists of.
std::vector<std::string> Pieces(const Answer& answer, const Api& api,
                                const Call& call) {
  if (answer.has_raw_sse) return answer.raw_sse;
  const HttpError& error = answer.error;
  const bool ends = !answer.reset && !answer.stall && error.status == 0;
  std::vector<std::string> pieces = api.Events(answer, call, ends);
  if (error.status != 0) {
    pieces.push_back(error.body ? *error.body : api.ErrorEvent(error));
  }
  return pieces;
}

void Stream(std::vector<std::string> pieces, const char* type,
            const Answer& answer, const Connection& connection,
            httplib::Response& response) {
  response.set_header("Cache-Control", "no-cache");
  response.set_chunked_content_provider(
      type, [pieces = std::move(pieces), delay = answer.chunk_delay_ms,
             reset = answer.reset, stall = answer.stall,
             connection](size_t, httplib::DataSink& sink) {
        bool first = true;
        for (const std::string& piece : pieces) {
          if (!first && delay > 0 && !connection.Wait(delay)) return false;
          first = false;
          if (!sink.write(piece.data(), piece.size())) return false;
        }
        if (stall) connection.Wait(-1);
        if (stall || reset) {
          connection.Reset();
          return false;
        }
        sink.done();
        return true;
      });
}

}  // namespace

void DeliverError(const HttpError& error, const Api& api,
                  httplib::Response& response) {
  response.status = error.status;
  for (const auto& [name, value] : error.headers) {
    response.set_header(name, value);
  }
  response.set_content(
      error.body ? *error.body : api.ErrorBody(error),
      error.content_type.empty() ? kJsonType : error.content_type.c_str());
}

void Deliver(const Answer& answer, const Api& api, const Call& call,
             bool streaming, const Connection& connection,
             httplib::Response& response) {
  if (answer.delay_ms > 0 && !connection.Wait(answer.delay_ms)) {
    return connection.Reset();
  }
  const bool breaks = answer.error.status == 200 && streaming;
  const bool cut = answer.reset || answer.stall;
  if (answer.error.status != 0 && !breaks) {
    DeliverError(answer.error, api, response);
  } else if (answer.has_raw_sse || (streaming && !(answer.empty() && cut))) {
    Stream(Pieces(answer, api, call), api.stream_type(), answer, connection,
           response);
  } else if (cut) {
    if (answer.stall) connection.Wait(-1);
    connection.Reset();
  } else {
    response.set_content(api.Body(answer, call), kJsonType);
  }
}

}  // namespace copilot::fake_model

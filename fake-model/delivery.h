// SPDX-License-Identifier: MIT
//
// Sending an answer over HTTP, with whatever goes wrong on purpose.
#pragma once

#include <string>

#include "fake-model/api.h"
#include "fake-model/connection.h"

namespace httplib {
struct Response;
}  // namespace httplib

namespace copilot::fake_model {

// The library compresses a plain "application/json".
inline constexpr char kJsonType[] = "application/json; charset=utf-8";

// Blocks as long as the script says. `api` must outlive the response.
void Deliver(const Answer& answer, const Api& api, const Call& call,
             bool streaming, const Connection& connection,
             httplib::Response& response);

// An error in the words of the API.
void DeliverError(const HttpError& error, const Api& api,
                  httplib::Response& response);

}  // namespace copilot::fake_model

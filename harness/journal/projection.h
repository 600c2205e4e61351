// SPDX-License-Identifier: MIT
//
// What the journal stores for an event of the SDK, and whether the transcript
// could reproduce the event from that (harness spec 7.2). Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/error.h"
#include "harness/session_event.h"

namespace copilot::harness {

struct Projection {
  Json message;
  bool reproducible = true;
};

// What an assistant's message says about its origin.
struct ModelReference {
  std::string api;
  std::string provider;
  std::string model;
};

// `hidden`: nobody typed it. Attachments lose what they carry.
Projection ProjectUser(const Json& data, bool hidden, int64_t now);

// A message whose content is empty when the model said nothing.
Projection ProjectAssistant(const Json& data, const ModelReference& origin,
                            int64_t now);

Projection ProjectToolResult(const Json& data, const std::string& tool_name,
                             int64_t now);

// One message of several events of one model call: texts one after the other,
// the last thoughts, each tool call once (harness spec 6.4).
Json MergeChunks(const std::vector<Json>& chunks);

}  // namespace copilot::harness

// SPDX-License-Identifier: MIT
//
// What a host's telemetry looks like to the SDK (harness spec 14.2). Nothing in
// the harness calls these: an embedding program passes their results on.
// Functions without state, and so thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "harness/error.h"

namespace copilot::harness {

// Where traces go. What is not set is left to the CLI.
struct TelemetrySettings {
  std::optional<std::string> otlp_endpoint;
  std::optional<std::string> file_path;
  std::optional<std::string> exporter_type;
  std::optional<std::string> source_name;
  std::optional<bool> capture_content;
};

// An object with what is set, be it false or empty, and nothing else.
Json TelemetryConfig(const TelemetrySettings& settings);

// Where the trace context of a turn comes from; every member is optional.
struct TraceProvider {
  std::function<Expected<Json>()> get_trace_context;  // null: it has none
  std::function<Expected<std::string>()> traceparent;
  std::function<Expected<std::string>()> tracestate;
};

// `part` is the member that failed, as `getTraceContext`, `traceparent` or
// `tracestate`.
using TraceNotifier =
    std::function<void(const std::string& part, const Error& error)>;

// An object: the context that get_trace_context gives, even an empty one, else
// {traceparent, tracestate?}. A part that fails is missing, and `notify`, which
// may be empty, learns of it; a trace must never stop a turn.
Json TraceContext(const TraceProvider& provider, const TraceNotifier& notify);

}  // namespace copilot::harness

// SPDX-License-Identifier: MIT
#include "harness/telemetry.h"

namespace copilot::harness {
namespace {

template <typename T>
void Set(Json& config, const char* name, const std::optional<T>& value) {
  if (value) config[name] = *value;
}

// What a source gives; nothing when it is absent or fails.
template <typename T>
std::optional<T> Ask(const std::function<Expected<T>()>& source,
                     const char* part, const TraceNotifier& notify,
                     bool* failed) {
  if (!source) return std::nullopt;
  Expected<T> given = source();
  if (given) return *std::move(given);
  *failed = true;
  if (notify) notify(part, given.error());
  return std::nullopt;
}

}  // namespace

Json TelemetryConfig(const TelemetrySettings& settings) {
  Json config = Json::object();
  Set(config, "otlpEndpoint", settings.otlp_endpoint);
  Set(config, "filePath", settings.file_path);
  Set(config, "exporterType", settings.exporter_type);
  Set(config, "sourceName", settings.source_name);
  Set(config, "captureContent", settings.capture_content);
  return config;
}

Json TraceContext(const TraceProvider& provider, const TraceNotifier& notify) {
  bool failed = false;
  const auto whole =
      Ask(provider.get_trace_context, "getTraceContext", notify, &failed);
  if (whole && whole->is_object()) return *whole;
  Json context = Json::object();
  if (failed) return context;
  const auto parent = Ask(provider.traceparent, "traceparent", notify, &failed);
  if (!parent || parent->empty()) return context;
  context["traceparent"] = *parent;
  const auto state = Ask(provider.tracestate, "tracestate", notify, &failed);
  if (state && !state->empty()) context["tracestate"] = *state;
  return context;
}

}  // namespace copilot::harness

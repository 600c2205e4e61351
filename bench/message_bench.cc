// SPDX-License-Identifier: MIT
//
// Routing a message: what it costs to learn kind, method, session and event
// type, against building a document to read the same four members.
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>
#include <string>

#include "wire/message.h"

namespace copilot::bench {
namespace {

constexpr char kEvent[] =
    R"({"jsonrpc":"2.0","method":"session.event","params":{"sessionId":)"
    R"("e306cd1b-194e-477e-94b0-efc206a5a28b","event":{"type":)"
    R"("assistant.message_delta","data":{"messageId":)"
    R"("37a9d446-be35-4bd0-8acc-fcc8e126ff44","deltaContent":"Hello there, )"
    R"(this is a chunk."},"ephemeral":true,"id":)"
    R"("d4d07b21-e4a7-4b0d-baef-3dedc57b74f5","timestamp":)"
    R"("2026-11-20T21:01:26.910Z","parentId":)"
    R"("34918c38-94ce-475a-b326-5e27b3910d10"}}})";

void Route(benchmark::State& state) {
  for (auto _ : state) {
    const auto message = wire::ParseMessage(kEvent);
    const auto session = wire::RawMember(message->params, "sessionId");
    const auto type =
        wire::RawMember(wire::RawMember(message->params, "event"), "type");
    benchmark::DoNotOptimize(session);
    benchmark::DoNotOptimize(type);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Route)->Name("Message/route");

void RouteByDocument(benchmark::State& state) {
  for (auto _ : state) {
    const auto message = nlohmann::json::parse(kEvent);
    const auto& params = message["params"];
    benchmark::DoNotOptimize(params["sessionId"]);
    benchmark::DoNotOptimize(params["event"]["type"]);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RouteByDocument)->Name("Message/route_by_document");

}  // namespace
}  // namespace copilot::bench

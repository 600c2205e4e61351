// SPDX-License-Identifier: MIT
#include "conformance/schemas/command.h"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "conformance/schemas/gaps.h"
#include "conformance/stage/loop.h"
#include "conformance/traces/fidelity.h"
#include "wire/child_process.h"

namespace copilot::conformance {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Error = tl::unexpected<std::string>;

constexpr std::chrono::milliseconds kLimit(10'000);

tl::expected<std::string, std::string> OutputOf(
    std::vector<std::string> command) {
  Loop loop(kLimit);
  wire::ChildOptions options;
  options.argv = std::move(command);
  options.pipe_stdin = false;
  const std::string program = options.argv[0];
  auto child = wire::ChildProcess::Spawn(loop.io(), std::move(options));
  if (!child) return Error(child.error());
  std::string out;
  bool closed = false;
  const auto output = (*child)->TakeTransport();
  output->Start([&](std::string_view bytes) { out += bytes; },
                [&](const std::string&) { closed = true; });
  loop.RunFor(kLimit, [&] { return closed && (*child)->exit_status(); });
  const auto status = (*child)->exit_status();
  if (status && status->code == 0) return out;
  return Error(program + ": " +
               (status ? status->ToString() + " " + (*child)->stderr_text()
                       : "did not end"));
}

// Asks the fake for its methods.
tl::expected<Known, std::string> MethodsOf(const std::string& fake_cli) {
  const auto out = OutputOf({fake_cli, "methods", "--json"});
  if (!out) return Error(out.error());
  const Json document = Json::parse(*out, nullptr, false);
  Known known;
  if (document.is_object()) {
    for (const Json& each : document.value("methods", Json::array())) {
      const std::string name = each.value("name", "");
      known.methods.insert(name);
      if (each.value("depth", "") == "stub") known.stubs.insert(name);
    }
  }
  if (known.methods.empty()) return Error(fake_cli + ": lists no methods");
  return known;
}

// What the fake is proven to follow: open recordings do not count.
tl::expected<std::vector<Trace>, std::string> FollowedTraces(
    const std::string& directory) {
  const auto accepted =
      AcceptedDifferences::Load(directory + "/differences.json");
  if (!accepted) return Error(accepted.error().front().ToString());
  std::vector<Trace> traces;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().extension() != ".jsonl" ||
        !accepted->OpenReason(entry.path().stem()).empty()) {
      continue;
    }
    auto trace = LoadTrace(entry.path());
    if (!trace) return Error(trace.error());
    traces.push_back(std::move(*trace));
  }
  return traces;
}

}  // namespace

tl::expected<std::string, std::string> ReportGaps(const GapsRequest& request) {
  const auto schemas =
      PublishedSchemas::Load(request.schemas, Strictness::kStrict);
  if (!schemas) return Error(schemas.error());
  auto known = MethodsOf(request.fake_cli);
  if (!known) return Error(known.error());
  const auto traces = FollowedTraces(request.traces);
  if (!traces) return Error(traces.error());
  for (const Trace& trace : *traces) known->Learn(trace);
  Gaps gaps = FindGaps(*schemas, *known);
  if (!request.since.empty()) {
    const auto older =
        PublishedSchemas::Load(request.since, Strictness::kStrict);
    if (!older) return Error(older.error());
    gaps = gaps.Without(FindGaps(*older, *known));
  }
  return request.json ? gaps.ToJson().dump(2) + "\n" : gaps.ToText();
}

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
#include "harness/journal/pending_message.h"

#include <algorithm>
#include <utility>

namespace copilot::harness {
namespace {

Row MakeRow(std::string key, Json message) {
  std::string source = Fingerprint(message);
  return {std::move(key), std::move(source), std::move(message)};
}

}  // namespace

PendingMessage::PendingMessage(std::string key, Json data)
    : key_(std::move(key)) {
  chunks_.push_back(std::move(data));
}

std::string PendingMessage::api_call_id() const {
  return StringMember(chunks_.front(), "apiCallId");
}

void PendingMessage::Add(Json data) {
  const std::string id = StringMember(data, "messageId");
  for (Json& chunk : chunks_) {
    if (StringMember(chunk, "messageId") != id) continue;
    chunk = std::move(data);
    return;
  }
  chunks_.push_back(std::move(data));
}

bool PendingMessage::AddResult(const std::string& key, const Json& data) {
  const std::string id = StringMember(data, "toolCallId");
  const std::vector<std::string> calls = Calls();
  return std::find(calls.begin(), calls.end(), id) != calls.end() &&
         results_.emplace(id, Result{key, data}).second;
}

std::vector<std::string> PendingMessage::Calls() const {
  std::vector<std::string> ids;
  const Json merged = MergeChunks(chunks_);
  for (const Json& request : merged["toolRequests"]) {
    ids.push_back(StringMember(request, "toolCallId"));
  }
  return ids;
}

bool PendingMessage::has_calls() const { return !Calls().empty(); }

bool PendingMessage::is_complete() const {
  const std::vector<std::string> calls = Calls();
  return std::all_of(calls.begin(), calls.end(), [&](const std::string& id) {
    return results_.count(id) != 0;
  });
}

PendingMessage::Rows PendingMessage::Take(const ModelReference& origin,
                                          bool tainted, int64_t now) const {
  const Json merged = MergeChunks(chunks_);
  Projection message = ProjectAssistant(merged, origin, now);
  if (tainted) message.message["tainted"] = true;
  Rows rows;
  rows.reproducible = message.reproducible;
  rows.empty = message.message["content"].empty();
  rows.rows.push_back(MakeRow(key_, std::move(message.message)));
  for (const Json& request : merged["toolRequests"]) {
    const Result& result = results_.at(StringMember(request, "toolCallId"));
    Projection row =
        ProjectToolResult(result.data, StringMember(request, "name"), now);
    rows.reproducible &= row.reproducible;
    rows.rows.push_back(MakeRow(result.key, std::move(row.message)));
  }
  return rows;
}

}  // namespace copilot::harness

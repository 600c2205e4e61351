// SPDX-License-Identifier: MIT
#include "harness/journal/row_store.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "harness/session_event.h"
#include "harness/uuid.h"
#include "wire/message.h"

namespace copilot::harness {
namespace {

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Line(const Row& row) {
  Json message = row.message;
  message["idempotencyKey"] = row.key;
  return Dump({{"type", "message"},
               {"id", RandomUuid()},
               {"source", row.source},
               {"message", std::move(message)}}) +
         "\n";
}

std::optional<Row> Parse(std::string_view line) {
  // A crash may have cut it.
  Json parsed = Json::parse(line.begin(), line.end(), nullptr, false);
  Row row{StringMember(MemberOrNull(parsed, "message"), "idempotencyKey"),
          StringMember(parsed, "source"), Json()};
  if (row.key.empty()) return std::nullopt;
  row.message = std::move(parsed["message"]);
  row.message.erase("idempotencyKey");
  if (row.source.empty()) row.source = Fingerprint(row.message);
  return row;
}

class FileRowStore : public RowStore {
 public:
  FileRowStore(std::shared_ptr<TranscriptFile> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  Status Extend(
      const std::function<Expected<std::vector<Row>>(const RowsByKey&)>& add)
      override {
    Status refused;
    const Status written =
        file_->Extend(path_, [&](const std::string& text) -> std::string {
          Read(text);
          const auto rows = add(rows_);
          if (!rows) {
            refused = Fail(rows.error());
            return "";
          }
          // A line that a crash cut short must not swallow ours.
          const bool cut = !text.empty() && text.back() != '\n';
          std::string lines = cut && !rows->empty() ? "\n" : "";
          for (const Row& row : *rows) lines += Line(row);
          return lines;
        });
    return refused ? written : refused;
  }

 private:
  // Parses what came since the last time: transcripts grow long.
  void Read(const std::string& text) {
    if (text.size() < parsed_) {
      parsed_ = 0;
      rows_.clear();
    }
    std::string_view rest = std::string_view(text).substr(parsed_);
    for (size_t end = rest.find('\n'); end != std::string_view::npos;
         end = rest.find('\n')) {
      if (auto row = Parse(rest.substr(0, end))) {
        rows_.emplace(row->key, *row);
      }
      rest.remove_prefix(end + 1);
      parsed_ += end + 1;
    }
  }

  const std::shared_ptr<TranscriptFile> file_;
  const std::string path_;
  // Used under the lock of the file only.
  RowsByKey rows_;
  size_t parsed_ = 0;
};

}  // namespace

std::string Fingerprint(const Json& message) {
  Json said = Json::object();
  for (const char* name :
       {"role", "content", "toolCallId", "toolName", "isError"}) {
    said[name] = MemberOrNull(message, name);
  }
  return wire::Sha256Hex(Dump(said), 16);
}

std::shared_ptr<RowStore> MakeFileRowStore(std::shared_ptr<TranscriptFile> file,
                                           std::string path) {
  return std::make_shared<FileRowStore>(std::move(file), std::move(path));
}

std::vector<Json> DetachedTranscript::messages() const {
  const std::lock_guard lock(mutex_);
  std::vector<Json> messages;
  for (const std::string& key : order_) {
    messages.push_back(rows_.at(key).message);
  }
  return messages;
}

void DetachedTranscript::Rebind() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  rows_.clear();
  order_.clear();
}

class DetachedRowStore : public RowStore {
 public:
  explicit DetachedRowStore(std::shared_ptr<DetachedTranscript> transcript)
      : transcript_(std::move(transcript)) {
    const std::lock_guard lock(transcript_->mutex_);
    generation_ = transcript_->generation_;
  }

  Status Extend(
      const std::function<Expected<std::vector<Row>>(const RowsByKey&)>& add)
      override {
    const std::lock_guard lock(transcript_->mutex_);
    if (transcript_->generation_ != generation_) return Changed();
    auto rows = add(transcript_->rows_);
    if (!rows) return Fail(rows.error());
    for (Row& row : *rows) {
      transcript_->order_.push_back(row.key);
      transcript_->rows_[row.key] = std::move(row);
    }
    return {};
  }

  Status Verify() override {
    const std::lock_guard lock(transcript_->mutex_);
    if (transcript_->generation_ != generation_) return Changed();
    return {};
  }

 private:
  static tl::unexpected<Error> Changed() {
    return Fail("caller-owned transcript changed");
  }

  const std::shared_ptr<DetachedTranscript> transcript_;
  uint64_t generation_;
};

std::shared_ptr<RowStore> MakeDetachedRowStore(
    std::shared_ptr<DetachedTranscript> transcript) {
  return std::make_shared<DetachedRowStore>(std::move(transcript));
}

}  // namespace copilot::harness

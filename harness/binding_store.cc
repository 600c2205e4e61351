// SPDX-License-Identifier: MIT
#include "harness/binding_store.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "harness/session_event.h"
#include "harness/text.h"

namespace copilot::harness {
namespace {

namespace fs = std::filesystem;

Json Record(const StoredBinding& binding, int64_t now) {
  Json record = {{"schemaVersion", 2},
                 {"sdkSessionId", binding.sdk_session_id},
                 {"compatKey", binding.compat_key},
                 {"compactKey", binding.compact_key},
                 {"authMode", ToString(binding.auth_mode)},
                 {"updatedAt", now}};
  if (binding.auth_mode != AuthMode::kUseLoggedInUser) {
    record["authProfileId"] = binding.auth_profile_id;
    record["authProfileVersion"] = binding.auth_profile_version;
  }
  if (binding.journal_validated) record["journalVersion"] = 1;
  return record;
}

std::optional<StoredBinding> Read(const Json& record, int64_t now) {
  const Json& updated = MemberOrNull(record, "updatedAt");
  if (!updated.is_number() || now - updated.get<int64_t>() > kBindingTtlMs) {
    return std::nullopt;
  }
  StoredBinding binding;
  binding.sdk_session_id = StringMember(record, "sdkSessionId");
  binding.compat_key = StringMember(record, "compatKey");
  if (IsBlank(binding.sdk_session_id) || IsBlank(binding.compat_key)) {
    return std::nullopt;
  }
  const Json& version = MemberOrNull(record, "schemaVersion");
  if (version == 1) return binding;
  const auto mode = ParseAuthMode(StringMember(record, "authMode"));
  if (version != 2 || !mode) return std::nullopt;
  binding.compact_key = StringMember(record, "compactKey");
  binding.auth_mode = *mode;
  binding.auth_profile_id = StringMember(record, "authProfileId");
  binding.auth_profile_version = StringMember(record, "authProfileVersion");
  const bool needs_profile = *mode != AuthMode::kUseLoggedInUser;
  if (needs_profile && (binding.auth_profile_id.empty() ||
                        binding.auth_profile_version.empty())) {
    return std::nullopt;
  }
  const Json& journal = MemberOrNull(record, "journalVersion");
  if (!journal.is_null() && journal != 1) return std::nullopt;
  binding.journal_validated = journal == 1;
  return binding;
}

class FileBindingStore : public BindingStore {
 public:
  FileBindingStore(std::string path, std::function<int64_t()> now)
      : path_(std::move(path)), now_(std::move(now)) {}

  Expected<std::optional<StoredBinding>> Lookup(
      const std::string& session_id) override {
    const std::lock_guard lock(mutex_);
    const Json all = Load();
    const auto found = all.find(session_id);
    if (found == all.end()) return std::nullopt;
    return Read(*found, now_());
  }

  Status Register(const std::string& session_id,
                  const StoredBinding& binding) override {
    const std::lock_guard lock(mutex_);
    Json all = Load();
    all[session_id] = Record(binding, now_());
    Trim(&all);
    return Save(all);
  }

  Status Delete(const std::string& session_id) override {
    const std::lock_guard lock(mutex_);
    Json all = Load();
    if (all.erase(session_id) == 0) return {};
    return Save(all);
  }

 private:
  // A file that cannot be understood is as good as none: bindings are a
  // convenience, and the next write repairs it.
  Json Load() const {
    std::ifstream in(path_);
    Json all = Json::parse(in, nullptr, false);
    return all.is_object() ? all : Json::object();
  }

  Status Save(const Json& all) const {
    std::error_code error;
    fs::create_directories(fs::path(path_).parent_path(), error);
    const std::string temporary =
        path_ + "." + std::to_string(getpid()) + ".tmp";
    std::ofstream out(temporary);
    out << all.dump(-1, ' ', false, Json::error_handler_t::replace);
    out.close();
    if (out) fs::rename(temporary, path_, error);
    if (!out || error) {
      return Fail("cannot write " + path_ + ": " +
                  (error ? error.message() : std::strerror(errno)));
    }
    return {};
  }

  static void Trim(Json* all) {
    if (all->size() <= kMostBindings) return;
    std::vector<std::pair<int64_t, std::string>> ages;
    for (const auto& [id, record] : all->items()) {
      const Json& updated = MemberOrNull(record, "updatedAt");
      ages.emplace_back(updated.is_number() ? updated.get<int64_t>() : 0, id);
    }
    std::sort(ages.begin(), ages.end());
    for (size_t i = 0; all->size() > kMostBindings; ++i) {
      all->erase(ages[i].second);
    }
  }

  const std::string path_;
  const std::function<int64_t()> now_;
  std::mutex mutex_;
};

}  // namespace

std::shared_ptr<BindingStore> MakeFileBindingStore(
    std::string path, std::function<int64_t()> now) {
  return std::make_shared<FileBindingStore>(std::move(path), std::move(now));
}

}  // namespace copilot::harness

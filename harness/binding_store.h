// SPDX-License-Identifier: MIT
//
// The remembered mapping of host sessions to SDK sessions that outlives the
// process (harness spec 2.4): one JSON file, replaced as a whole.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "harness/auth.h"
#include "harness/clock.h"
#include "harness/error.h"

namespace copilot::harness {

struct StoredBinding {
  std::string sdk_session_id;
  std::string compat_key;
  std::string compact_key;
  AuthMode auth_mode = AuthMode::kUseLoggedInUser;
  std::string auth_profile_id;
  std::string auth_profile_version;
  bool journal_validated = false;  // the record's journalVersion is 1
};

// Thread-safe.
class BindingStore {
 public:
  virtual ~BindingStore() = default;
  // A value that does not hold together counts as absent.
  virtual Expected<std::optional<StoredBinding>> Lookup(
      const std::string& session_id) = 0;
  virtual Status Register(const std::string& session_id,
                          const StoredBinding& binding) = 0;
  virtual Status Delete(const std::string& session_id) = 0;
};

inline constexpr size_t kMostBindings = 5000;
inline constexpr int64_t kBindingTtlMs = int64_t{90} * 24 * 3600 * 1000;

// Keeps the bindings in the file `path`, at most kMostBindings, the oldest go
// first, none longer than kBindingTtlMs.
std::shared_ptr<BindingStore> MakeFileBindingStore(
    std::string path, std::function<int64_t()> now = SystemNow);

}  // namespace copilot::harness

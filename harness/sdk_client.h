// SPDX-License-Identifier: MIT
//
// One Copilot CLI, as an SDK presents it: something that makes and resumes
// sessions and can be stopped. The CLI is started lazily, by the first session.
//
// All calls block and may be made from any thread but the loop's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/error.h"
#include "harness/sdk_session.h"
#include "harness/session_config.h"
#include "wire/secret.h"

namespace copilot::harness {

inline constexpr char kEmptyMode[] = "empty";

// How a CLI is started; all that the pool hands to a factory (harness spec
// 4.2).
struct ClientOptions {
  std::string base_directory;  // COPILOT_HOME; absolute
  wire::Secret github_token;   // empty: none
  bool use_logged_in_user = true;
  std::string client_mode;  // "empty": without what a CLI has of its own
};

class SdkClient {
 public:
  virtual ~SdkClient() = default;

  // The session id is ours: a fresh UUID.
  virtual Expected<std::shared_ptr<SdkSession>> CreateSession(
      const SessionConfig& config) = 0;
  virtual Expected<std::shared_ptr<SdkSession>> ResumeSession(
      const std::string& session_id, const SessionConfig& config) = 0;

  // Removes the session and its files.
  virtual Status DeleteSession(const std::string& session_id) = 0;

  // Ends the CLI gracefully; returns what went wrong on the way.
  virtual std::vector<Error> Stop() = 0;

  // Ends it at once.
  virtual void ForceStop() = 0;
};

class ClientFactory {
 public:
  virtual ~ClientFactory() = default;
  virtual Expected<std::shared_ptr<SdkClient>> Create(
      const ClientOptions& options) = 0;
};

}  // namespace copilot::harness

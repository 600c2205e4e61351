// SPDX-License-Identifier: MIT
//
// Where files of sessions lie: on this machine, or with a client
// (sessionFs.*, protocol 21).
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "fake-cli/json_read.h"
#include "wire/peer.h"

namespace copilot::fake_cli {

// What came of an operation.
struct FileAnswer {
  nlohmann::json result;  // an object, or null
  std::string code;       // "ENOENT", "EACCES", …; empty: nothing went wrong
  std::string message;

  bool ok() const { return code.empty(); }
  bool missing() const { return code == "ENOENT"; }
  std::string text() const { return code + ": " + message; }
  // What a file that was read holds.
  std::string content() const { return TextOf(result, "content"); }
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // `operation` and `params` are those of the methods sessionFs.*, and so is
  // the result. `take` is called once, at once or later.
  using Take = std::function<void(const FileAnswer&)>;
  virtual void Do(std::string_view operation,
                  const nlohmann::ordered_json& params, Take take) = 0;
};

std::shared_ptr<FileSystem> MakeDiskFiles();

// `ask` sends a request to the client; `params` is raw JSON.
using AskForFiles =
    std::function<void(std::string_view method, const std::string& params,
                       wire::Peer::Callback callback)>;
std::shared_ptr<FileSystem> MakeClientFiles(AskForFiles ask,
                                            std::string session_id);

}  // namespace copilot::fake_cli

// SPDX-License-Identifier: MIT
//
// What the model was asked, as JSON lines (README.md). Credentials are replaced
// by their fingerprints wherever they stand.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace copilot::fake_model {

struct RecordedRequest {
  int number = 1;  // from 1
  std::string method;
  std::string path;                            // with the query
  std::map<std::string, std::string> headers;  // names in any case
  std::string body;                            // JSON or not
  std::vector<std::string> violations = {};    // of the rules of the API
};

// The line without its newline.
std::string RecordLine(const RecordedRequest& request);

// Thread-safe.
class Record {
 public:
  Record() = default;
  ~Record();
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  // Appends to a file from now on. Fails with a text that names it.
  tl::expected<void, std::string> Open(const std::string& path);

  // One write for each line. Does nothing while no file is open.
  void Add(const RecordedRequest& request);

 private:
  std::mutex mutex_;  // guards fd_ and the order of lines
  int fd_ = -1;
};

}  // namespace copilot::fake_model

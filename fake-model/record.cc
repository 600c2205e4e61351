// SPDX-License-Identifier: MIT
#include "fake-model/record.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "wire/secret.h"

namespace copilot::fake_model {
namespace {

using Json = nlohmann::ordered_json;

// Shorter values would also hit innocent text.
constexpr size_t kShortestSecret = 4;

std::string Lower(std::string text) {
  for (char& c : text) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

bool HoldsCredential(const std::string& name) {
  for (const char* known :
       {"authorization", "api-key", "x-api-key", "proxy-authorization",
        "cookie", "copilot-session-token"}) {
    if (name == known) return true;
  }
  return false;
}

// "Bearer tok-a" without its scheme.
std::string Credential(const std::string& value) {
  const size_t blank = value.find(' ');
  return blank == std::string::npos ? value : value.substr(blank + 1);
}

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void ReplaceAll(const std::string& what, const std::string& with,
                std::string* text) {
  for (size_t at = 0; (at = text->find(what, at)) != std::string::npos;
       at += with.size()) {
    text->replace(at, what.size(), with);
  }
}

// Of the machine's monotonic clock, which every process reads the same.
int64_t MonotonicUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::string RecordLine(const RecordedRequest& request) {
  Json headers = Json::object();
  std::vector<std::string> secrets;
  for (const auto& [name, value] : request.headers) {
    const std::string lower = Lower(name);
    if (HoldsCredential(lower)) {
      secrets.push_back(Credential(value));
      headers[lower] = wire::Fingerprint(secrets.back());
    } else {
      headers[lower] = value;
    }
  }
  Json body;
  if (!request.body.empty()) {
    body = Json::parse(request.body, nullptr, false);
    if (body.is_discarded()) body = request.body;
  }
  Json record = {{"n", request.number},           {"at", MonotonicUs()},
                 {"method", request.method},      {"path", request.path},
                 {"headers", std::move(headers)}, {"body", std::move(body)}};
  if (!request.violations.empty()) record["violations"] = request.violations;
  std::string line = Dump(record);
  for (const std::string& secret : secrets) {
    if (secret.size() < kShortestSecret) continue;
    const std::string quoted = Dump(secret);
    ReplaceAll(quoted.substr(1, quoted.size() - 2), wire::Fingerprint(secret),
               &line);
  }
  return line;
}

Record::~Record() {
  if (fd_ >= 0) close(fd_);
}

tl::expected<void, std::string> Record::Open(const std::string& path) {
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) {
    return tl::unexpected(fmt::format("the record {} cannot be written: {}",
                                      path, std::strerror(errno)));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
  return {};
}

void Record::Add(const RecordedRequest& request) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (fd_ < 0) return;
  const std::string line = RecordLine(request) + "\n";
  size_t done = 0;
  while (done < line.size()) {
    const ssize_t wrote = write(fd_, line.data() + done, line.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;  // nobody to tell; the answer goes out anyway
    done += static_cast<size_t>(wrote);
  }
}

}  // namespace copilot::fake_model

// SPDX-License-Identifier: MIT
#include "fake-cli/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "fake-cli/identity.h"
#include "fake-cli/json_read.h"

namespace copilot::fake_cli {
namespace {

using Json = nlohmann::json;

// Short texts would be replaced all over the place.
constexpr size_t kShortestSecret = 3;

// What stands for a credential needs no replacing.
bool IsFingerprint(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  return text.size() == kPrefix.size() + 12 && text.rfind(kPrefix, 0) == 0 &&
         text.find_first_not_of("0123456789abcdef", kPrefix.size()) ==
             std::string_view::npos;
}

// Of the machine's monotonic clock, which every process reads the same.
int64_t MonotonicUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

bool Redactor::IsCredentialName(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c == '_' || c == '-') continue;
    plain.push_back(
        static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  const auto ends = [&](std::string_view suffix) {
    return plain.size() >= suffix.size() &&
           plain.compare(plain.size() - suffix.size(), suffix.size(), suffix) ==
               0;
  };
  return ends("token") || ends("apikey") || ends("password") ||
         ends("secret") || ends("providerbearertoken") ||
         plain == "authorization";
}

void Redactor::Learn(std::string_view secret) {
  if (secret.size() < kShortestSecret || IsFingerprint(secret)) return;
  if (std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end()) {
    return;
  }
  secrets_.emplace_back(secret);
  std::stable_sort(
      secrets_.begin(), secrets_.end(),
      [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

void Redactor::Redact(Json* value) {
  if (value->is_object()) {
    for (auto& [name, member] : value->items()) {
      if (member.is_string() && IsCredentialName(name) &&
          !member.get_ref<const std::string&>().empty() &&
          !IsFingerprint(member.get_ref<const std::string&>())) {
        Learn(member.get_ref<const std::string&>());
        member = wire::Fingerprint(member.get_ref<const std::string&>());
      } else if (member.is_array() && IsCredentialName(name)) {
        for (Json& each : member) {  // the values of a header
          Json one = {{name, std::move(each)}};
          Redact(&one);
          each = std::move(one[name]);
        }
      } else {
        Redact(&member);
      }
    }
  } else if (value->is_array()) {
    for (Json& element : *value) Redact(&element);
  } else if (value->is_string() && !secrets_.empty()) {
    *value = RedactText(value->get<std::string>());
  }
}

std::string Redactor::RedactText(std::string text) const {
  for (const std::string& secret : secrets_) {
    size_t at = text.find(secret);
    while (at != std::string::npos) {
      const std::string fingerprint = wire::Fingerprint(secret);
      text.replace(at, secret.size(), fingerprint);
      at = text.find(secret, at + fingerprint.size());
    }
  }
  return text;
}

Journal::~Journal() {
  Flush();
  if (fd_ >= 0) close(fd_);
}

tl::expected<void, std::string> Journal::Open(const std::string& path) {
  fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) {
    return tl::unexpected(fmt::format("cannot write the journal {}: {}", path,
                                      std::strerror(errno)));
  }
  started_ms_ = NowMs();
  return {};
}

void Journal::Add(std::string_view event, Json members) {
  if (!enabled()) return;
  redactor_.Redact(&members);
  members["t"] = NowMs() - started_ms_;
  members["at"] = MonotonicUs();
  members["pid"] = getpid();
  members["seq"] = ++sequence_;
  members["event"] = event;
  pending_ += Dump(members);
  pending_.push_back('\n');
}

void Journal::AddFrame(bool incoming, int connection, std::string_view body) {
  if (!enabled()) return;
  Json members = {{"conn", connection}};
  Json message = Json::parse(body, nullptr, false);
  if (message.is_discarded()) {
    members["raw"] = redactor_.RedactText(std::string(body));
  } else {
    members["message"] = std::move(message);
  }
  Add(incoming ? "received" : "sent", std::move(members));
}

void Journal::Flush() {
  if (fd_ < 0 || pending_.empty()) return;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const ssize_t written = write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;  // a full disk must not end the run
    rest.remove_prefix(static_cast<size_t>(written));
  }
  pending_.clear();
}

}  // namespace copilot::fake_cli

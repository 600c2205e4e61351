// SPDX-License-Identifier: MIT
#include "conformance/run/shard.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace copilot::conformance {
namespace {

constexpr int kMost = 10000;

// Where a shard's place comes from.
struct Source {
  const char* index;
  const char* total;
  int first;  // how the first is numbered
};

constexpr Source kSources[] = {
    {"SHARD_INDEX", "SHARD_TOTAL", 1},
    {"CI_NODE_INDEX", "CI_NODE_TOTAL", 1},            // GitLab
    {"TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0},     // Bazel
    {"JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", 0}};  // Kubernetes

std::optional<int> Number(const std::string& text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

tl::expected<Shard, std::string> FromVariables(const std::string& given_total,
                                               const Variables& variables) {
  for (const Source& source : kSources) {
    std::string index_text = variables(source.index);
    std::string total_text = variables(source.total);
    if (index_text.empty() && total_text != "1") continue;
    // GitLab tells a job that is not parallel that there is one.
    if (index_text.empty()) index_text = std::to_string(source.first);
    if (total_text.empty()) total_text = given_total;
    if (total_text.empty()) {
      return tl::unexpected(
          fmt::format("{} is set, and {} is not: say how many there are with "
                      "--shard auto/N",
                      source.index, source.total));
    }
    if (!given_total.empty() && given_total != total_text) {
      return tl::unexpected(
          fmt::format("{} is {}, and --shard auto/{} says "
                      "another number",
                      source.total, total_text, given_total));
    }
    const auto index = Number(index_text);
    const auto total = Number(total_text);
    if (!total || *total < 1 || *total > kMost) {
      return tl::unexpected(
          fmt::format("{}: expected a number from 1 to {}, got \"{}\"",
                      source.total, kMost, total_text));
    }
    if (!index || *index < source.first || *index >= *total + source.first) {
      return tl::unexpected(fmt::format(
          "{}: expected a number from {} to {}, got \"{}\"", source.index,
          source.first, *total + source.first - 1, index_text));
    }
    Shard shard{*index - source.first + 1, *total, ""};
    if (std::string(source.index) == "TEST_SHARD_INDEX") {
      shard.status_file = variables("TEST_SHARD_STATUS_FILE");
    }
    return shard;
  }
  std::string names;
  for (const Source& source : kSources) {
    names += std::string(names.empty() ? "" : ", ") + source.index;
  }
  return tl::unexpected(fmt::format("--shard auto: none of {} is set", names));
}

}  // namespace

tl::expected<Shard, std::string> Shard::Parse(const std::string& text,
                                              const Variables& variables) {
  const size_t slash = text.find('/');
  const std::string index_text = text.substr(0, slash);
  const std::string total_text =
      slash == std::string::npos ? "" : text.substr(slash + 1);
  const auto wrong = [&](const std::string& expected) {
    return tl::unexpected(
        fmt::format("--shard {}: expected {}", text, expected));
  };
  const auto total = Number(total_text);
  if (slash != std::string::npos && (!total || *total < 1 || *total > kMost)) {
    return wrong(
        fmt::format("a number from 1 to {} after the slash, got \"{}\"", kMost,
                    total_text));
  }
  if (index_text == "auto") return FromVariables(total_text, variables);
  const auto index = Number(index_text);
  if (!index || !total) return wrong("i/n, auto or auto/n");
  if (*index < 1 || *index > *total) {
    return wrong(fmt::format("a shard from 1 to {}, got {}", *total, *index));
  }
  return Shard{*index, *total, ""};
}

std::string Shard::ToString() const {
  return fmt::format("{}/{}", index, total);
}

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
//
// What is known not to pass, in a file: docs/known-failures.md.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "conformance/expectations/version_range.h"
#include "conformance/run/verdict.h"
#include "wire/document.h"

namespace copilot::conformance {

// One entry. Empty members of its condition always hold.
struct Expectation {
  std::string id;  // a pattern
  std::string adapter;
  std::optional<VersionRange> version;
  std::optional<VersionRange> cli;
  std::string platform;
  std::string expect = "fail";  // fail, error, skip, flake
  std::string message;          // how the first failure begins
  std::string reason;
  std::string link;
  std::string expires;  // YYYY-MM-DD, the last day; empty: never
  int line = 0;

  bool HoldsFor(const Verdict& verdict) const;
};

// Today's date (UTC) as YYYY-MM-DD.
std::string Today();

// Immutable and thread-safe once loaded.
class Expectations {
 public:
  // `today` as Today() gives it.
  static tl::expected<Expectations, wire::DocumentErrors> Load(
      const std::string& file, const std::string& today);
  // No file yet: nothing is expected.
  static Expectations Empty(const std::string& file, const std::string& today);

  // Changes status and reason to what the file says about the verdict.
  void Settle(Verdict* verdict) const;

  // What is wrong with the entries themselves, in words that begin with their
  // place: those that are stale or expired. `verdicts` are settled, `ids` is
  // every scenario that there is, also those that did not run.
  std::vector<std::string> Problems(const std::vector<Verdict>& verdicts,
                                    const std::set<std::string>& ids) const;

  // What an update did, in words.
  struct Update {
    std::vector<std::string> removed;
    std::vector<std::string> added;
    std::vector<std::string> by_hand;  // what it does not decide
  };
  // Rewrites the file: entries that nothing needs any more go, new failures
  // come. Fails when it cannot be read or written.
  tl::expected<Update, std::string> Rewrite(
      const std::vector<Verdict>& verdicts,
      const std::set<std::string>& ids) const;

  const std::vector<Expectation>& entries() const { return entries_; }

 private:
  // What a run showed about an entry.
  struct Findings;

  // The first that matches; null when there is none.
  const Expectation* Find(const Verdict& verdict) const;
  bool Expired(const Expectation& entry) const;
  Findings Judge(const Expectation& entry, const std::vector<Verdict>& verdicts,
                 const std::set<std::string>& ids) const;
  std::string Place(const Expectation& entry) const;

  std::string file_;
  std::string today_;
  std::vector<Expectation> entries_;
};

}  // namespace copilot::conformance

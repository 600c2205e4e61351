// SPDX-License-Identifier: MIT
//
// A part of a run: the scenarios of one of several machines.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace copilot::conformance {

// A variable of the environment; empty when it is not set.
using Variables = std::function<std::string(const char* name)>;

struct Shard {
  int index = 1;  // from 1
  int total = 1;
  // The file that Bazel wants to see touched; empty elsewhere.
  std::string status_file;

  // "i/n", "auto" or "auto/n": from the variables of the matrix convention
  // (SHARD_INDEX, SHARD_TOTAL), GitLab, Bazel or an indexed job of Kubernetes.
  // The error says what is wrong with it, and where it comes from.
  static tl::expected<Shard, std::string> Parse(const std::string& text,
                                                const Variables& variables);

  std::string ToString() const;  // "2/4"

  // Whether the `place`th (from 0) of a list is in this shard. Each is in
  // exactly one; lists differ by one at most.
  bool Has(size_t place) const {
    return place % static_cast<size_t>(total) == static_cast<size_t>(index) - 1;
  }

  template <typename T>
  std::vector<T> Of(const std::vector<T>& list) const {
    std::vector<T> part;
    for (size_t i = 0; i < list.size(); ++i) {
      if (Has(i)) part.push_back(list[i]);
    }
    return part;
  }
};

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
//
// Keeps the process of a persistent adapter from one scenario of a job to the
// next.
#pragma once

#include <asio/io_context.hpp>
#include <memory>

#include "conformance/adapter/process.h"

namespace copilot::conformance {

enum class AdapterReuse {
  kPersistent,  // of adapters that say that they can
  kNever,
};

// Each job has one. Not thread-safe.
class AdapterKeeper {
 public:
  explicit AdapterKeeper(AdapterReuse reuse) : reuse_(reuse) {}
  // Ends the process that is kept.
  ~AdapterKeeper();
  AdapterKeeper(const AdapterKeeper&) = delete;
  AdapterKeeper& operator=(const AdapterKeeper&) = delete;

  // Where everything of this job's scenarios happens: what is kept must live
  // on.
  asio::io_context& io() { return io_; }
  AdapterReuse reuse() const { return reuse_; }

  // The process that is kept, if it is still there; else null.
  std::unique_ptr<AdapterProcess> Take();
  // Takes a process that waits for its next scenario.
  void Keep(std::unique_ptr<AdapterProcess> process);

 private:
  asio::io_context io_{1};
  const AdapterReuse reuse_;
  std::unique_ptr<AdapterProcess> kept_;
};

}  // namespace copilot::conformance

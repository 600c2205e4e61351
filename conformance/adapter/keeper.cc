// SPDX-License-Identifier: MIT
#include "conformance/adapter/keeper.h"

#include <utility>

namespace copilot::conformance {

AdapterKeeper::~AdapterKeeper() {
  if (kept_ == nullptr) return;
  Loop loop(std::chrono::seconds(0), &io_);
  kept_->Shutdown(loop);
}

std::unique_ptr<AdapterProcess> AdapterKeeper::Take() {
  if (kept_ != nullptr) {
    // It may have ended meanwhile.
    io_.restart();
    io_.poll();
    if (kept_->gone()) kept_.reset();
  }
  return std::move(kept_);
}

void AdapterKeeper::Keep(std::unique_ptr<AdapterProcess> process) {
  process->Detach();
  kept_ = std::move(process);
}

}  // namespace copilot::conformance

// SPDX-License-Identifier: MIT
//
// The order in which tools run: a sequential call waits for all earlier calls
// and holds back all later ones, others overlap (harness spec 8.6).
#pragma once

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>

#include "harness/abort_signal.h"

namespace copilot::harness {

// Thread-safe. Places may outlive the queue's owner.
class ToolQueue : public std::enable_shared_from_this<ToolQueue> {
 public:
  // A call's place in the line, until it is destroyed.
  class Place {
   public:
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Blocks until it is this call's turn, or until `signal` fires.
    void Wait(const AbortSignal& signal);

   private:
    friend class ToolQueue;
    Place(std::shared_ptr<ToolQueue> queue, bool alone)
        : queue_(std::move(queue)), alone_(alone) {}
    const std::shared_ptr<ToolQueue> queue_;
    const bool alone_;
  };

  // The last place in the line. Does not block.
  std::shared_ptr<Place> Take(bool alone);

 private:
  bool IsTurnOf(const Place& place) const;

  std::mutex mutex_;
  std::condition_variable moved_;
  std::list<const Place*> line_;  // waiting or running, in order
};

}  // namespace copilot::harness

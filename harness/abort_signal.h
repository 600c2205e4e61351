// SPDX-License-Identifier: MIT
//
// A one-shot cancellation, as in the web platform: the controller fires, all
// signals see it. Thread-safe; copies share the state.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace copilot::harness {

class AbortSignal {
 public:
  // Never fires.
  AbortSignal();

  bool aborted() const;

  // The text given to Abort; "aborted" when none was.
  std::string reason() const;

  // Unregisters when destroyed. A callback that has begun goes on.
  class Registration {
   public:
    Registration() = default;
    explicit Registration(std::function<void()> cancel);
    Registration(Registration&& other) noexcept;
    Registration& operator=(Registration&& other) noexcept;
    ~Registration();

   private:
    std::function<void()> cancel_;
  };

  // Calls `callback` once when the signal fires, on the thread that fires it;
  // at once if it has fired.
  [[nodiscard]] Registration OnAbort(std::function<void()> callback) const;

 protected:
  struct State;
  std::shared_ptr<State> state_;
};

class AbortController : public AbortSignal {
 public:
  void Abort(std::string reason = "") const;
  AbortSignal signal() const { return *this; }
};

}  // namespace copilot::harness

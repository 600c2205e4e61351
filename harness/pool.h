// SPDX-License-Identifier: MIT
//
// Clients shared by key: same key, same client. A client whose last lease was
// given back is stopped after an idle time. Source: harness spec 4.
//
// Thread-safe. Calls block while a client of the key is being made or stopped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "harness/auth.h"
#include "harness/clock.h"
#include "harness/error.h"
#include "harness/executor.h"
#include "harness/sdk_client.h"

namespace copilot::harness {

// The right to use a client until it is released. A value; copies are the same
// lease.
struct Lease {
  uint64_t id = 0;  // unique in the process
  std::shared_ptr<SdkClient> client;
};

class ClientPool {
 public:
  virtual ~ClientPool() = default;

  // Fails when the factory does, which is not remembered, and with
  // `[copilot-pool] pool disposed` once that has begun.
  virtual Expected<Lease> Acquire(const PoolKey& key,
                                  const ClientOptions& options) = 0;

  // Gives the lease back. Unknown leases and second releases are ignored.
  virtual Status Release(const Lease& lease) = 0;

  // Gives the lease of a client back that must not be used again: it is stopped
  // by force once its last lease is gone, and until then who acquires the key
  // waits for a new one. Unknown leases are ignored (harness spec 4.3).
  virtual void Invalidate(const Lease& lease) = 0;

  // Stops all clients, one after the other in the order of their making, and
  // returns what went wrong. Later and concurrent calls wait and return
  // nothing.
  virtual std::vector<Error> Dispose() = 0;

  // Clients that exist or are being made.
  virtual size_t size() const = 0;
};

constexpr Milliseconds kDefaultIdleTtl{300000};

// What `pool.idleTtlMs` means: a finite number of at least 1, else the default.
Milliseconds IdleTtl(const Json& configured);

// `executor` runs the stopping of idle clients.
std::shared_ptr<ClientPool> MakeClientPool(
    std::shared_ptr<ClientFactory> factory, std::shared_ptr<Clock> clock,
    std::shared_ptr<Executor> executor, Milliseconds idle_ttl);

}  // namespace copilot::harness

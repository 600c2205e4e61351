// SPDX-License-Identifier: MIT
#include "harness/pool.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace copilot::harness {
namespace {

constexpr char kDisposed[] = "[copilot-pool] pool disposed";

uint64_t NextLeaseId() {
  static std::atomic<uint64_t> next{1};
  return next++;
}

// kRetired: invalidated, with leases left.
enum class State { kCreating, kReady, kIdle, kRetired, kStopping };

struct Entry {
  std::string key;
  State state = State::kCreating;
  std::shared_ptr<SdkClient> client;
  std::optional<Error> failure;  // of the factory; for those who wait
  size_t leases = 0;
  uint64_t rests = 0;   // how often it became idle
  uint64_t number = 0;  // in the order of their making
  std::optional<Clock::TimerId> timer;
};
using EntryPtr = std::shared_ptr<Entry>;

class Pool : public ClientPool, public std::enable_shared_from_this<Pool> {
 public:
  Pool(std::shared_ptr<ClientFactory> factory, std::shared_ptr<Clock> clock,
       std::shared_ptr<Executor> executor, Milliseconds idle_ttl)
      : factory_(std::move(factory)),
        clock_(std::move(clock)),
        executor_(std::move(executor)),
        idle_ttl_(idle_ttl) {}

  ~Pool() override {
    for (const auto& [key, entry] : entries_) {
      if (entry->timer) clock_->Cancel(*entry->timer);
    }
  }

  Expected<Lease> Acquire(const PoolKey& key,
                          const ClientOptions& options) override;
  Status Release(const Lease& lease) override;
  void Invalidate(const Lease& lease) override;
  std::vector<Error> Dispose() override;
  size_t size() const override;

 private:
  EntryPtr Find(const std::string& key) const;
  void Remove(const EntryPtr& entry);
  Expected<Lease> Create(std::unique_lock<std::mutex>& lock,
                         const std::string& key, const ClientOptions& options);
  Lease Grant(const EntryPtr& entry);
  EntryPtr Return(const Lease& lease);
  void ForceStop(std::unique_lock<std::mutex>& lock, const EntryPtr& entry);
  void OnIdleTimer(const EntryPtr& entry, uint64_t rest);
  void StopIdle(const EntryPtr& entry);

  const std::shared_ptr<ClientFactory> factory_;
  const std::shared_ptr<Clock> clock_;
  const std::shared_ptr<Executor> executor_;
  const Milliseconds idle_ttl_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, EntryPtr> entries_;
  std::unordered_map<uint64_t, EntryPtr> leases_;
  uint64_t made_ = 0;
  bool disposed_ = false;
  bool dispose_done_ = false;
};

EntryPtr Pool::Find(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

void Pool::Remove(const EntryPtr& entry) {
  if (Find(entry->key) == entry) entries_.erase(entry->key);
  changed_.notify_all();
}

Lease Pool::Grant(const EntryPtr& entry) {
  if (entry->timer) clock_->Cancel(*entry->timer);
  entry->timer.reset();
  entry->state = State::kReady;
  Lease lease{NextLeaseId(), entry->client};
  ++entry->leases;
  leases_[lease.id] = entry;
  return lease;
}

Expected<Lease> Pool::Acquire(const PoolKey& key,
                              const ClientOptions& options) {
  const std::string text = key.ToString();
  std::unique_lock lock(mutex_);
  for (;;) {
    if (disposed_) return Fail(kDisposed);
    const EntryPtr entry = Find(text);
    if (!entry) return Create(lock, text, options);
    if (entry->state == State::kReady || entry->state == State::kIdle) {
      return Grant(entry);
    }
    const bool creating = entry->state == State::kCreating;
    // Its maker may have released it again before this thread wakes up.
    changed_.wait(lock, [&] {
      return disposed_ || entry->failure || entry->state == State::kReady ||
             entry->state == State::kIdle || Find(text) != entry;
    });
    // Who waited for the making shares its failure (harness spec 4.3).
    if (creating && !disposed_ && entry->failure) return Fail(*entry->failure);
  }
}

Expected<Lease> Pool::Create(std::unique_lock<std::mutex>& lock,
                             const std::string& key,
                             const ClientOptions& options) {
  const auto entry = std::make_shared<Entry>();
  entry->key = key;
  entry->number = made_++;
  entries_[key] = entry;
  lock.unlock();
  auto client = factory_->Create(options);
  lock.lock();
  if (disposed_) {
    Remove(entry);
    lock.unlock();
    if (client) (*client)->Stop();
    return Fail(kDisposed);
  }
  if (!client) {
    entry->failure = client.error();
    Remove(entry);
    return Fail(client.error());
  }
  entry->client = *std::move(client);
  const Lease lease = Grant(entry);
  changed_.notify_all();
  return lease;
}

// The entry of a lease that was held until now; null for any other.
EntryPtr Pool::Return(const Lease& lease) {
  const auto held = leases_.find(lease.id);
  if (held == leases_.end()) return nullptr;
  const EntryPtr entry = held->second;
  leases_.erase(held);
  --entry->leases;
  return entry;
}

// The entry stays until it is done, so that who comes meanwhile waits.
void Pool::ForceStop(std::unique_lock<std::mutex>& lock,
                     const EntryPtr& entry) {
  entry->state = State::kStopping;
  lock.unlock();
  entry->client->ForceStop();
  lock.lock();
  Remove(entry);
}

void Pool::Invalidate(const Lease& lease) {
  std::unique_lock lock(mutex_);
  const EntryPtr entry = Return(lease);
  if (!entry || disposed_) return;
  if (entry->leases > 0) {
    entry->state = State::kRetired;
  } else {
    ForceStop(lock, entry);
  }
}

Status Pool::Release(const Lease& lease) {
  std::unique_lock lock(mutex_);
  const EntryPtr entry = Return(lease);
  if (!entry || entry->leases > 0 || disposed_) return {};
  if (entry->state == State::kRetired) {
    ForceStop(lock, entry);
    return {};
  }
  entry->state = State::kIdle;
  const uint64_t rest = ++entry->rests;
  entry->timer =
      clock_->After(idle_ttl_, [weak = weak_from_this(), entry, rest] {
        if (const auto pool = weak.lock()) pool->OnIdleTimer(entry, rest);
      });
  return {};
}

void Pool::OnIdleTimer(const EntryPtr& entry, uint64_t rest) {
  {
    const std::lock_guard lock(mutex_);
    // Acquired again, perhaps released again, or disposed in the meantime.
    if (entry->state != State::kIdle || entry->rests != rest || disposed_) {
      return;
    }
    entry->state = State::kStopping;
    entry->timer.reset();
  }
  executor_->Run([self = shared_from_this(), entry] { self->StopIdle(entry); });
}

void Pool::StopIdle(const EntryPtr& entry) {
  entry->client->Stop();
  const std::lock_guard lock(mutex_);
  Remove(entry);
}

std::vector<Error> Pool::Dispose() {
  std::unique_lock lock(mutex_);
  if (disposed_) {
    changed_.wait(lock, [this] { return dispose_done_; });
    return {};
  }
  disposed_ = true;
  changed_.notify_all();
  std::vector<Error> errors;
  std::vector<EntryPtr> entries;
  for (const auto& [key, entry] : entries_) entries.push_back(entry);
  std::sort(entries.begin(), entries.end(),
            [](const EntryPtr& a, const EntryPtr& b) {
              return a->number < b->number;
            });
  for (const EntryPtr& entry : entries) {
    if (entry->state != State::kCreating && entry->state != State::kStopping) {
      if (entry->timer) clock_->Cancel(*entry->timer);
      entry->timer.reset();
      entry->state = State::kStopping;
      lock.unlock();
      std::vector<Error> failed = entry->client->Stop();
      lock.lock();
      errors.insert(errors.end(), failed.begin(), failed.end());
      Remove(entry);
    } else {
      // Its maker, or who stops it already, removes it.
      changed_.wait(lock, [&] { return Find(entry->key) != entry; });
    }
  }
  dispose_done_ = true;
  changed_.notify_all();
  return errors;
}

size_t Pool::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace

Milliseconds IdleTtl(const Json& configured) {
  if (!configured.is_number()) return kDefaultIdleTtl;
  const double value = configured.get<double>();
  if (!std::isfinite(value) || value < 1) return kDefaultIdleTtl;
  // Timers count nanoseconds in 64 bits.
  constexpr double kMost = 1e12;
  return Milliseconds(static_cast<int64_t>(std::min(value, kMost)));
}

std::shared_ptr<ClientPool> MakeClientPool(
    std::shared_ptr<ClientFactory> factory, std::shared_ptr<Clock> clock,
    std::shared_ptr<Executor> executor, Milliseconds idle_ttl) {
  return std::make_shared<Pool>(std::move(factory), std::move(clock),
                                std::move(executor), idle_ttl);
}

}  // namespace copilot::harness

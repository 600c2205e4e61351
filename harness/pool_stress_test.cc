// SPDX-License-Identifier: MIT
//
// Many threads at one pool. Under the thread sanitizer this also shows that
// nothing is shared without a lock.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "harness/pool.h"

namespace copilot::harness {
namespace {

constexpr int kThreads = 64;
constexpr int kKeys = 1000;
constexpr int kRounds = 500;  // of each thread

// Knows which clients live. Two of one key at a time are a fault.
class Census {
 public:
  void Born(const std::string& key) {
    const std::lock_guard lock(mutex_);
    ++born_;
    if (++alive_[key] > 1) ++faults_;
  }
  void Gone(const std::string& key) {
    const std::lock_guard lock(mutex_);
    ++gone_;
    if (--alive_[key] < 0) ++faults_;
  }
  int born() const { return born_; }
  int gone() const { return gone_; }
  int faults() const { return faults_; }

 private:
  std::mutex mutex_;
  std::map<std::string, int> alive_;
  std::atomic<int> born_ = 0;
  std::atomic<int> gone_ = 0;
  std::atomic<int> faults_ = 0;
};

class CountedClient : public SdkClient {
 public:
  CountedClient(Census& census, std::string key)
      : census_(census), key_(std::move(key)) {
    census_.Born(key_);
  }
  Expected<std::shared_ptr<SdkSession>> CreateSession(
      const SessionConfig&) override {
    return Fail("not here");
  }
  Expected<std::shared_ptr<SdkSession>> ResumeSession(
      const std::string&, const SessionConfig&) override {
    return Fail("not here");
  }
  Status DeleteSession(const std::string&) override { return {}; }
  std::vector<Error> Stop() override {
    if (!stopped_.exchange(true)) census_.Gone(key_);
    return {};
  }
  void ForceStop() override { (void)Stop(); }

  bool stopped() const { return stopped_; }
  const std::string& key() const { return key_; }

 private:
  Census& census_;
  const std::string key_;
  std::atomic<bool> stopped_ = false;
};

class CountingFactory : public ClientFactory {
 public:
  explicit CountingFactory(Census& census) : census_(census) {}
  // Every so often it cannot.
  Expected<std::shared_ptr<SdkClient>> Create(
      const ClientOptions& options) override {
    if (++asked_ % 97 == 0) return Fail("no more processes");
    std::this_thread::yield();
    return std::make_shared<CountedClient>(census_, options.base_directory);
  }

 private:
  Census& census_;
  std::atomic<int> asked_ = 0;
};

// Of an agent whose token is another one from time to time. The options tell
// the factory which key it is.
std::pair<PoolKey, ClientOptions> Wanted(std::mt19937& random, int round) {
  PoolKey key;
  key.agent_id = "agent-" + std::to_string(random() % (kKeys / 4));
  key.auth_mode = AuthMode::kGitHubToken;
  key.auth_profile_id = "env:GH_TOKEN";
  const wire::Secret token("token-" + std::to_string(round * 4 / kRounds));
  key.auth_profile_version = token.fingerprint();
  ClientOptions options;
  options.base_directory = key.ToString();
  options.github_token = token;
  return {key, options};
}

TEST(PoolStressTest, OneClientPerKeyNoneLeakedNoDeadlock) {
  Census census;
  auto factory = std::make_shared<CountingFactory>(census);
  const auto clock = std::make_shared<VirtualClock>();
  auto executor = std::make_shared<ThreadExecutor>();
  const auto pool = MakeClientPool(factory, clock, executor, Milliseconds(3));
  std::atomic<int> wrong = 0;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      std::mt19937 random(static_cast<unsigned>(number));
      std::vector<Lease> held;
      for (int round = 0; round < kRounds; ++round) {
        const auto [key, options] = Wanted(random, round);
        const auto lease = pool->Acquire(key, options);
        if (!lease) {
          ++failed;
        } else {
          auto& client = static_cast<CountedClient&>(*lease->client);
          if (client.key() != key.ToString() || client.stopped()) ++wrong;
          held.push_back(*lease);
        }
        while (held.size() > random() % 4) {
          auto& client = static_cast<CountedClient&>(*held.front().client);
          if (client.stopped()) ++wrong;  // while it was held
          (void)pool->Release(held.front());
          held.erase(held.begin());
        }
        if (number == 0) clock->Advance(Milliseconds(1));
      }
      for (const Lease& lease : held) (void)pool->Release(lease);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(pool->Dispose().empty());
  executor->WaitIdle();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(census.faults(), 0);
  EXPECT_EQ(census.gone(), census.born());
  EXPECT_GT(census.born(), kKeys / 2);
  EXPECT_GT(failed, 0);
  EXPECT_EQ(pool->size(), 0u);
}

TEST(PoolStressTest, DisposeWhileOthersAcquire) {
  for (int round = 0; round < 20; ++round) {
    Census census;
    auto factory = std::make_shared<CountingFactory>(census);
    const auto clock = std::make_shared<VirtualClock>();
    auto executor = std::make_shared<ThreadExecutor>();
    const auto pool = MakeClientPool(factory, clock, executor, Milliseconds(3));
    std::vector<std::thread> threads;
    for (int number = 0; number < 16; ++number) {
      threads.emplace_back([&, number] {
        std::mt19937 random(static_cast<unsigned>(number));
        for (int i = 0;; ++i) {
          const auto [key, options] = Wanted(random, i % kRounds);
          const auto lease = pool->Acquire(key, options);
          if (!lease &&
              lease.error().message == "[copilot-pool] pool disposed") {
            return;
          }
          if (lease) (void)pool->Release(*lease);
        }
      });
    }
    (void)pool->Dispose();
    for (std::thread& thread : threads) thread.join();
    executor->WaitIdle();
    EXPECT_EQ(census.faults(), 0);
    EXPECT_EQ(census.gone(), census.born());
  }
}

}  // namespace
}  // namespace copilot::harness

// SPDX-License-Identifier: MIT
#include "harness/pool.h"

#include <gtest/gtest.h>

#include <future>
#include <limits>
#include <thread>

#include "harness/fake_sdk.h"

namespace copilot::harness {
namespace {

using testing::_;
using testing::Return;

class PoolTest : public testing::Test {
 protected:
  PoolTest() {
    ON_CALL(*factory_, Create).WillByDefault([this](const ClientOptions&) {
      clients_.push_back(std::make_shared<testing::NiceMock<MockClient>>());
      return Expected<std::shared_ptr<SdkClient>>(clients_.back());
    });
  }

  Lease Acquire(const std::string& agent = "main") {
    const auto lease = pool_->Acquire(Key(agent), {});
    EXPECT_TRUE(lease.has_value());
    return lease ? *lease : Lease{};
  }
  static PoolKey Key(const std::string& agent) {
    PoolKey key;
    key.agent_id = agent;
    return key;
  }

  std::shared_ptr<testing::NiceMock<MockFactory>> factory_ =
      std::make_shared<testing::NiceMock<MockFactory>>();
  std::vector<std::shared_ptr<testing::NiceMock<MockClient>>> clients_;
  std::shared_ptr<VirtualClock> clock_ = std::make_shared<VirtualClock>();
  std::shared_ptr<ClientPool> pool_ = MakeClientPool(
      factory_, clock_, std::make_shared<InlineExecutor>(), Milliseconds(50));
};

TEST_F(PoolTest, OneKeySharesOneClient) {
  EXPECT_CALL(*factory_, Create).Times(1);
  EXPECT_EQ(Acquire().client, Acquire().client);
  EXPECT_EQ(pool_->size(), 1u);
}

TEST_F(PoolTest, OtherKeysGetOtherClients) {
  EXPECT_NE(Acquire("main").client, Acquire("work").client);
  EXPECT_EQ(pool_->size(), 2u);
}

TEST_F(PoolTest, AClientWithALeaseLeftStays) {
  const Lease one = Acquire();
  const Lease other = Acquire();
  EXPECT_CALL(*clients_[0], Stop).Times(0);
  pool_->Release(one);
  clock_->Advance(Milliseconds(1000));
  EXPECT_EQ(pool_->size(), 1u);
  testing::Mock::VerifyAndClearExpectations(clients_[0].get());
}

TEST_F(PoolTest, AnIdleClientIsStoppedWhenItsTimeIsOver) {
  const Lease lease = Acquire();
  EXPECT_CALL(*clients_[0], Stop).Times(0);
  pool_->Release(lease);
  clock_->Advance(Milliseconds(49));
  testing::Mock::VerifyAndClearExpectations(clients_[0].get());
  EXPECT_CALL(*clients_[0], Stop).Times(1);
  clock_->Advance(Milliseconds(1));
  EXPECT_EQ(pool_->size(), 0u);
  clock_->Advance(Milliseconds(1000));
}

TEST_F(PoolTest, AcquiringAnIdleClientCancelsItsTime) {
  pool_->Release(Acquire());
  clock_->Advance(Milliseconds(49));
  EXPECT_CALL(*clients_[0], Stop).Times(0);
  const Lease again = Acquire();
  clock_->Advance(Milliseconds(1000));
  testing::Mock::VerifyAndClearExpectations(clients_[0].get());
  EXPECT_CALL(*clients_[0], Stop).Times(1);
  pool_->Release(again);
  clock_->Advance(Milliseconds(50));
}

TEST_F(PoolTest, AStoppedClientIsReplaced) {
  const Lease first = Acquire();
  pool_->Release(first);
  clock_->Advance(Milliseconds(50));
  EXPECT_NE(Acquire().client, first.client);
}

TEST_F(PoolTest, WhoComesWhileAClientStopsWaitsForANewOne) {
  pool_ = MakeClientPool(factory_, clock_, std::make_shared<ThreadExecutor>(),
                         Milliseconds(50));
  pool_->Release(Acquire());
  std::promise<void> stop_began;
  std::promise<void> stop_may_end;
  EXPECT_CALL(*clients_[0], Stop).WillOnce([&] {
    stop_began.set_value();
    stop_may_end.get_future().wait();
    return std::vector<Error>();
  });
  clock_->Advance(Milliseconds(50));
  stop_began.get_future().wait();
  auto waiting = std::async(std::launch::async, [&] { return Acquire(); });
  stop_may_end.set_value();
  const auto client = waiting.get().client;
  EXPECT_EQ(client, clients_.at(1));
}

TEST_F(PoolTest, AFailedCreationIsNotRemembered) {
  EXPECT_CALL(*factory_, Create)
      .WillOnce(Return(Expected<std::shared_ptr<SdkClient>>(Fail("no CLI"))))
      .WillOnce(testing::DoDefault());
  const auto first = pool_->Acquire(Key("main"), {});
  ASSERT_FALSE(first.has_value());
  EXPECT_EQ(first.error().message, "no CLI");
  EXPECT_EQ(pool_->size(), 0u);
  EXPECT_NE(Acquire().client, nullptr);
}

TEST_F(PoolTest, AFailedCreationReachesWhoAskedForIt) {
  std::promise<void> began;
  std::promise<void> may_end;
  EXPECT_CALL(*factory_, Create)
      .WillOnce(
          [&](const ClientOptions&) -> Expected<std::shared_ptr<SdkClient>> {
            began.set_value();
            may_end.get_future().wait();
            return Fail("no CLI");
          })
      .WillRepeatedly(testing::DoDefault());
  auto first = std::async(std::launch::async,
                          [&] { return pool_->Acquire(Key("main"), {}); });
  began.get_future().wait();
  may_end.set_value();
  EXPECT_FALSE(first.get().has_value());
}

// Whoever made it may have released it before those who wait wake up: then it
// is idle, and theirs. Nothing moves the clock here: who misses it hangs.
TEST_F(PoolTest, WhoWaitedTakesAClientThatIsIdleByNow) {
  constexpr int kRounds = 200;
  EXPECT_CALL(*factory_, Create).Times(kRounds);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::future<void>> threads;
    for (int number = 0; number < 8; ++number) {
      threads.push_back(std::async(std::launch::async, [&] {
        pool_->Release(Acquire("agent-" + std::to_string(round)));
      }));
    }
    for (const auto& thread : threads) thread.wait();
  }
}

TEST_F(PoolTest, ASecondReleaseIsIgnored) {
  const Lease one = Acquire();
  const Lease other = Acquire();
  pool_->Release(one);
  pool_->Release(one);
  clock_->Advance(Milliseconds(1000));
  EXPECT_EQ(pool_->size(), 1u);
  pool_->Release(other);
}

TEST_F(PoolTest, AForeignLeaseIsIgnored) {
  const Lease lease = Acquire();
  EXPECT_TRUE(pool_->Release(Lease{999999, lease.client}).has_value());
  clock_->Advance(Milliseconds(1000));
  EXPECT_EQ(pool_->size(), 1u);
}

TEST_F(PoolTest, DisposeStopsEveryClientInOrderAndCollectsErrors) {
  Acquire("a");
  pool_->Release(Acquire("b"));
  Acquire("c");
  testing::InSequence in_order;
  EXPECT_CALL(*clients_[0], Stop)
      .WillOnce(Return(std::vector<Error>{{"one", "", 0, 0}}));
  EXPECT_CALL(*clients_[1], Stop).WillOnce(Return(std::vector<Error>()));
  EXPECT_CALL(*clients_[2], Stop)
      .WillOnce(Return(std::vector<Error>{{"three", "", 0, 0}}));
  const std::vector<Error> errors = pool_->Dispose();
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].message, "one");
  EXPECT_EQ(errors[1].message, "three");
  EXPECT_EQ(pool_->size(), 0u);
}

TEST_F(PoolTest, ASecondDisposeReturnsNothingAndStopsNothing) {
  const Lease lease = Acquire();
  EXPECT_CALL(*clients_[0], Stop)
      .WillOnce(Return(std::vector<Error>{{"one", "", 0, 0}}));
  EXPECT_EQ(pool_->Dispose().size(), 1u);
  EXPECT_TRUE(pool_->Dispose().empty());
  EXPECT_TRUE(pool_->Release(lease).has_value());
}

TEST_F(PoolTest, OfTwoDisposalsTheFirstGetsTheErrorsAndTheSecondWaits) {
  Acquire();
  std::promise<void> began;
  std::promise<void> may_end;
  EXPECT_CALL(*clients_[0], Stop).WillOnce([&] {
    began.set_value();
    may_end.get_future().wait();
    return std::vector<Error>{{"one", "", 0, 0}};
  });
  auto first = std::async(std::launch::async, [&] { return pool_->Dispose(); });
  began.get_future().wait();
  auto second =
      std::async(std::launch::async, [&] { return pool_->Dispose(); });
  EXPECT_NE(second.wait_for(std::chrono::seconds(0)),
            std::future_status::ready);
  may_end.set_value();
  EXPECT_EQ(first.get().size(), 1u);
  EXPECT_TRUE(second.get().empty());
}

TEST_F(PoolTest, ADisposedPoolGivesNothing) {
  pool_->Dispose();
  const auto lease = pool_->Acquire(Key("main"), {});
  ASSERT_FALSE(lease.has_value());
  EXPECT_EQ(lease.error().message, "[copilot-pool] pool disposed");
}

TEST_F(PoolTest, AClientThatIsFinishedAfterDisposeIsStopped) {
  std::promise<void> began;
  std::promise<void> may_end;
  const auto late = std::make_shared<MockClient>();
  EXPECT_CALL(*late, Stop).Times(1);
  EXPECT_CALL(*factory_, Create)
      .WillOnce([&](const ClientOptions&) {
        began.set_value();
        may_end.get_future().wait();
        return Expected<std::shared_ptr<SdkClient>>(late);
      })
      .WillRepeatedly(testing::DoDefault());
  auto lease = std::async(std::launch::async,
                          [&] { return pool_->Acquire(Key("main"), {}); });
  began.get_future().wait();
  auto dispose =
      std::async(std::launch::async, [&] { return pool_->Dispose(); });
  // Once the pool refuses, dispose has begun.
  while (pool_->Acquire(Key("other"), {}).has_value()) {
    std::this_thread::yield();
  }
  may_end.set_value();
  EXPECT_FALSE(lease.get().has_value());
  dispose.get();
}

TEST_F(PoolTest, OnlyTheEmptyModeHasClientsOfItsOwn) {
  PoolKey named = Key("main");
  named.client_mode = "copilot-cli";
  PoolKey empty = Key("main");
  empty.client_mode = "empty";
  const Lease ordinary = Acquire();
  EXPECT_EQ(pool_->Acquire(named, {})->client, ordinary.client);
  EXPECT_NE(pool_->Acquire(empty, {})->client, ordinary.client);
  EXPECT_EQ(pool_->size(), 2u);
}

TEST_F(PoolTest, InvalidatingTheOnlyLeaseStopsTheClientByForce) {
  const Lease lease = Acquire();
  EXPECT_CALL(*clients_[0], Stop).Times(0);
  EXPECT_CALL(*clients_[0], ForceStop).Times(1);
  pool_->Invalidate(lease);
  EXPECT_EQ(pool_->size(), 0u);
  EXPECT_NE(Acquire().client, lease.client);
}

TEST_F(PoolTest, InvalidatingOneOfTwoLeasesStopsWithTheOther) {
  const Lease one = Acquire();
  const Lease other = Acquire();
  EXPECT_CALL(*clients_[0], ForceStop).Times(0);
  pool_->Invalidate(one);
  pool_->Invalidate(one);
  pool_->Release(one);
  EXPECT_EQ(pool_->size(), 1u);
  testing::Mock::VerifyAndClearExpectations(clients_[0].get());
  EXPECT_CALL(*clients_[0], ForceStop).Times(1);
  pool_->Release(other);
  EXPECT_EQ(pool_->size(), 0u);
  EXPECT_NE(Acquire().client, one.client);
}

// Whichever comes first, the invalidated client is not handed out again.
TEST_F(PoolTest, WhoComesAfterAnInvalidationWaitsForANewClient) {
  const Lease one = Acquire();
  const Lease other = Acquire();
  pool_->Invalidate(one);
  auto waiting = std::async(std::launch::async, [&] { return Acquire(); });
  EXPECT_EQ(waiting.wait_for(std::chrono::seconds(0)),
            std::future_status::timeout);
  pool_->Release(other);
  const auto client = waiting.get().client;
  EXPECT_EQ(client, clients_.at(1));
}

TEST_F(PoolTest, DisposeStopsAnInvalidatedClientThatIsStillLeased) {
  const Lease one = Acquire();
  const Lease other = Acquire();
  pool_->Invalidate(one);
  EXPECT_CALL(*clients_[0], Stop).Times(1);
  pool_->Dispose();
  pool_->Release(other);
  EXPECT_EQ(pool_->size(), 0u);
}

TEST(IdleTtlTest, OnlyNumbersFromOneCount) {
  EXPECT_EQ(IdleTtl(1), Milliseconds(1));
  EXPECT_EQ(IdleTtl(50.7), Milliseconds(50));
  EXPECT_EQ(IdleTtl(1e300), Milliseconds(1000000000000));
  for (const Json& bad : {Json(0), Json(-5), Json("60"), Json(nullptr),
                          Json(std::numeric_limits<double>::infinity())}) {
    EXPECT_EQ(IdleTtl(bad), kDefaultIdleTtl) << bad;
  }
}

}  // namespace
}  // namespace copilot::harness

#include "sim/training/task_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace gradwire::training::task_pool_test {
namespace {

class TaskPoolWith : public testing::TestWithParam<int> {};

TEST_P(TaskPoolWith, GivesEachTaskItsOwnResult) {
  TaskPool pool(GetParam());
  std::vector<TaskPool::Pending<int>> pending;
  for (int i = 0; i < 1000; ++i) pending.push_back(pool.start([i] { return i * i; }));

  for (int i = 0; i < 1000; ++i) EXPECT_EQ(pending[static_cast<std::size_t>(i)].get(), i * i);
}

TEST_P(TaskPoolWith, RethrowsWhereTheResultIsCollected) {
  TaskPool pool(GetParam());
  auto pending = pool.start([]() -> int { throw std::range_error("mine"); });

  EXPECT_THROW(pending.get(), std::range_error);
}

TEST_P(TaskPoolWith, WaitsForARunningTaskWhoseResultIsDropped) {
  TaskPool pool(GetParam());
  for (int i = 0; i < 200; ++i) {
    std::atomic<int> running{0};
    {
      auto dropped = pool.start([&running] { return ++running, --running; });
    }
    EXPECT_EQ(running, 0);
  }
}

TEST_P(TaskPoolWith, CanBeClosedWithTasksInTheQueue) {
  std::atomic<int> begun{0};
  {
    TaskPool pool(GetParam());
    std::vector<TaskPool::Pending<int>> pending;
    for (int i = 0; i < 100; ++i) pending.push_back(pool.start([&begun] { return ++begun; }));
  }
  EXPECT_LE(begun, 100);
}

TEST_P(TaskPoolWith, CollectsInAnyOrder) {
  TaskPool pool(GetParam());
  std::vector<TaskPool::Pending<int>> pending;
  for (int i = 0; i < 100; ++i) pending.push_back(pool.start([i] { return i; }));

  for (int i = 99; i >= 0; --i) EXPECT_EQ(pending[static_cast<std::size_t>(i)].get(), i);
}

TEST_P(TaskPoolWith, DoesEachPartOnce) {
  TaskPool pool(GetParam());
  std::vector<int> times(500);

  pool.each(times.size(), [&](std::size_t i) { ++times[i]; });

  EXPECT_THAT(times, testing::Each(1));
}

TEST_P(TaskPoolWith, RethrowsWhatAPartThrows) {
  TaskPool pool(GetParam());

  EXPECT_THROW(pool.each(10,
                         [](std::size_t i) {
                           if (i == 7) throw std::range_error("mine");
                         }),
               std::range_error);
}

INSTANTIATE_TEST_SUITE_P(Threads, TaskPoolWith, testing::Values(1, 2, 4));

}  // namespace
}  // namespace gradwire::training::task_pool_test

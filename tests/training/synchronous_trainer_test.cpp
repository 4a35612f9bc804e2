#include "sim/training/synchronous_trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <sstream>
#include <vector>

#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/memory/no_memory.hpp"
#include "sim/algorithms/send_rules/always.hpp"
#include "sim/algorithms/server_steps/descent.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::training::synchronous_trainer_test {
namespace {

using algorithms::Message;
using algorithms::StepSize;
using testing::ElementsAre;
using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr int workers = 3;
constexpr std::int64_t d = 1000;

/// Dense messages, which the server replaces by their mean; remembers the newest one.
class DenseMean final : public algorithms::Compressor {
 public:
  Message compress(std::span<const float> v, const algorithms::StepContext& /*step*/) override {
    return algorithms::Dense{{v.begin(), v.end()}};
  }
  using Compressor::compress;
  [[nodiscard]] std::optional<Message> joined(std::span<const Message> messages) const override {
    Vector mean(d, 0.0F);
    float count = 0;
    for (const Message& message : messages) {
      add_to(message, mean);
      if (!std::holds_alternative<algorithms::Skip>(message)) ++count;
    }
    for (float& entry : mean) entry /= count;
    return algorithms::Dense{mean};
  }
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override {
    return std::make_unique<DenseMean>(*this);
  }
};

/// All but worker 1 in the second iteration.
class WithoutOneOnce final : public algorithms::Participation {
 public:
  std::vector<bool> choose(const Model& theta, StepSize /*size*/) override {
    return {true, theta->iteration != 1, true};
  }
  [[nodiscard]] std::unique_ptr<Participation> clone() const override {
    return std::make_unique<WithoutOneOnce>(*this);
  }
};

struct Joined : testing::Test {
  Quadratic problem = Quadratic(workers, two_tensors(d), 7, 0.2);
  TaskPool pool = TaskPool(2);

  SynchronousTrainer trainer(std::unique_ptr<algorithms::Compressor> compressor) {
    const algorithms::Worker worker({.rule = std::make_unique<algorithms::Always>(),
                                     .compressor = std::move(compressor),
                                     .memory = std::make_unique<algorithms::NoMemory>()});
    return {{.workers = workers,
             .gamma = [](std::int64_t) { return StepSize::same(0.5); },
             .may_drop = true},
            {.workers = std::vector<algorithms::Worker>(workers, worker),
             .server = algorithms::Server({.workers = workers, .takes_mean = true},
                                          std::make_unique<algorithms::Descent>(),
                                          problem.initial_parameters()),
             .shape = {},
             .participation = std::make_unique<WithoutOneOnce>()},
            problem,
            pool};
  }
};

/// Which of the downloads each worker received.
std::vector<std::int32_t> downloads(const IterationWork& work) {
  std::vector<std::int32_t> result;
  for (const Part& part : work.exchanges.front().parts) result.push_back(part.download);
  return result;
}

TEST_F(Joined, MessageIsReceivedInPlaceOfTheModelByThoseThatHoldTheOneBefore) {
  SynchronousTrainer learner = trainer(std::make_unique<DenseMean>());

  EXPECT_EQ(learner.next().exchanges.front().downloads.size(), 1U) << "the initial model";
  learner.finish();
  EXPECT_THAT(downloads(learner.next()), ElementsAre(0, 0, 0));
  learner.finish();
  const IterationWork& behind = learner.next();  // worker 1 did not receive theta^1
  EXPECT_EQ(behind.exchanges.front().downloads.size(), 2U);
  EXPECT_THAT(downloads(behind), ElementsAre(0, 1, 0));
  learner.finish({false, false, true});
  EXPECT_THAT(downloads(learner.next()), ElementsAre(0, 0, 1)) << "worker 2 was dropped";
}

TEST_F(Joined, MessageGivesTheModelOfItsMean) {
  SynchronousTrainer joined = trainer(std::make_unique<DenseMean>());
  SynchronousTrainer plain = trainer(std::make_unique<algorithms::Identity>());
  for (int t = 0; t < 4; ++t) {
    for (SynchronousTrainer* learner : {&joined, &plain}) {
      learner->next();
      learner->finish();
    }
  }
  const Vector a = joined.model()->plain();
  const Vector b = plain.model()->plain();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5);
}

TEST_F(Joined, AResumedRunKnowsWhoHoldsWhichModel) {
  SynchronousTrainer learner = trainer(std::make_unique<DenseMean>());
  for (int t = 0; t < 2; ++t) {
    learner.next();
    learner.finish();
  }
  std::stringstream state;
  learner.save(state);
  SynchronousTrainer resumed = trainer(std::make_unique<DenseMean>());
  resumed.load(state);

  EXPECT_EQ(resumed.next().exchanges, learner.next().exchanges);
}

}  // namespace
}  // namespace gradwire::training::synchronous_trainer_test

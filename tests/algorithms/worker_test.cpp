#include "sim/algorithms/worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/memory/no_memory.hpp"
#include "sim/algorithms/send_rules/always.hpp"
#include "tests/support/fixed_gradient.hpp"
#include "tests/support/shared_scale.hpp"

namespace gradwire::algorithms::worker_test {
namespace {

using testing_support::FixedGradient;
using testing_support::SharedScale;

Layout layout_of(std::int64_t d) {
  Layout layout;
  layout.add("weight", {d});
  return layout;
}

/// Sends if the message has a value above a threshold: a rule that reads what it would send.
class LargeEnough final : public SendRule {
 public:
  explicit LargeEnough(float threshold) : threshold_(threshold) {}
  bool should_send(const RuleInput& input) override {
    return std::get<Sparse>(input.proposal.message()).values.front() > threshold_;
  }
  [[nodiscard]] bool reads_proposals() const override { return true; }
  [[nodiscard]] std::unique_ptr<SendRule> clone() const override {
    return std::make_unique<LargeEnough>(*this);
  }

 private:
  float threshold_;
};

Message step(Worker& worker, Vector gradient) {
  FixedGradient oracle(std::move(gradient));
  return worker.step(oracle.model(), StepSize::same(1.0), oracle, {});
}

TEST(Worker, AProposalThatIsNotSentLeavesTheMemoryAsItWas) {
  Worker worker({.rule = std::make_unique<LargeEnough>(5.0F),
                 .compressor = std::make_unique<TopK>(TopK::Config{layout_of(2), 0.5}),
                 .memory = std::make_unique<ErrorFeedback>(2)});

  EXPECT_EQ(step(worker, {6.0F, 1.0F}), Message(Sparse{{0}, {6.0F}}));  // e = (0, 1)
  EXPECT_EQ(step(worker, {4.0F, 1.0F}), Message(Skip{}));               // dropped
  EXPECT_EQ(step(worker, {0.0F, 5.0F}), Message(Sparse{{1}, {6.0F}}));  // 5 + 1
}

TEST(Worker, CopiesAreIndependent) {
  Worker first({.rule = std::make_unique<Always>(),
                .compressor = std::make_unique<TopK>(TopK::Config{layout_of(2), 0.5}),
                .memory = std::make_unique<ErrorFeedback>(2)});
  static_cast<void>(step(first, {1.0F, 2.0F}));
  Worker second = first;
  static_cast<void>(step(second, {5.0F, 0.0F}));

  EXPECT_EQ(step(first, {1.0F, 0.0F}), Message(Sparse{{0}, {2.0F}}));
}

TEST(Worker, GammaIsAppliedByTheWorkerOrTheServer) {
  const auto sent = [](bool applies_gamma) {
    Worker worker({.rule = std::make_unique<Always>(),
                   .compressor = std::make_unique<TopK>(TopK::Config{layout_of(1), 1.0}),
                   .memory = std::make_unique<NoMemory>(),
                   .applies_gamma = applies_gamma});
    FixedGradient oracle({8.0F});
    return worker.step(oracle.model(), StepSize::same(0.5), oracle, {});
  };

  EXPECT_EQ(sent(true), Message(Sparse{{0}, {4.0F}}));
  EXPECT_EQ(sent(false), Message(Sparse{{0}, {8.0F}}));
}

TEST(Worker, ASecondMessageDependsOnWhatTheOthersSentFirst) {
  const Worker prototype({.rule = std::make_unique<Always>(),
                          .compressor = std::make_unique<SharedScale>(),
                          .memory = std::make_unique<ErrorFeedback>(2)});
  std::vector<Worker> workers(2, prototype);
  ASSERT_EQ(prototype.exchanges(), 2);
  const std::vector<Message> first{step(workers[0], {1.0F, -3.0F}), step(workers[1], {2.0F, 5.0F})};
  EXPECT_EQ(first[0], Message(Dense{{3.0F}}));  // its largest magnitude

  const Message reduced = prototype.reduce(0, first);
  EXPECT_EQ(reduced, Message(Dense{{5.0F}}));
  EXPECT_EQ(workers[0].next_exchange(1, reduced, {}), Message(Dense{{5.0F, -5.0F}}));
  EXPECT_EQ(workers[1].next_exchange(1, reduced, {}), Message(Dense{{5.0F, 5.0F}}));
  // e = p - q = (-4, 2) and (-3, 0).
  EXPECT_EQ(step(workers[0], {0.0F, 0.0F}), Message(Dense{{4.0F}}));
  EXPECT_EQ(step(workers[1], {0.0F, 0.0F}), Message(Dense{{3.0F}}));
}

}  // namespace
}  // namespace gradwire::algorithms::worker_test

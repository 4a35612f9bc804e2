#include "sim/algorithms/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/server_steps/descent.hpp"
#include "sim/core/random.hpp"
#include "tests/support/fixed_gradient.hpp"

namespace gradwire::algorithms::server_test {
namespace {

using testing::ElementsAre;
using testing_support::FixedGradient;

Server plain(const Server::Config& config, Vector initial_parameters) {
  return Server(config, std::make_unique<Descent>(), std::move(initial_parameters));
}

/// A step of size 1.
void step(Server& server, std::vector<Message> uploads, const Dropped& dropped = {},
          std::shared_ptr<const PackedParameters> kept = nullptr) {
  server.step(1.0, std::move(uploads), dropped, std::move(kept));
}

std::vector<Message> messages(Message a, Message b) {
  std::vector<Message> list;
  list.push_back(std::move(a));
  list.push_back(std::move(b));
  return list;
}

TEST(Server, SubtractsTheSumOfDenseUploads) {
  Server server = plain({.workers = 2}, {10, 20});

  step(server, messages(Dense{{1, 2}}, Dense{{3, 4}}));

  EXPECT_THAT(server.model()->plain(), ElementsAre(6, 14));
}

TEST(Server, SubtractsTheMeanWhereAsked) {
  Server server = plain({.workers = 2, .takes_mean = true}, {10, 20});

  step(server, messages(Dense{{1, 2}}, Dense{{3, 4}}));

  EXPECT_THAT(server.model()->plain(), ElementsAre(8, 17));
}

TEST(Server, AddsDifferencesToTheVectorThatBothEndsHold) {
  Server server = plain({.workers = 2, .takes_mean = true, .difference_step = 0.5}, {10, 20});

  step(server, messages(Dense{{2, 4}}, Dense{{2, 0}}));  // h + c = (2, 2); h = (1, 1)
  EXPECT_THAT(server.model()->plain(), ElementsAre(8, 18));
  step(server, messages(Dense{{1, 0}}, Dense{{1, 0}}));  // h + c = (2, 1); h = (1.5, 1)
  EXPECT_THAT(server.model()->plain(), ElementsAre(6, 17));
  EXPECT_EQ(server.state_bytes(), Bytes{8});
}

TEST(Server, AWorkerWithoutADifferenceKeepsItsPart) {
  Server server = plain(
      {.workers = 2, .workers_skip = true, .takes_mean = true, .difference_step = 1.0}, {10, 20});

  step(server, messages(Dense{{2, 4}}, Dense{{2, 0}}));
  step(server, messages(Skip{}, Dense{{2, 2}}));  // h = (2, 2) + (2, 2) / 2, not / 1
  EXPECT_THAT(server.model()->plain(), ElementsAre(5, 15));
  step(server, messages(Skip{}, Skip{}));
  EXPECT_THAT(server.model()->plain(), ElementsAre(2, 12));
}

TEST(Server, AJoinedMessageIsTheMeanOfTheContributions) {
  const auto after = [](bool takes_mean) {
    Server server = plain({.workers = 3, .takes_mean = takes_mean}, {10, 20});
    server.step_joined(1.0, Dense{{1, 2}}, 3);
    EXPECT_EQ(*server.downlink(), Message(Dense{{1, 2}}));
    return server.model()->plain();
  };

  EXPECT_THAT(after(true), ElementsAre(9, 18));
  EXPECT_THAT(after(false), ElementsAre(7, 14));
}

/// Parameters after some iterations of SGD with materialised or deferred updates.
Vector after_steps(bool deferred, const AlgorithmConfig& config, const Layout& layout) {
  constexpr int workers = 5;
  Worker worker = make_worker(config, layout, workers);
  Server server = make_server(config, layout, Vector(layout.size(), 0.5F), workers);
  RandomStream random = stream(3, "gradients");
  for (int t = 0; t < 3; ++t) {
    std::vector<Message> uploads;
    for (int m = 0; m < workers; ++m) {
      Vector g(layout.size());
      for (float& x : g) x = static_cast<float>(random.normal());
      FixedGradient oracle(std::move(g));
      if (deferred) {
        GradientUpdate update(0.1F, server.model(), oracle);
        server.add(update);
      } else {
        uploads.push_back(worker.step(server.model(), StepSize::same(0.1), oracle, {}));
      }
    }
    server.step(0.1, std::move(uploads));
  }
  return server.model()->plain();
}

TEST(Server, DeferredUpdatesGiveTheSameBits) {
  Layout layout;
  layout.add("weight", {10'001});
  for (const Reduction reduction : {Reduction::sum, Reduction::mean}) {
    const AlgorithmConfig config{.name = "sgd", .reduction = reduction};
    EXPECT_EQ(after_steps(true, config, layout), after_steps(false, config, layout));
  }
}

TEST(Server, UpdatesAreDeferredByAllOrNoneAndDroppedByNone) {
  FixedGradient gradient({1, 2});
  Server server = plain({.workers = 2}, {10, 20});
  GradientUpdate update(1.0F, gradient.model(), gradient);

  server.add(update);
  EXPECT_THROW(step(server, {}), std::logic_error);
  server.add(update);
  EXPECT_THROW(step(server, messages(Dense{{1, 2}}, Dense{{3, 4}})), std::logic_error);
  EXPECT_THROW(step(server, {}, {true, false}), std::logic_error);
  step(server, {});
  EXPECT_THAT(server.model()->plain(), ElementsAre(8, 16));
}

TEST(Server, MultipliesByGammaWhereTheWorkersDoNot) {
  Server server = plain({.workers = 2, .takes_mean = true, .applies_gamma = true}, {10, 20});

  server.step(0.5, messages(Dense{{1, 2}}, Dense{{3, 4}}));

  EXPECT_THAT(server.model()->plain(), ElementsAre(9, 18.5));
}

TEST(Server, AddsEveryRepresentationOverItsBlocks) {
  const std::size_t d = 10'000;
  Quantized quantized{.most_level = 4,
                      .ends = {4097, 10'000},
                      .scales = {0.5F, 2.0F},
                      .levels = std::vector<std::int16_t>(d)};
  Signs signs{.ends = {4093, 10'000},
              .scales = {0.25F, 8.0F},
              .negative = std::vector<std::uint8_t>(512 + 739)};
  Vector expected(d, 1.0F);
  for (std::size_t i = 0; i < d; ++i) {
    quantized.levels[i] = static_cast<std::int16_t>(static_cast<int>(i % 9) - 4);
    const bool second = i >= 4093;
    const std::size_t in_bucket = second ? i - 4093 : i;
    const bool negative = i % 3 == 0;
    if (negative) signs.negative[(second ? 512 : 0) + in_bucket / 8] |= 1U << in_bucket % 8;
    const float level = (i < 4097 ? 0.5F : 2.0F) * static_cast<float>(quantized.levels[i]);
    const float sign = (negative ? -1.0F : 1.0F) * (second ? 8.0F : 0.25F);
    expected[i] -= level + sign;
  }
  Server server = plain({.workers = 2}, Vector(d, 1.0F));

  step(server, messages(quantized, signs));

  EXPECT_EQ(server.model()->plain(), expected);
}

TEST(Server, RoundsTheModelOnceForAllWorkers) {
  const float tiny = 0x1p-25F;  // half an ulp below 1: added alone, it would be lost
  Server server = plain({.workers = 2}, {1.0F});

  step(server, messages(Dense{{tiny / 2}}, Dense{{tiny}}));

  EXPECT_THAT(server.model()->plain(), ElementsAre(1.0F - 0x1p-24F));
}

TEST(Server, AddsSparseUploadsThatReachOverItsBlocks) {
  const std::size_t d = 10'000;
  Server server = plain({.workers = 2}, Vector(d, 1.0F));

  step(server, messages(Sparse{{0, 4095, 4096, 9999}, {1, 2, 3, 4}}, Sparse{{4096}, {5}}));

  Vector expected(d, 1.0F);
  expected[0] = 0;
  expected[4095] = -1;
  expected[4096] = -7;
  expected[9999] = -3;
  EXPECT_EQ(server.model()->plain(), expected);
}

TEST(Server, AddsSparseUploadsOfAnyLengthWhereverABlockEndsInThem) {
  const std::size_t d = 10'000;
  for (std::uint32_t length = 0; length < 12; ++length) {
    for (const std::uint32_t begin : {0U, 4080U, 4090U, 4093U, 4095U, 4096U, 8190U, 9980U}) {
      for (const std::uint32_t apart : {1U, 2U}) {
        Sparse upload;
        Vector expected(d, 1.0F);
        for (std::uint32_t i = 0; i < length && begin + i * apart < d; ++i) {
          upload.indices.push_back(begin + i * apart);
          upload.values.push_back(static_cast<float>(i + 1));
          expected[upload.indices.back()] = 1.0F - upload.values.back();
        }
        Server server = plain({.workers = 2}, Vector(d, 1.0F));

        step(server, messages(std::move(upload), Sparse{}));

        ASSERT_EQ(server.model()->plain(), expected) << length << " from " << begin;
      }
    }
  }
}

TEST(Server, SubtractsSparseUploadsWhereTheyBelong) {
  Server server = plain({.workers = 2}, {10, 20, 30});

  step(server, messages(Sparse{{0, 2}, {1, 3}}, Sparse{{2}, {5}}));

  EXPECT_THAT(server.model()->plain(), ElementsAre(9, 20, 22));
}

TEST(Server, TakesTheLastContributionOfAWorkerThatSkips) {
  Server server = plain({.workers = 2, .workers_skip = true}, {0});
  step(server, messages(Dense{{1}}, Dense{{10}}));

  step(server, messages(Skip{}, Dense{{100}}));
  step(server, messages(Skip{}, Skip{}));

  EXPECT_THAT(server.model()->plain(), ElementsAre(-11 - 101 - 101));
}

TEST(Server, RefusesASkipBeforeTheFirstUpload) {
  for (const bool workers_skip : {true, false}) {
    Server server = plain({.workers = 2, .workers_skip = workers_skip}, {0});

    EXPECT_THROW(step(server, messages(Dense{{1}}, Skip{})), std::logic_error);
  }
}

TEST(Server, MakesANewVersionAndLeavesTheOldOneAlone) {
  Server server = plain({.workers = 2}, {1});
  const Model before = server.model();

  step(server, messages(Dense{{1}}, Dense{{2}}));

  EXPECT_THAT(before->plain(), ElementsAre(1));
  EXPECT_EQ(before->iteration, 0);
  EXPECT_EQ(server.model()->iteration, 1);
}

TEST(Server, GoesOnInThePlaceOfAVersionThatNobodyElseKeeps) {
  Server server = plain({.workers = 2}, {1, 1});
  const float* const place = server.model()->parameters().data();

  step(server, messages(Dense{{1, 2}}, Dense{{2, 2}}));

  EXPECT_EQ(server.model()->parameters().data(), place);
  EXPECT_THAT(server.model()->plain(), ElementsAre(-2, -3));
  EXPECT_EQ(server.model()->iteration, 1);
  EXPECT_EQ(server.model()->squared_step, 9.0 + 16.0);
}

TEST(Server, ReusesTheMemoryOfAModelThatDeferredUpdatesNoLongerNeed) {
  FixedGradient gradient({1, 2});
  Server server = plain({.workers = 1}, {10, 20});
  const float* const place = server.model()->parameters().data();
  {
    GradientUpdate update(1.0F, server.model(), gradient);
    server.add(update);
  }

  step(server, {});

  EXPECT_EQ(server.model()->parameters().data(), place);
  EXPECT_THAT(server.model()->plain(), ElementsAre(9, 18));
}

/// Packed parameters that are a plain copy.
class Copy final : public PackedParameters {
 public:
  explicit Copy(Vector theta) : theta_(std::move(theta)) {}
  [[nodiscard]] std::size_t size() const override { return theta_.size(); }
  [[nodiscard]] Vector plain() const override { return theta_; }

 private:
  Vector theta_;
};

TEST(Server, LeavesWhoKeepsAVersionWithWhatIsKeptOfIt) {
  Server server = plain({.workers = 1}, {1, 1});
  const Model before = server.model();
  const float* const place = before->parameters().data();
  const auto kept = std::make_shared<Copy>(before->plain());
  std::vector<Message> uploads(1, Dense{{1, 2}});

  step(server, uploads, {}, kept);

  EXPECT_EQ(before->kept(), kept);
  EXPECT_EQ(before->size(), 2);
  EXPECT_THROW(static_cast<void>(before->parameters()), std::logic_error);
  EXPECT_EQ(before->plain(), kept->plain());
  EXPECT_EQ(server.model()->parameters().data(), place);
  EXPECT_THAT(server.model()->plain(), ElementsAre(0, -1));
  EXPECT_EQ(server.model()->kept(), nullptr);
}

TEST(Server, NotesTheSquaredLengthOfItsStep) {
  Server server = plain({.workers = 2}, {0, 0});

  step(server, messages(Dense{{1, 2}}, Dense{{2, 2}}));

  EXPECT_EQ(server.model()->squared_step, 9.0 + 16.0);
}

TEST(Server, KeepsNothingOfWorkersThatAlwaysSend) {
  Server server = plain({.workers = 2}, {0, 0});
  step(server, messages(Dense{{1, 2}}, Dense{{2, 2}}));

  EXPECT_EQ(server.state_bytes(), Bytes{0});
}

TEST(Server, CountsValuesAndIndicesThatItKeeps) {
  Server server = plain({.workers = 2, .workers_skip = true}, {0, 0});
  step(server, messages(Sparse{{0}, {1}}, Sparse{{0, 1}, {1, 2}}));

  EXPECT_EQ(server.state_bytes(), Bytes{3 * (4 + 4)});
}

TEST(Server, AddsUploadsOfManyWorkersInTheirOrder) {
  const std::size_t d = 150'000;
  const int workers = 200;
  RandomStream random = stream(1, "uploads");
  std::vector<Message> uploads;
  std::vector<float> sum(d, 0.0F);
  for (int m = 0; m < workers; ++m) {
    Sparse sparse;
    for (std::size_t i = random.below(100); i < d; i += 1 + random.below(100)) {
      sparse.indices.push_back(static_cast<std::uint32_t>(i));
      sparse.values.push_back(static_cast<float>(random.normal()));
      sum[i] += sparse.values.back();
    }
    uploads.push_back(std::move(sparse));
  }
  Server server = plain({.workers = workers}, Vector(d, 1.0F));

  step(server, std::move(uploads));

  for (std::size_t i = 0; i < d; ++i) {
    ASSERT_EQ(server.model()->parameters()[i], 1.0F - sum[i]) << i;
  }
}

TEST(Server, SumsAVectorLongerThanItsBlocksRight) {
  const std::size_t d = 10'000;
  Server server = plain({.workers = 2}, Vector(d, 1.0F));
  Vector a(d), b(d);
  for (std::size_t i = 0; i < d; ++i) {
    a[i] = static_cast<float>(i);
    b[i] = 2.0F;
  }

  step(server, messages(Dense{a}, Dense{b}));

  for (std::size_t i = 0; i < d; ++i) {
    ASSERT_EQ(server.model()->parameters()[i], 1.0F - static_cast<float>(i) - 2.0F);
  }
}

TEST(Server, GoesOnWithoutAMissedUpload) {
  Server server = plain({.workers = 2}, {10, 20});

  step(server, messages(Dense{{1, 2}}, Dense{{3, 4}}), {false, true});

  EXPECT_THAT(server.model()->plain(), ElementsAre(9, 18));
}

TEST(Server, TakesTheMeanOfThoseWhoSaySomething) {
  Server server = plain({.workers = 2, .takes_mean = true}, {10, 20});

  step(server, messages(Dense{{1, 2}}, Dense{{3, 4}}), {false, true});

  EXPECT_THAT(server.model()->plain(), ElementsAre(9, 18));
}

TEST(Server, StaysWhereItIsWhenEverybodyIsMissed) {
  Server server = plain({.workers = 2, .takes_mean = true}, {10, 20});

  step(server, messages(Dense{{1, 2}}, Dense{{3, 4}}), {true, true});

  EXPECT_THAT(server.model()->plain(), ElementsAre(10, 20));
  EXPECT_EQ(server.model()->iteration, 1);
  EXPECT_EQ(server.model()->squared_step, 0.0);
}

TEST(Server, TakesTheLastContributionOfALazyWorkerThatIsMissed) {
  Server server = plain({.workers = 2, .workers_skip = true}, {0});
  step(server, messages(Dense{{1}}, Dense{{10}}),
       {true, false});  // no contribution of worker 0 yet
  step(server, messages(Dense{{2}}, Dense{{20}}), {false, true});
  step(server, messages(Dense{{3}}, Skip{}), {true, false});

  EXPECT_THAT(server.model()->plain(), ElementsAre(-10 - (2 + 10) - (2 + 10)));
}

}  // namespace
}  // namespace gradwire::algorithms::server_test

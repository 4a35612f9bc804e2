#include "sim/algorithms/server_steps/majority_vote.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/sign.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/momentum/momentum.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/random.hpp"
#include "tests/support/fixed_gradient.hpp"
#include "tests/support/normal_vector.hpp"

namespace gradwire::algorithms::majority_vote_test {
namespace {

using testing::ElementsAre;
using testing_support::FixedGradient;

constexpr double gamma = 0.125;

Layout layout_of(const std::vector<std::int64_t>& sizes) {
  Layout layout;
  for (const std::int64_t size : sizes) layout.add("tensor", {size});
  return layout;
}

/// The workers and the server of a method with votes.
struct Election {
  Election(const AlgorithmConfig& config, const Layout& layout, Vector theta, int workers)
      : team(static_cast<std::size_t>(workers), make_worker(config, layout, workers)),
        server(make_server(config, layout, std::move(theta), workers)) {}

  /// One iteration with these gradients; workers whose gradient is empty are dropped.
  void step(const std::vector<Vector>& gradients) {
    std::vector<Message> uploads;
    Dropped dropped;
    for (std::size_t m = 0; m < team.size(); ++m) {
      dropped.push_back(gradients[m].empty());
      FixedGradient gradient(gradients[m]);
      uploads.push_back(dropped.back()
                            ? Message(Skip{})
                            : team[m].step(server.model(), StepSize::same(gamma), gradient, {}));
    }
    server.step(gamma, std::move(uploads), dropped);
  }

  std::vector<Worker> team;
  Server server;
};

Vector after_a_vote(const std::vector<Vector>& gradients, const char* ties = "positive",
                    Reduction reduction = Reduction::sum) {
  AlgorithmConfig config{.name = "signsgd", .reduction = reduction};
  config.set(ties_parameter, ties);
  const auto d = static_cast<std::int64_t>(gradients.front().size());
  Election election(config, layout_of({d}), Vector(gradients.front().size(), 0.0F),
                    static_cast<int>(gradients.size()));
  election.step(gradients);
  return election.server.model()->plain();
}

TEST(MajorityVote, OfOneWorkerIsSignDescent) {
  const std::size_t d = 10'001;  // more than a block of the server
  const Vector g = normal_vector(d, 1);
  Election election({.name = "signsgd"}, layout_of({7000, 3001}), normal_vector(d, 2), 1);
  Vector expected = election.server.model()->plain();
  for (std::size_t i = 0; i < d; ++i) expected[i] -= g[i] < 0 ? -0.125F : 0.125F;

  election.step({g});

  EXPECT_EQ(election.server.model()->plain(), expected);
  EXPECT_NEAR(election.server.model()->squared_step, 10'001 * gamma * gamma, 1e-3);
}

TEST(MajorityVote, IsTheSameForAnyPositiveScaleOfAnyGradient) {
  std::vector<Vector> gradients;
  for (std::uint64_t m = 0; m < 5; ++m) gradients.push_back(normal_vector(300, m));
  const Vector voted = after_a_vote(gradients);
  for (std::size_t m = 0; m < gradients.size(); ++m) {
    for (float& x : gradients[m]) x *= m % 2 == 0 ? 1e6F : 1e-6F;
  }

  EXPECT_EQ(after_a_vote(gradients), voted);
  EXPECT_EQ(after_a_vote(gradients, "positive", Reduction::mean), voted);
}

TEST(MajorityVote, FewerThanHalfOfTheWorkersCannotFlipTheRest) {
  const Vector honest = normal_vector(100, 1);
  for (const int workers : {1, 2, 3, 4, 5, 10, 11}) {
    for (int adversaries = 0; 2 * adversaries < workers; ++adversaries) {
      std::vector<Vector> gradients(static_cast<std::size_t>(workers), honest);
      for (int m = 0; m < adversaries; ++m) {
        for (float& x : gradients[static_cast<std::size_t>(m)]) x *= -1e9F;
      }
      EXPECT_EQ(after_a_vote(gradients), after_a_vote({honest})) << workers << adversaries;
    }
  }
}

TEST(MajorityVote, OfAnEvenNumberMayBeATie) {
  const std::vector<Vector> gradients{{1, -1, -1}, {-1, 1, -1}};

  EXPECT_THAT(after_a_vote(gradients), ElementsAre(-0.125, -0.125, 0.125));
  EXPECT_THAT(after_a_vote(gradients, "zero"), ElementsAre(0, 0, 0.125));
}

double gradient(int t, int worker, int i) {
  return ((7 * t + 5 * worker + 3 * i) % 13 - 6) / 4.0 + 0.125;
}

// Golden values: tests/reference/majority_vote.py, with the paper's buffer of the momentum.
TEST(MajorityVote, WithMomentumAndWeightDecayIsSignum) {
  const auto expect = [](double momentum, double weight_decay, const Vector& expected) {
    AlgorithmConfig config{.name = "signum"};
    config.set(momentum_parameter, momentum).set(weight_decay_parameter, weight_decay);
    Election election(config, layout_of({5}), {1.0F, -2.0F, 0.5F, -0.25F, 3.0F}, 3);
    for (int t = 0; t < 6; ++t) {
      std::vector<Vector> gradients(3, Vector(5));
      for (int m = 0; m < 3; ++m) {
        for (int i = 0; i < 5; ++i) {
          gradients[static_cast<std::size_t>(m)][static_cast<std::size_t>(i)] =
              static_cast<float>(gradient(t, m, i));
        }
      }
      election.step(gradients);
    }
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_NEAR(election.server.model()->parameters()[i], expected[i], 1e-6) << momentum;
    }
  };
  expect(0.0, 0.0, {0.75F, -2.0F, 0.25F, -0.25F, 2.75F});
  expect(0.9, 0.0, {1.0F, -2.0F, -0.25F, 0.0F, 2.25F});
  expect(0.9, 0.01, {0.992680013F, -1.98613775F, -0.251398474F, 0.00108790398F, 2.2299099F});
}

// The paper's m <- beta m + (1 - beta) g and PyTorch's b <- beta b + g, both 0 at the start, are
// proportional at every step, so that all signs agree where double precision distinguishes m from
// 0.
TEST(Signum, HasTheSignsOfThePapersBuffer) {
  const std::size_t d = 200;
  AlgorithmConfig config{.name = "signum"};
  Worker worker = make_worker(config, layout_of({static_cast<std::int64_t>(d)}), 1);
  std::vector<double> buffer(d);
  for (std::uint64_t t = 0; t < 50; ++t) {
    const Vector g = normal_vector(d, t);
    FixedGradient oracle(g);
    const Message message = worker.step(oracle.model(), StepSize::same(gamma), oracle, {});
    Vector signs(d, 0.0F);
    add_to(message, signs);
    for (std::size_t i = 0; i < d; ++i) {
      buffer[i] = 0.9 * buffer[i] + 0.1 * static_cast<double>(g[i]);
      const bool is_clear = std::abs(buffer[i]) > 1e-6;
      EXPECT_TRUE(!is_clear || (signs[i] < 0) == (buffer[i] < 0)) << t;
    }
  }
}

TEST(MajorityVote, CostsOneBitPerEntryUpAndDown) {
  const Layout layout = layout_of({401408, 512, 5120, 10});
  const AlgorithmConfig config{.name = "signsgd"};
  Election election(config, layout, Vector(layout.size(), 0.0F), 2);
  EXPECT_EQ(election.server.downlink(), nullptr) << "at first the model";
  election.step({normal_vector(layout.size(), 1), normal_vector(layout.size(), 2)});

  const Message& vote = *election.server.downlink();
  FixedGradient oracle(normal_vector(layout.size(), 3));
  const Message upload =
      election.team[0].step(election.server.model(), StepSize::same(gamma), oracle, {});
  const WireSizes sizes(layout, shape_of(config, layout));
  for (const Message& message : {vote, upload}) {
    const Transmission sent = sizes.of(message);
    EXPECT_EQ(sent.payload, Bits{407050});
    EXPECT_EQ(sent.encoded[0] + sent.encoded[1], Bits{407050}) << "floats and fixed levels";
    EXPECT_EQ(sent.encoded[0] + sent.encoded[2], Bits{407050}) << "floats and Elias levels";
  }
  const WireFormat format = make_wire_format(config, {}, layout);
  EXPECT_EQ(format.size(upload), Bits{407050});
  EXPECT_EQ(format.decode(format.encode(upload)), upload);
}

/// The format of a vote: all entries are one bucket without a scale.
WireFormat format_of_vote(const Layout& layout, Representation representation,
                          LevelCoding levels = LevelCoding::fixed) {
  const std::vector<Block> all{{0, layout.size(), layout.size()}};
  return {{.levels = levels},
          layout,
          {.representation = representation, .blocks = all, .floats_per_bucket = 0}};
}

TEST(MajorityVote, VotesComeBackFromTheWireAndGiveTheModel) {
  for (const std::int64_t d : {1, 7, 8, 4097, 9001}) {
    for (const char* ties : {"positive", "zero"}) {
      const Layout layout = layout_of({d});
      const auto size = static_cast<std::size_t>(d);
      AlgorithmConfig config{.name = "signsgd"};
      config.set(ties_parameter, ties);
      Election election(config, layout, Vector(size, 0.0F), 2);
      election.step({normal_vector(size, 1), normal_vector(size, 2)});

      const Message& vote = *election.server.downlink();
      const bool has_zeros = std::string_view(ties) == "zero";
      EXPECT_EQ(payload_bits(vote), Bits{(has_zeros ? 2 : 1) * d});
      for (const LevelCoding levels : {LevelCoding::fixed, LevelCoding::elias, LevelCoding::vsc}) {
        const WireFormat format = format_of_vote(
            layout, has_zeros ? Representation::quantized : Representation::signs, levels);
        const std::vector<std::uint8_t> bytes = format.encode(vote);
        EXPECT_EQ(Bytes{static_cast<std::int64_t>(bytes.size())}, bytes_for(format.size(vote)));
        EXPECT_EQ(format.decode(bytes), vote);
        const Transmission sent = WireSizes(layout, shape_of(config, layout)).of(vote);
        const std::size_t level = 1 + static_cast<std::size_t>(levels);
        EXPECT_EQ(sent.encoded[0] + sent.encoded[level], format.size(vote));
      }
      Vector expected(size, 0.0F);
      add_to(vote, expected);
      for (float& x : expected) x *= -0.125F;
      EXPECT_EQ(election.server.model()->plain(), expected);
    }
  }
}

TEST(MajorityVote, WithoutAVoteTheModelStaysAndIsSentItself) {
  Election election({.name = "signsgd"}, layout_of({2}), {1, 2}, 2);
  election.step({{1, -1}, {1, -1}});
  election.step({{}, {}});

  EXPECT_THAT(election.server.model()->plain(), ElementsAre(0.875, 2.125));
  EXPECT_EQ(election.server.downlink(), nullptr);
  election.step({{}, {-1, 1}});
  EXPECT_THAT(election.server.model()->plain(), ElementsAre(1, 2)) << "the other decides";
}

TEST(MajorityVote, AResumedServerSendsTheVote) {
  for (const char* ties : {"positive", "zero"}) {
    AlgorithmConfig config{.name = "signsgd"};
    config.set(ties_parameter, ties);
    Election election(config, layout_of({20}), normal_vector(20, 3), 2);
    election.step({normal_vector(20, 1), normal_vector(20, 2)});
    std::stringstream file;
    {
      SavingArchive archive(file);
      election.server.save(archive);
    }
    Election resumed(config, layout_of({20}), Vector(20, 0.0F), 2);
    LoadingArchive archive(file);
    resumed.server.load(archive);

    ASSERT_NE(resumed.server.downlink(), nullptr);
    EXPECT_EQ(*resumed.server.downlink(), *election.server.downlink());
    for (Election* one : {&election, &resumed}) {
      one->step({normal_vector(20, 4), normal_vector(20, 5)});
    }
    EXPECT_EQ(resumed.server.model()->plain(), election.server.model()->plain());
  }
}

TEST(MajorityVote, CountsSignsWithoutScaleOnly) {
  const auto reason = [](const char* compress, const char* memory, const char* scale,
                         double momentum, const char* place) {
    AlgorithmConfig config{
        .name = "custom", .compress = compress, .memory = memory, .server_step = "majority_vote"};
    config.set(scale_parameter, scale).set(momentum_parameter, momentum);
    return incompatibility(config.set(momentum_at_parameter, place));
  };
  EXPECT_EQ(reason("sign", "none", "none", 0, "server"), "");
  EXPECT_EQ(reason("sign", "none", "none", 0.9, "worker"), "");
  EXPECT_EQ(reason("sign", "none", "l1", 0, "server"),
            "majority_vote counts signs: expected compress sign with scale none, got sign");
  EXPECT_EQ(reason("identity", "none", "none", 0, "server"),
            "majority_vote counts signs: expected compress sign with scale none, got identity");
  EXPECT_EQ(reason("sign", "none", "none", 0.9, "server"),
            "majority_vote has no momentum: expected momentum_at worker");
  EXPECT_NE(reason("sign", "error_feedback", "none", 0, "server"), "");
}

}  // namespace
}  // namespace gradwire::algorithms::majority_vote_test

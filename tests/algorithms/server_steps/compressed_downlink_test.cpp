#include "sim/algorithms/server_steps/compressed_downlink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <utility>
#include <vector>

#include "sim/algorithms/compressors/selection.hpp"
#include "sim/algorithms/compressors/top_k.hpp"
#include "sim/algorithms/memory/error_feedback.hpp"
#include "sim/algorithms/methods.hpp"
#include "sim/algorithms/wire/wire_sizes.hpp"
#include "sim/core/archive.hpp"
#include "sim/core/random.hpp"
#include "sim/kernels/arithmetic.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::algorithms::compressed_downlink_test {
namespace {

using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr int workers = 4;
constexpr std::int64_t d = 200;
constexpr double gamma = 0.02;

/// A parameter by its key: gamma of error_feedback.
AlgorithmConfig custom(const char* compress, const char* memory, const char* place,
                       Reduction reduction, const char* downlink) {
  AlgorithmConfig config{.name = "custom", .compress = compress, .memory = memory};
  config.reduction = reduction;
  config.values["gamma"] = std::string(place);
  config.set(density_parameter, 0.1).set(downlink_parameter, downlink);
  return config;
}

struct Learning {
  explicit Learning(const AlgorithmConfig& config)
      : problem(workers, two_tensors(d), 1, 0.3),
        server(make_server(config, problem.layout(), problem.initial_parameters(), workers)),
        team(workers, make_worker(config, problem.layout(), workers)) {}

  [[nodiscard]] StepContext context(int worker) const {
    const std::int64_t t = server.model()->iteration;
    return {.iteration = t,
            .worker = worker,
            .random = random_key(stream_hash(7, "downlink test", static_cast<std::uint64_t>(worker),
                                             static_cast<std::uint64_t>(t)))};
  }

  /// Computes one iteration and returns the messages of all workers.
  std::vector<Message> step() {
    const auto batches = problem.minibatches(server.model()->iteration, server.model());
    std::vector<Message> sent;
    for (int m = 0; m < workers; ++m) {
      sent.push_back(team[static_cast<std::size_t>(m)].step(server.model(), StepSize::same(gamma),
                                                            batches->of(m), context(m)));
    }
    server.step(gamma, sent, {}, nullptr, context(workers));
    return sent;
  }
  Vector parameters_after(int iterations) {
    for (int t = 0; t < iterations; ++t) step();
    return server.model()->plain();
  }

  Quadratic problem;
  Server server;
  std::vector<Worker> team;
};

TEST(CompressedDownlink, WithoutCompressionIsThePlainRun) {
  for (const char* memory : {"none", "error_feedback"}) {
    for (const char* place : {"inside", "outside"}) {
      for (const Reduction reduction : {Reduction::sum, Reduction::mean}) {
        const auto run = [&](const char* downlink) {
          return Learning(custom("identity", memory, place, reduction, downlink))
              .parameters_after(30);
        };
        const Vector plain = run("model");
        const Vector compressed = run("compressed");
        // With gamma outside a mean's factors gamma and 1/M are rounded one by one.
        for (std::size_t i = 0; i < plain.size(); ++i) {
          EXPECT_NEAR(compressed[i], plain[i], 1e-5) << memory << place;
        }
        const bool inside = std::string_view(place) == "inside";
        EXPECT_TRUE(!inside || compressed == plain) << memory;
      }
    }
  }
}

TEST(CompressedDownlink, OfDeferredUpdatesIsThatOfUploads) {
  Learning deferred(custom("identity", "none", "inside", Reduction::mean, "compressed"));
  Learning sent(custom("identity", "none", "inside", Reduction::mean, "compressed"));
  for (int t = 0; t < 3; ++t) {
    sent.step();
    const Model theta = deferred.server.model();
    const auto batches = deferred.problem.minibatches(theta->iteration, theta);
    for (int m = 0; m < workers; ++m) {
      GradientUpdate update(static_cast<float>(gamma), theta, batches->of(m));
      deferred.server.add(update);
    }
    deferred.server.step(gamma, {});
  }

  EXPECT_EQ(deferred.server.model()->plain(), sent.server.model()->plain());
}

// q + e' = v + e for v the weighted sum of the uploads, where C only selects: to the bit; and the
// model moves by q.
TEST(CompressedDownlink, LosesNothing) {
  for (const char* place : {"inside", "outside"}) {
    for (const Reduction reduction : {Reduction::sum, Reduction::mean}) {
      const AlgorithmConfig config =
          custom("top_k", "error_feedback", place, reduction, "compressed");
      Learning learning(config);
      TopK top_k({.layout = learning.problem.layout(), .density = 0.1});
      Vector error(d, 0.0F);
      for (int t = 0; t < 30; ++t) {
        const Vector before = learning.server.model()->plain();
        const std::vector<Message> sent = learning.step();
        Vector p(d, 0.0F);
        for (const Message& message : sent) add_to(message, p);
        if (reduction == Reduction::mean) scale(1.0F / workers, p, p);
        add_scaled(1.0F, error, p);

        const Message& q = *learning.server.downlink();
        EXPECT_EQ(q, top_k.compress(p, {}));
        error = p;
        subtract_from(q, error);
        Vector sum = error;
        add_to(q, sum);
        EXPECT_EQ(sum, p);
        Vector step(d, 0.0F);
        add_to(q, step);
        Vector expected = before;
        const bool inside = std::string_view(place) == "inside";
        add_scaled(inside ? -1.0F : -static_cast<float>(gamma), step, expected);
        EXPECT_EQ(learning.server.model()->plain(), expected) << place;
      }
      EXPECT_GT(squared_norm(error), 0);
      EXPECT_EQ(learning.server.state_bytes(), Bytes{4 * d});
    }
  }
}

TEST(CompressedDownlink, HasTheSizeOfAnUpload) {
  struct Case {
    const char* compress;
    std::int64_t payload;
  };
  for (const auto& [compress, payload] : {Case{"top_k", 32 * (19 + 1)},
                                          {"random_k", 32 * (19 + 1)},
                                          {"sign", d + 64},
                                          {"one_bit", d + 2 * 64},
                                          {"qsgd", 2 * 32 + 4 * d}}) {
    AlgorithmConfig config =
        custom(compress, "error_feedback", "inside", Reduction::mean, "compressed");
    config.values["scale"] = std::string("l1");
    Learning learning(config);
    EXPECT_EQ(learning.server.downlink(), nullptr) << "at first the model";
    const std::vector<Message> sent = learning.step();

    const Message& q = *learning.server.downlink();
    EXPECT_EQ(payload_bits(q), Bits{payload}) << compress;
    const Layout& layout = learning.problem.layout();
    const WireSizes sizes(layout, shape_of(config, layout));
    const WireFormat format = make_wire_format(config, {}, layout);
    Bits total;
    for (const std::size_t i : selected_encodings({}, sizes.names())) {
      total += sizes.of(q).encoded[i];
    }
    EXPECT_EQ(total, format.size(q));
    EXPECT_EQ(format.decode(format.encode(q)), q);
  }
}

TEST(CompressedDownlink, DrawsFromTheServersOwnStream) {
  AlgorithmConfig config =
      custom("random_k", "error_feedback", "inside", Reduction::mean, "compressed");
  Learning first(config);
  Learning second(config);
  const std::vector<Message> sent = first.step();
  second.step();

  EXPECT_EQ(*first.server.downlink(), *second.server.downlink());
  const auto& drawn = std::get<Sparse>(*first.server.downlink()).indices;
  for (const Message& upload : sent) EXPECT_NE(std::get<Sparse>(upload).indices, drawn);
}

TEST(CompressedDownlink, AResumedServerHasItsMemoryAndItsMessage) {
  const AlgorithmConfig config =
      custom("top_k", "error_feedback", "inside", Reduction::mean, "compressed");
  Learning learning(config);
  learning.parameters_after(5);
  std::stringstream file;
  {
    SavingArchive archive(file);
    learning.server.save(archive);
    for (const Worker& worker : learning.team) worker.save(archive);
  }
  Learning resumed(config);
  LoadingArchive archive(file);
  resumed.server.load(archive);
  for (Worker& worker : resumed.team) worker.load(archive);

  EXPECT_EQ(*resumed.server.downlink(), *learning.server.downlink());
  EXPECT_EQ(resumed.parameters_after(5), learning.parameters_after(5));
}

TEST(CompressedDownlink, OfLazyWorkersCountsTheirLastContributions) {
  AlgorithmConfig config = custom("identity", "none", "inside", Reduction::sum, "compressed");
  config.send = "lasg";
  AlgorithmConfig plain = config;
  plain.set(downlink_parameter, "model");

  EXPECT_EQ(Learning(config).parameters_after(40), Learning(plain).parameters_after(40));
}

TEST(CompressedDownlink, ReachesTheMinimum) {
  for (const char* compress : {"top_k", "one_bit", "random_k"}) {
    AlgorithmConfig config =
        custom(compress, "error_feedback", "inside", Reduction::mean, "compressed");
    config.set(density_parameter, 0.3);
    Learning learning(config);
    learning.parameters_after(400);
    const auto batches = learning.problem.minibatches(0, learning.server.model());
    Vector mean(d, 0.0F);
    for (int m = 0; m < workers; ++m) {
      add_scaled(1.0F / workers, batches->of(m).at(learning.server.model()), mean);
    }
    EXPECT_LT(squared_norm(mean) / d, 0.25) << compress;  // starts at about 9
  }
}

TEST(CompressedDownlink, IsRefusedWithTheReason) {
  const AlgorithmConfig config =
      custom("top_k", "error_feedback", "inside", Reduction::mean, "compressed");
  EXPECT_EQ(incompatibility(config), "");
  AlgorithmConfig with_momentum = config;
  with_momentum.set(momentum_parameter, 0.9);
  EXPECT_THAT(incompatibility(with_momentum), testing::HasSubstr("expected gamma outside"));
}

}  // namespace
}  // namespace gradwire::algorithms::compressed_downlink_test

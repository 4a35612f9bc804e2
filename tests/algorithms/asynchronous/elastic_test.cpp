#include "sim/algorithms/asynchronous/elastic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <ostream>
#include <sstream>
#include <string>

#include "sim/algorithms/compressors/identity.hpp"
#include "sim/algorithms/memory/no_memory.hpp"
#include "sim/core/archive.hpp"
#include "tests/algorithms/asynchronous/clients.hpp"
#include "tests/support/normal_vector.hpp"

// Properties of EASGD and EAMSGD that follow from their equations (arXiv 1412.6651).

namespace gradwire::algorithms::asynchronous_test {
namespace {

using testing::ElementsAreArray;
using testing::Pointwise;

/// Entries that are sums of few powers of two: with an elasticity of 1/4 and gamma of 1/2 all
/// arithmetic below is exact.
Vector representable(std::size_t d) {
  Vector v;
  for (std::size_t i = 0; i < d; ++i) v.push_back(static_cast<float>((37 * i) % 64) - 31.0F);
  return v;
}

/// A different constant for each client.
Field constant(int m) {
  return [m](std::span<const float> theta) {
    Vector g(theta.size());
    for (std::size_t i = 0; i < g.size(); ++i) {
      g[i] = static_cast<float>((11 * i + 5 * static_cast<std::size_t>(m)) % 16) - 7.0F;
    }
    return g;
  };
}

AlgorithmConfig easgd(double elasticity, std::int64_t period = 1, const char* name = "easgd") {
  return named(name, {{"elasticity", elasticity}, {"exchange_period", period}});
}

std::vector<double> sum(std::span<const float> a, std::span<const float> b) {
  std::vector<double> result;
  for (std::size_t i = 0; i < a.size(); ++i) result.push_back(double{a[i]} + double{b[i]});
  return result;
}

class Exchange : public testing::TestWithParam<std::string> {};

TEST_P(Exchange, WithoutAGradientKeepsTheSumOfModelAndCentre) {
  AlgorithmConfig config = easgd(0.25);
  config.compress = GetParam();
  Clients clients(config, representable(40), 2);
  for (int m = 0; m < 2; ++m) clients.take_turn(m, 0.5, constant(m));

  clients.fetch(0);
  const auto before = sum(clients.own(0), clients.theta());
  const Vector centre(clients.theta().begin(), clients.theta().end());
  Message push = clients.push(0);
  clients.apply(0, std::move(push), 0.5);
  clients.compute(0, 0.5, zero_gradient);

  const auto after = sum(clients.own(0), clients.theta());
  if (GetParam() == "qsgd") {  // its values are rounded
    EXPECT_THAT(after, Pointwise(testing::DoubleNear(1e-5), before));
  } else {
    EXPECT_THAT(after, ElementsAreArray(before));
  }
  EXPECT_THAT(clients.theta(), testing::Not(ElementsAreArray(centre))) << "something moved";
}

INSTANTIATE_TEST_SUITE_P(Compressors, Exchange,
                         testing::Values("identity", "top_k", "natural", "qsgd"),
                         [](const auto& test) { return test.param; });

TEST(Exchange, KeepsTheSumIfThePushCarriesAnErrorMemory) {
  AlgorithmConfig config = easgd(0.25);
  config.compress = "top_k";
  config.memory = "error_feedback";
  Clients clients(config, representable(40), 2);
  for (int m = 0; m < 2; ++m) clients.take_turn(m, 0.5, constant(m));
  const auto before = sum(clients.own(0), clients.theta());

  for (int i = 0; i < 5; ++i) {
    clients.take_turn(0, 0.5, zero_gradient);
    EXPECT_THAT(sum(clients.own(0), clients.theta()), ElementsAreArray(before));
  }
}

TEST(Elastic, SynchronousStepKeepsTheSumOfTheCentreAndAllModels) {
  constexpr int n = 3;
  AlgorithmConfig config = easgd(0.25);
  config.values["centre"] = std::string("synchronous");
  Clients clients(config, representable(20), n);
  const auto total = [&] {
    std::vector<double> all(clients.theta().begin(), clients.theta().end());
    for (int m = 0; m < n; ++m) {
      for (std::size_t i = 0; i < all.size(); ++i) all[i] += double{clients.own(m)[i]};
    }
    return all;
  };
  const auto round = [&](const std::function<Field(int)>& field) {
    for (int m = 0; m < n; ++m) {
      ASSERT_TRUE(clients.server().answers(m));
      clients.fetch(m);
    }
    for (int m = n; m-- > 0;) {
      const Vector centre(clients.theta().begin(), clients.theta().end());
      clients.apply(m, clients.push(m), 0.5);
      clients.compute(m, 0.5, field(m));
      if (m > 0) {
        EXPECT_THAT(clients.theta(), ElementsAreArray(centre)) << "waits for all";
        EXPECT_FALSE(clients.server().answers(m));
        EXPECT_TRUE(clients.server().answers(0)) << "has not pushed";
      }
    }
  };
  round(constant);
  const auto before = total();
  const Vector centre(clients.theta().begin(), clients.theta().end());
  std::vector<Vector> x;
  for (int m = 0; m < n; ++m) x.emplace_back(clients.own(m).begin(), clients.own(m).end());

  round([](int) { return zero_gradient; });

  EXPECT_THAT(total(), ElementsAreArray(before));
  for (std::size_t i = 0; i < centre.size(); ++i) {  // equations (3) and (4)
    float moved = centre[i];
    for (int m = 0; m < n; ++m) {
      const float xi = x[static_cast<std::size_t>(m)][i];
      EXPECT_EQ(clients.own(m)[i], xi - 0.25F * (xi - centre[i]));
      moved += 0.25F * (xi - centre[i]);
    }
    EXPECT_EQ(clients.theta()[i], moved);
  }
}

TEST(Elastic, WithoutGradientsAllModelsMeet) {
  constexpr int n = 4;
  Clients clients(easgd(0), representable(20), n);
  for (int t = 0; t < 5; ++t) {
    for (int m = 0; m < n; ++m) clients.take_turn(m, 0.5, constant(m));
  }
  double apart = 0;
  for (std::size_t i = 0; i < 20; ++i) apart += std::abs(clients.own(0)[i] - clients.own(n - 1)[i]);
  ASSERT_GT(apart, 10);
  for (int t = 0; t < 300; ++t) {
    for (int m = 0; m < n; ++m) clients.take_turn(m, 0.5, zero_gradient);
  }
  for (int m = 0; m < n; ++m) {
    EXPECT_THAT(clients.own(m), Pointwise(testing::FloatNear(1e-4F), clients.theta()));
  }
}

TEST(Elastic, WithElasticity0RunsAreIndependent) {
  const Vector initial = normal_vector(50, 3);
  ElasticClient client({.config = with_defaults(easgd(0)),
                        .worker = make_worker(named("sgd"), one_tensor(50), 1),
                        .compressor = std::make_unique<Identity>(),
                        .memory = std::make_unique<NoMemory>()},
                       {.elasticity = 0});
  Vector alone = initial;
  client.receive(std::make_shared<ModelVersion>(0, initial));
  for (int t = 0; t < 20; ++t) {
    Vector pushed(initial.size(), 0.0F);
    add_to(client.push({}), pushed);
    EXPECT_THAT(pushed, testing::Each(0.0F));
    FieldMinibatches minibatches(bowl);
    client.compute({.steps = 3}, StepSize::same(0.1), minibatches, {});
    EXPECT_EQ(minibatches.drawn(), 3);
    for (int step = 0; step < 3; ++step) add_scaled(-0.1F, bowl(alone), alone);
    EXPECT_THAT(client.own(), ElementsAreArray(alone));
    // Whatever the centre is.
    client.receive(std::make_shared<ModelVersion>(t, normal_vector(50, 4)));
  }
}

/// alpha as a share of the paper's bound.
struct Point {
  int clients;
  double eta;
  double share;
};
void PrintTo(const Point& p, std::ostream* out) {
  *out << "p " << p.clients << ", eta " << p.eta << ", alpha " << p.share << " of the bound";
}

/// The distance of centre and models to the minimum of x^2/2 after turns in order.
double distance_after_turns(const Point& point, int rounds) {
  const double bound = (4 - 2 * point.eta) / (4 - point.eta);
  Clients clients(easgd(point.share * bound), {1.0F}, point.clients);
  for (int t = 0; t < rounds; ++t) {
    for (int m = 0; m < point.clients; ++m) clients.take_turn(m, point.eta, bowl);
  }
  double squared = std::pow(clients.theta()[0], 2);
  for (int m = 0; m < point.clients; ++m) squared += std::pow(clients.own(m)[0], 2);
  return std::sqrt(squared);
}

TEST(Elastic, InTurnsIsStableUpToThePapersBound) {
  for (const int p : {1, 2, 3, 4, 8}) {
    for (const double eta : {0.01, 0.1, 0.5, 1.0}) {
      const Point inside{p, eta, 0.999};
      EXPECT_LT(distance_after_turns(inside, 6000), 1e-2) << testing::PrintToString(inside);
    }
  }
  for (const int p : {1, 3}) {
    for (const double eta : {0.01, 0.1, 0.5, 1.0}) {
      const Point outside{p, eta, 1.001};
      EXPECT_GT(distance_after_turns(outside, 6000), 1e2) << testing::PrintToString(outside);
    }
  }
}

TEST(Elastic, MomentumIsTakenAheadOfTheModelBeforeItsMove) {
  AlgorithmConfig config = easgd(0.3, 2, "eamsgd");
  config.values["momentum"] = 0.5;
  Clients clients(config, {1.0F, -2.0F}, 2);
  std::vector<double> x{1, -2}, v{0, 0}, c{1, -2};
  for (int t = 0; t < 6; ++t) {
    clients.take_turn(0, 0.1, bowl);
    for (std::size_t i = 0; i < 2; ++i) {
      const double q = 0.3 * (c[i] - x[i]);
      c[i] -= q;
      for (int step = 0; step < 2; ++step) {
        v[i] = 0.5 * v[i] - 0.1 * (x[i] + 0.5 * v[i]);
        x[i] += v[i] + (step == 0 ? q : 0);
      }
    }
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(clients.own(0)[i], x[i], 1e-6);
    EXPECT_NEAR(clients.theta()[i], c[i], 1e-6);
  }
}

TEST(Elastic, WeightDecayPullsTheModelToZero) {
  AlgorithmConfig config = easgd(0.25);
  config.values["weight_decay"] = 0.5;
  Clients clients(config, {1.0F}, 1);
  clients.take_turn(0, 0.5, zero_gradient);
  EXPECT_EQ(clients.own(0)[0], 0.75F);
  clients.take_turn(0, 0.5, zero_gradient);  // q = 0.25 (1 - 0.75)
  EXPECT_EQ(clients.own(0)[0], 0.75F - 0.1875F + 0.0625F);
  EXPECT_EQ(clients.theta()[0], 1 - 0.0625F);
}

TEST(Elastic, ElasticityIsBy0DividedByTheNumberOfClients) {
  Clients clients(easgd(0), {1.0F}, 3);
  clients.take_turn(0, 0.5, bowl);
  clients.fetch(0);
  Vector push(1, 0.0F);
  add_to(clients.push(0), push);
  EXPECT_FLOAT_EQ(push[0], static_cast<float>(0.9 / 3) * 0.5F);
}

TEST(Elastic, ASavedClientGoesOnAlike) {
  AlgorithmConfig config = easgd(0.25, 2, "eamsgd");
  config.compress = "top_k";
  config.memory = "error_feedback";
  const Vector initial = normal_vector(40, 5);
  Clients clients(config, initial, 1);
  for (int t = 0; t < 3; ++t) clients.take_turn(0, 0.1, bowl);
  clients.fetch(0);
  clients.push(0);  // and has not moved yet
  std::stringstream state;
  {
    SavingArchive archive(state);
    clients.client(0).save(archive);
  }
  const auto resumed = make_client(config, one_tensor(40), 1);
  {
    LoadingArchive archive(state);
    resumed->load(archive);
  }
  const auto go_on = [](Client& client) {
    for (int t = 0; t < 2; ++t) {
      FieldMinibatches minibatches(bowl);
      client.compute({.steps = 2}, StepSize::same(0.1), minibatches, {});
      client.receive(std::make_shared<ModelVersion>(t, normal_vector(40, 6)));
      client.push({});
    }
    const auto own = dynamic_cast<ElasticClient&>(client).own();
    return Vector(own.begin(), own.end());
  };
  const Vector expected = go_on(clients.client(0));
  EXPECT_THAT(go_on(*resumed), ElementsAreArray(expected));
}

}  // namespace
}  // namespace gradwire::algorithms::asynchronous_test

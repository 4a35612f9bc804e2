#include "sim/learn/mlp/packed_parameters.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "sim/core/archive.hpp"

namespace gradwire::learn::packed_parameters_test {
namespace {

Model model_of(const Mlp& net, std::uint64_t seed) {
  return std::make_shared<const ModelVersion>(ModelVersion{0, net.initial_parameters(seed), 0.0});
}

TEST(PackedParameterCache, ShareOneCopyAVersion) {
  const Mlp net(5, {4}, 3);
  PackedParameterCache packed(net);
  const Model theta = model_of(net, 1);
  const Model other = model_of(net, 2);

  EXPECT_EQ(packed.of(theta), packed.of(theta));
  EXPECT_NE(packed.of(theta), packed.of(other));
}

TEST(PackedParameterCache, OutliveTheirVersionForWhoeverHoldsThem) {
  const Mlp net(5, {4}, 3);
  PackedParameterCache packed(net);
  Model theta = model_of(net, 1);
  const float first = theta->parameters()[0];
  const auto weights = packed.of(theta);
  theta.reset();

  for (std::uint64_t seed = 2; seed < 6; ++seed) (void)packed.of(model_of(net, seed));

  EXPECT_EQ((*weights)[0].panels.panel(0)[0], first);
}

TEST(PackedParameterCache, UseTheMemoryOfVersionsThatAreGone) {
  const Mlp net(5, {4}, 3);
  PackedParameterCache packed(net);
  const float* memory = (*packed.of(model_of(net, 1)))[0].panels.panel(0);

  (void)packed.of(model_of(net, 2));  // releases the memory of the expired first version
  const float* again = (*packed.of(model_of(net, 3)))[0].panels.panel(0);

  EXPECT_EQ(again, memory);
}

TEST(PackedParameterCache, UseThatMemoryAlsoWhenManyVersionsAreAlive) {
  const Mlp net(5, {4}, 3);
  PackedParameterCache packed(net);
  std::vector<Model> alive;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    alive.push_back(model_of(net, seed));
    (void)packed.of(alive.back());
  }

  std::set<const float*> memory;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    memory.insert((*packed.of(model_of(net, seed)))[0].panels.panel(0));
  }

  EXPECT_LE(memory.size(), 10U);  // expired versions: at most a sixteenth of all, rounded up
  for (const Model& theta : alive) EXPECT_EQ(packed.of(theta), packed.of(theta));
}

TEST(PackedParameterCache, AreAllThatIsLeftOfAVersionWhoseParametersGo) {
  for (const std::vector<std::int64_t>& hidden : {std::vector<std::int64_t>{}, {4}, {40, 33}}) {
    const Mlp net(5, hidden, 3);
    PackedParameterCache packed(net);
    ModelVersion version{7, net.initial_parameters(1), 0.5};
    const Vector theta = version.plain();
    const auto model = std::make_shared<ModelVersion>(std::move(version));
    const auto weights = packed.of(model);

    (void)model->take_parameters(packed.kept(model));

    EXPECT_EQ(model->size(), theta.size());
    EXPECT_EQ(model->kept()->plain(), theta);
    EXPECT_EQ(packed.of(model), weights);
  }
}

TEST(PackedParameterCache, AreSavedAsParametersLikeAnyOthers) {
  const Mlp net(5, {4}, 3);
  PackedParameterCache packed(net);
  const auto model =
      std::make_shared<ModelVersion>(ModelVersion{7, net.initial_parameters(1), 0.5});
  const auto saved = [&] {
    std::ostringstream out;
    SavingArchive archive(out);
    archive(model);
    return out.str();
  };
  const std::string plain = saved();
  const Vector theta = model->plain();
  (void)model->take_parameters(packed.kept(model));

  EXPECT_EQ(saved(), plain);
  std::istringstream in(saved());
  LoadingArchive archive(in);
  Model loaded;
  archive(loaded);
  EXPECT_EQ(loaded->plain(), theta);
  EXPECT_EQ(loaded->kept(), nullptr);
  EXPECT_EQ(loaded->iteration, 7);
  EXPECT_EQ(loaded->squared_step, 0.5);
}

TEST(PackedParameterCache, OfAnotherNetAreMadeOfWhatIsLeft) {
  const Mlp net(5, {4}, 3);
  PackedParameterCache packed(net);
  PackedParameterCache others(net);
  const auto model =
      std::make_shared<ModelVersion>(ModelVersion{0, net.initial_parameters(1), 0.0});
  const Vector theta = model->plain();
  (void)model->take_parameters(packed.kept(model));

  EXPECT_EQ(unpacked(*others.of(model)), theta);
}

TEST(PackedParameterCache, AreWholeForEveryThreadThatAsks) {
  const Mlp net(300, {200}, 10);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    PackedParameterCache packed(net);
    const Model theta = model_of(net, seed);
    PackedWeights<float> expected;
    net.pack<float>(theta->parameters(), expected);
    std::vector<int> whole(4);
    {
      std::vector<std::jthread> threads;
      for (int& answer : whole) {
        threads.emplace_back([&] {
          const auto weights = packed.of(theta);
          const std::size_t last = 200 / Panels<float>::width;
          const auto panel = [&](const PackedWeights<float>& w) {
            return std::vector<float>(w[0].panels.panel(last), w[0].panels.panel(last) + 300 * 32);
          };
          answer = panel(*weights) == panel(expected) ? 1 : 0;
        });
      }
    }
    EXPECT_EQ(whole, std::vector<int>(4, 1));
  }
}

}  // namespace
}  // namespace gradwire::learn::packed_parameters_test

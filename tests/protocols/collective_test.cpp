#include "sim/protocols/all_reduce/collective.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace gradwire::protocols::collective_test {
namespace {

/// What each node has of each part: the nodes whose contributions are in it, each once.
using Contributions = std::multiset<int>;
using State = std::vector<std::vector<Contributions>>;  // [nodes, parts]

std::vector<std::vector<CollectiveStep>> reduce_steps(const CollectiveConfig& config,
                                                      std::int64_t entries, int nodes,
                                                      std::int64_t most_per_piece = 0) {
  std::vector<std::vector<CollectiveStep>> steps(static_cast<std::size_t>(nodes));
  for (int node = 0; node < nodes; ++node) {
    all_reduce_steps(
        config, {{0, entries}, most_per_piece}, node, nodes,
        [&](const CollectiveStep& step) { steps[static_cast<std::size_t>(node)].push_back(step); });
  }
  return steps;
}

std::vector<std::vector<CollectiveStep>> gather_steps(const CollectiveConfig& config, int nodes) {
  std::vector<std::vector<CollectiveStep>> steps(static_cast<std::size_t>(nodes));
  for (int node = 0; node < nodes; ++node) {
    all_gather_steps(config, node, nodes, [&](const CollectiveStep& step) {
      steps[static_cast<std::size_t>(node)].push_back(step);
    });
  }
  return steps;
}

/// Executes all nodes' steps as far as they can go; false if they wait for each other.
bool execute(const std::vector<std::vector<CollectiveStep>>& steps, State& state) {
  struct Message {
    PartRange range;
    std::vector<Contributions> contents;
  };
  std::map<std::pair<int, int>, std::vector<Message>> channels;
  std::vector<std::size_t> next(steps.size());
  std::vector<bool> has_sent(steps.size());
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t n = 0; n < steps.size(); ++n) {
      if (next[n] == steps[n].size()) continue;
      const CollectiveStep& step = steps[n][next[n]];
      const int me = static_cast<int>(n);
      if (step.sends() && !has_sent[n]) {
        Message message{step.sent, {}};
        for (std::int64_t i = step.sent.begin; i < step.sent.end; ++i) {
          message.contents.push_back(state[n][static_cast<std::size_t>(i)]);
        }
        channels[{me, step.to}].push_back(std::move(message));
        has_sent[n] = true;
        moved = true;
      }
      if (step.receives()) {
        auto& arrived = channels[{step.from, me}];
        if (arrived.empty()) continue;
        EXPECT_EQ(arrived.front().range, step.received);
        for (std::int64_t i = step.received.begin; i < step.received.end; ++i) {
          Contributions& mine = state[n][static_cast<std::size_t>(i)];
          const Contributions& theirs =
              arrived.front().contents[static_cast<std::size_t>(i - step.received.begin)];
          if (!step.adds) mine.clear();
          mine.insert(theirs.begin(), theirs.end());
        }
        arrived.erase(arrived.begin());
      }
      ++next[n];
      has_sent[n] = false;
      moved = true;
    }
  }
  for (std::size_t n = 0; n < steps.size(); ++n) {
    if (next[n] != steps[n].size()) return false;
  }
  for (const auto& [ends, left] : channels) EXPECT_TRUE(left.empty()) << ends.first;
  return true;
}

class Collective : public testing::TestWithParam<CollectiveKind> {
 protected:
  [[nodiscard]] CollectiveConfig config() const { return {.kind = GetParam(), .group_size = 3}; }
};

TEST_P(Collective, GivesEveryNodeTheSumOfAll) {
  for (int nodes = 1; nodes <= 17; ++nodes) {
    for (const std::int64_t entries : {0, 1, 5, 40}) {
      State state(static_cast<std::size_t>(nodes));
      Contributions all;
      for (int n = 0; n < nodes; ++n) {
        state[static_cast<std::size_t>(n)].assign(static_cast<std::size_t>(entries), {n});
        all.insert(n);
      }
      ASSERT_TRUE(execute(reduce_steps(config(), entries, nodes), state)) << nodes;
      for (const auto& node : state) {
        for (const Contributions& entry : node) ASSERT_EQ(entry, all) << nodes << " nodes";
      }
    }
  }
}

TEST_P(Collective, GivesTheSumInPieces) {
  constexpr std::int64_t entries = 40, most = 7;
  for (int nodes = 1; nodes <= 9; ++nodes) {
    State state(static_cast<std::size_t>(nodes));
    Contributions all;
    for (int n = 0; n < nodes; ++n) {
      state[static_cast<std::size_t>(n)].assign(static_cast<std::size_t>(entries), {n});
      all.insert(n);
    }
    ASSERT_TRUE(execute(reduce_steps(config(), entries, nodes, most), state)) << nodes;
    for (const auto& node : state) {
      for (const Contributions& entry : node) ASSERT_EQ(entry, all) << nodes << " nodes";
    }
  }
}

TEST_P(Collective, GivesEveryNodeAllBlocks) {
  for (int nodes = 1; nodes <= 17; ++nodes) {
    State state(static_cast<std::size_t>(nodes));
    for (int n = 0; n < nodes; ++n) {
      state[static_cast<std::size_t>(n)].resize(static_cast<std::size_t>(nodes));
      state[static_cast<std::size_t>(n)][static_cast<std::size_t>(n)] = {n};
    }
    ASSERT_TRUE(execute(gather_steps(config(), nodes), state)) << nodes;
    for (const auto& node : state) {
      for (int b = 0; b < nodes; ++b) {
        ASSERT_EQ(node[static_cast<std::size_t>(b)], Contributions{b}) << nodes << " nodes";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Collective,
                         testing::Values(CollectiveKind::ring, CollectiveKind::tree,
                                         CollectiveKind::halving_doubling,
                                         CollectiveKind::two_level),
                         [](const auto& test) {
                           return std::string(name_of(test.param, collective_choices));
                         });

TEST(Ring, SendsTwiceTheVectorLessTwoChunksPerNode) {
  constexpr std::int64_t d = 1003;  // no multiple of the nodes
  constexpr int nodes = 8;
  std::int64_t sum = 0;
  for (const auto& steps : reduce_steps({}, d, nodes)) {
    std::int64_t sent = 0;
    for (const CollectiveStep& step : steps) sent += step.sent.size();
    EXPECT_EQ(steps.size(), 2U * (nodes - 1));
    EXPECT_GE(sent, 2 * d - 2 * 126);
    EXPECT_LE(sent, 2 * d - 2 * 125);
    sum += sent;
  }
  EXPECT_EQ(sum, 2 * (nodes - 1) * d);
}

TEST(Tree, SendsNoPieceAboveTheLimit) {
  std::set<std::int64_t> sizes;
  for (const auto& steps : reduce_steps({.kind = CollectiveKind::tree}, 40, 8, 7)) {
    for (const CollectiveStep& step : steps) {
      if (step.sends()) sizes.insert(step.sent.size());
    }
  }
  EXPECT_EQ(sizes, (std::set<std::int64_t>{6, 7}));  // 40 in 6 pieces
}

TEST(HalvingDoubling, TakesLogarithmicallyManySteps) {
  for (const auto& steps : reduce_steps({.kind = CollectiveKind::halving_doubling}, 1024, 16)) {
    std::int64_t sent = 0;
    for (const CollectiveStep& step : steps) sent += step.sent.size();
    EXPECT_EQ(steps.size(), 2U * 4);
    EXPECT_EQ(sent, 2 * (1024 - 64));
  }
}

}  // namespace
}  // namespace gradwire::protocols::collective_test

#include "sim/trace/same_iterations.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace gradwire {
namespace {

/// Positions of the encodings that both traces have.
using CommonEncodings = std::vector<std::pair<std::size_t, std::size_t>>;

CommonEncodings common_encodings(const EncodingNames& a, const EncodingNames& b) {
  CommonEncodings common;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto same = std::ranges::find(b, a[i]);
    if (same != b.end()) common.emplace_back(i, static_cast<std::size_t>(same - b.begin()));
  }
  return common;
}

bool same(const Transmission& a, const Transmission& b, const CommonEncodings& encodings) {
  return a.representation == b.representation && a.values == b.values && a.payload == b.payload &&
         std::ranges::all_of(encodings, [&](const auto& at) {
           return a.encoded[at.first] == b.encoded[at.second];
         });
}

bool same(const Part& a, const Part& b, const CommonEncodings& encodings) {
  return a.gradients == b.gradients && a.auxiliary_gradients == b.auxiliary_gradients &&
         a.takes_part == b.takes_part && a.skipped == b.skipped && a.download == b.download &&
         same(a.upload, b.upload, encodings);
}

bool same(const EdgeMessage& a, const EdgeMessage& b, const CommonEncodings& encodings) {
  return a.from == b.from && a.to == b.to && same(a.sent, b.sent, encodings);
}

bool same(const Exchange& a, const Exchange& b, const CommonEncodings& encodings) {
  const auto equal = [&](const auto& x, const auto& y) { return same(x, y, encodings); };
  return std::ranges::equal(a.downloads, b.downloads, equal) &&
         std::ranges::equal(a.parts, b.parts, equal) && std::ranges::equal(a.edges, b.edges, equal);
}

bool same(const Evaluation& a, const Evaluation& b) {
  return a.loss == b.loss && a.accuracy == b.accuracy && a.top5_accuracy == b.top5_accuracy &&
         a.sources == b.sources && a.objective == b.objective && a.nodes == b.nodes;
}

bool same(const IterationWork& a, const IterationWork& b, const CommonEncodings& encodings) {
  const bool same_test =
      a.test.has_value() == b.test.has_value() && (!a.test || same(*a.test, *b.test));
  const auto bits = [](double number) { return std::bit_cast<std::uint64_t>(number); };  // NaN too
  return same_test && bits(a.train.loss) == bits(b.train.loss) &&
         a.train.correct == b.train.correct && a.train.samples == b.train.samples &&
         std::ranges::equal(a.exchanges, b.exchanges, [&](const Exchange& x, const Exchange& y) {
           return same(x, y, encodings);
         });
}

}  // namespace

bool have_same_iterations(TraceReader& a, TraceReader& b) {
  if (a.header().workers != b.header().workers || a.header().iterations != b.header().iterations) {
    return false;
  }
  const CommonEncodings encodings = common_encodings(a.header().encodings, b.header().encodings);
  while (!a.at_end()) {
    if (!same(a.next(), b.next(), encodings)) return false;
  }
  return true;
}

}  // namespace gradwire

#include "sim/algorithms/server.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>

#include "sim/core/kernels.hpp"
#include "sim/core/prefetch.hpp"

namespace gradwire::algorithms {
namespace {

/// Elements that stay in the first-level cache while a few workers' contributions pass over them;
/// of many workers each would have too little to say about so few, so they stay in the second.
constexpr std::size_t few_workers = 100;
constexpr std::size_t small_block = 4096;
constexpr std::size_t large_block = 65536;
static_assert(small_block % SquaredDistance::block_multiple == 0);
static_assert(large_block % SquaredDistance::block_multiple == 0);

/// Goes through one worker's contribution block by block, in ascending order.
class Contribution {
 public:
  explicit Contribution(const Message& message) : message_(message) {
    if (const auto* sparse = std::get_if<Sparse>(&message_)) ask_for_next(*sparse);
  }

  /// Entries are added so many at a time.
  static constexpr std::size_t together = 4;

  /// sum <- sum + the contribution's entries [begin, begin + sum.size()). Behind the sum there must
  /// be room for together - 1 more, who may be written.
  void add_to(std::span<float> sum, std::size_t begin) {
    if (const auto* dense = std::get_if<Dense>(&message_)) {
      add_scaled(1.0F, std::span(dense->values).subspan(begin, sum.size()), sum);
    } else if (const auto* sparse = std::get_if<Sparse>(&message_)) {
      add(*sparse, sum.data() - begin, begin + sum.size());
    }
  }

 private:
  /// How many entries a block has is what no processor foresees, so that is asked once: with fewer
  /// than `together` left, the next ones are added as well, but behind the block's end.
  void add(const Sparse& sparse, float* at, std::size_t end) {
    const std::uint32_t* const index = sparse.indices.data();
    const float* const value = sparse.values.data();
    const std::size_t size = sparse.indices.size();
    std::size_t i = next_;
    for (; i + together <= size && index[i + together - 1] < end; i += together) {
#pragma GCC unroll 4
      for (std::size_t j = i; j < i + together; ++j) at[index[j]] += value[j];
    }
    const std::size_t rest = std::min(together - 1, size - i);
    next_ = i;
#pragma GCC unroll 4
    for (std::size_t j = 0; j < rest; ++j) {
      const bool inside = index[i + j] < end;
      at[inside ? index[i + j] : end + j] += value[i + j];
      next_ += inside ? 1 : 0;
    }
    ask_for_next(sparse);
  }

  /// A contribution's turn comes again after all the others', who are more than a processor
  /// foresees by itself.
  [[gnu::always_inline]] void ask_for_next(const Sparse& sparse) const {
    constexpr std::size_t next_block = 112;  // entries, where a hundredth is sent
    ask_for<CacheLevel::first>(sparse.indices.data() + next_, next_block * sizeof(std::uint32_t));
    ask_for<CacheLevel::first>(sparse.values.data() + next_, next_block * sizeof(float));
  }

  const Message& message_;
  std::size_t next_ = 0;  ///< of a sparse contribution's entries
};

/// A processor reads ahead by itself, but no further than a page, and only when it has seen a
/// page's first lines being read: so those are asked for, of all pages that begin in x.
[[gnu::always_inline]] inline void ask_for_pages_of(std::span<const float> x) {
  constexpr std::uintptr_t page = 4096;
  constexpr std::size_t first_lines = 4 * line_bytes;
  const auto begin = reinterpret_cast<std::uintptr_t>(x.data());
  const std::uintptr_t end = begin + x.size_bytes();
  for (std::uintptr_t start = (begin + page - 1) / page * page; start < end; start += page) {
    ask_for<CacheLevel::second>(reinterpret_cast<const void*>(start), first_lines);
  }
}

/// next <- theta - weight sum_m q_m: the sum first, element by element in ascending m, so that the
/// model is rounded once. next may be theta. Returns ||next - theta||^2.
double apply(std::span<const Message> contributions, float weight, std::span<const float> theta,
             std::span<float> next) {
  const std::size_t block = contributions.size() > few_workers ? large_block : small_block;
  std::vector<Contribution> parts(contributions.begin(), contributions.end());
  Vector sums(block + Contribution::together, 0.0F);
  SquaredDistance moved;
  for (std::size_t begin = 0; begin < theta.size(); begin += block) {
    const std::size_t count = std::min(block, theta.size() - begin);
    const auto sum = std::span(sums).first(count);  // zeros
    ask_for_pages_of(theta.subspan(begin + count, std::min(block, theta.size() - begin - count)));
    for (Contribution& part : parts) part.add_to(sum, begin);
    take_step(-weight, theta.subspan(begin, count), sum, next.subspan(begin, count), moved);
  }
  return moved.total();
}

/// The same of a sum that is there already; sum <- 0.
double apply(std::span<float> sum, float weight, std::span<const float> theta,
             std::span<float> next) {
  SquaredDistance moved;
  take_step(-weight, theta, sum, next, moved);
  return moved.total();
}

/// How many contributions there are; at least 1, to divide by.
float those_who_say(std::span<const Message> contributions) {
  const auto count = std::ranges::count_if(
      contributions, [](const Message& message) { return !std::holds_alternative<Skip>(message); });
  return static_cast<float>(std::max<std::int64_t>(1, count));
}

std::int64_t bytes_of(const Message& message) {
  if (const auto* dense = std::get_if<Dense>(&message)) {
    return static_cast<std::int64_t>(dense->values.size() * sizeof(float));
  }
  if (const auto* sparse = std::get_if<Sparse>(&message)) {
    return static_cast<std::int64_t>(sparse->values.size() * sizeof(float) +
                                     sparse->indices.size() * sizeof(std::uint32_t));
  }
  return 0;
}

}  // namespace

Server::Server(const Config& config, Vector initial_parameters) : config_(config) {
  model_->parameters = std::move(initial_parameters);
  if (config_.workers_skip) newest_.resize(static_cast<std::size_t>(config_.workers), Skip{});
}

void Server::receive(const Message& upload) {
  const auto* const update = std::get_if<Unwritten>(&upload);
  if (update == nullptr) return;
  if (sum_.empty()) sum_ = Vector(model_->parameters.size(), 0.0F);
  NoWatcher nobody;
  update->gradient->accumulate(update->gamma, update->theta, sum_, nobody);
  ++added_;
}

/// (M6) theta <- theta - sum_m q_m,  q_m = newest message of worker m, in ascending m;  theta: [d]
void Server::step(std::vector<Message> uploads, const Missed& missed,
                  std::shared_ptr<const KeptParameters> kept) {
  std::span<const Message> contributions = newest(uploads, missed);
  const float weight = config_.takes_mean ? 1.0F / those_who_say(contributions) : 1.0F;
  if (added_ > 0) {  // and they are in the sum: what is left of them would only keep theta^t
    contributions = {};
    uploads.clear();
  }
  auto next = std::make_shared<ModelVersion>();
  next->iteration = model_->iteration + 1;
  if (kept || model_.use_count() == 1) {
    next->parameters = std::move(model_->parameters);
    next->squared_step = move(contributions, weight, next->parameters, next->parameters);
    model_->kept = std::move(kept);
  } else {
    next->parameters = Vector(model_->parameters.size());
    next->squared_step = move(contributions, weight, model_->parameters, next->parameters);
  }
  model_ = std::move(next);
}

double Server::move(std::span<const Message> contributions, float weight,
                    std::span<const float> theta, std::span<float> next) {
  if (std::exchange(added_, 0) > 0) return apply(sum_, weight, theta, next);
  return apply(contributions, weight, theta, next);
}

std::span<const Message> Server::newest(std::vector<Message>& uploads, const Missed& missed) {
  const auto unwritten = std::ranges::count_if(
      uploads, [](const Message& upload) { return std::holds_alternative<Unwritten>(upload); });
  if (added_ != static_cast<std::size_t>(unwritten) || (added_ > 0 && added_ < uploads.size())) {
    throw std::logic_error("unwritten updates that were not added, or written ones among them");
  }
  for (std::size_t m = 0; m < uploads.size(); ++m) {
    if (is_missed(missed, m)) {
      if (added_ > 0) throw std::logic_error("an update that was added was missed");
      uploads[m] = Skip{};
    }
    const bool kept = config_.workers_skip && !std::holds_alternative<Skip>(uploads[m]);
    if (kept) newest_[m] = std::move(uploads[m]);
    const Message& contribution = config_.workers_skip ? newest_[m] : uploads[m];
    if (std::holds_alternative<Skip>(contribution) && !is_missed(missed, m)) {
      throw std::logic_error("a worker skipped before its first upload");
    }
  }
  return config_.workers_skip ? newest_ : uploads;
}

Bytes Server::state_bytes() const {
  Bytes total;
  for (const Message& message : newest_) total += Bytes{bytes_of(message)};
  return total;
}

}  // namespace gradwire::algorithms

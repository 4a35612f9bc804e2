#include "sim/algorithms/server.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>

#include "sim/kernels/arithmetic.hpp"
#include "sim/kernels/prefetch.hpp"

namespace gradwire::algorithms {
namespace {

/// Elements per block. A small block stays in the first-level cache while the contributions of a
/// few workers are added; with many workers each would have too few entries in a small block, so a
/// large one is used, which stays in the second-level cache.
constexpr std::size_t few_workers = 100;
constexpr std::size_t small_block = 4096;
constexpr std::size_t large_block = 65536;
static_assert(small_block % SquaredDistance::block_multiple == 0);
static_assert(large_block % SquaredDistance::block_multiple == 0);

/// Adds one worker's contribution to a sum block by block, in ascending order.
class Contribution {
 public:
  explicit Contribution(const Message& message) : message_(message) {
    if (const auto* sparse = std::get_if<Sparse>(&message_)) prefetch_next(*sparse);
  }

  /// Number of entries added per step.
  static constexpr std::size_t together = 4;

  /// sum <- sum + the contribution's entries [begin, begin + sum.size()). Precondition: `sum` is
  /// followed in memory by together - 1 writable entries, which may be overwritten.
  void add_to(std::span<float> sum, std::size_t begin) {
    if (const auto* dense = std::get_if<Dense>(&message_)) {
      add_scaled(1.0F, std::span(dense->values).subspan(begin, sum.size()), sum);
    } else if (const auto* sparse = std::get_if<Sparse>(&message_)) {
      add(*sparse, sum.data() - begin, begin + sum.size());
    }
  }

 private:
  /// The entry count per block is unpredictable; branch on it once: if fewer than `together` are
  /// left, the following ones are added as well, but past the block's end.
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
    prefetch_next(sparse);
  }

  /// A contribution is read again only after all the others, which are more streams than the
  /// hardware prefetcher follows.
  [[gnu::always_inline]] void prefetch_next(const Sparse& sparse) const {
    constexpr std::size_t next_block = 112;  // entries, for a density of 0.01
    prefetch<CacheLevel::first>(sparse.indices.data() + next_, next_block * sizeof(std::uint32_t));
    prefetch<CacheLevel::first>(sparse.values.data() + next_, next_block * sizeof(float));
  }

  const Message& message_;
  std::size_t next_ = 0;  ///< next entry of a sparse contribution
};

/// The hardware prefetcher does not cross a page boundary, and starts only after the first lines of
/// a page have been read: prefetches those, for all pages that begin in x.
[[gnu::always_inline]] inline void prefetch_pages(std::span<const float> x) {
  constexpr std::uintptr_t page = 4096;
  constexpr std::size_t first_lines = 4 * line_bytes;
  const auto begin = reinterpret_cast<std::uintptr_t>(x.data());
  const std::uintptr_t end = begin + x.size_bytes();
  for (std::uintptr_t start = (begin + page - 1) / page * page; start < end; start += page) {
    prefetch<CacheLevel::second>(reinterpret_cast<const void*>(start), first_lines);
  }
}

/// next <- theta - weight sum_m q_m. The sum is computed first, element by element in ascending m,
/// so that the model is rounded once. next may be theta. Returns ||next - theta||^2.
double apply(std::span<const Message> contributions, float weight, std::span<const float> theta,
             std::span<float> next) {
  const std::size_t block = contributions.size() > few_workers ? large_block : small_block;
  std::vector<Contribution> parts(contributions.begin(), contributions.end());
  Vector sums(block + Contribution::together, 0.0F);
  SquaredDistance moved;
  for (std::size_t begin = 0; begin < theta.size(); begin += block) {
    const std::size_t count = std::min(block, theta.size() - begin);
    const auto sum = std::span(sums).first(count);  // zeros
    prefetch_pages(theta.subspan(begin + count, std::min(block, theta.size() - begin - count)));
    for (Contribution& part : parts) part.add_to(sum, begin);
    take_step(-weight, theta.subspan(begin, count), sum, next.subspan(begin, count), moved);
  }
  return moved.total();
}

/// The same for a sum that is already computed; sum <- 0.
double apply(std::span<float> sum, float weight, std::span<const float> theta,
             std::span<float> next) {
  SquaredDistance moved;
  take_step(-weight, theta, sum, next, moved);
  return moved.total();
}

/// Number of contributions; at least 1, because it is a divisor.
float count_contributing(std::span<const Message> contributions) {
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

Server::Server(const Config& config, Vector initial_parameters)
    : config_(config), model_(std::make_shared<ModelVersion>(0, std::move(initial_parameters))) {
  if (config_.workers_skip) newest_.resize(static_cast<std::size_t>(config_.workers), Skip{});
}

void Server::receive(const Message& upload) {
  const auto* const update = std::get_if<Unwritten>(&upload);
  if (update == nullptr) return;
  if (sum_.empty()) sum_ = Vector(model_->size(), 0.0F);
  NoObserver nobody;
  update->gradient->accumulate(update->gamma, update->theta, sum_, nobody);
  ++deferred_count_;
}

/// (M6) theta <- theta - sum_m q_m,  q_m = newest message of worker m, in ascending m;  theta: [d]
void Server::step(std::vector<Message> uploads, const Dropped& dropped,
                  std::shared_ptr<const PackedParameters> kept) {
  std::span<const Message> contributions = newest(uploads, dropped);
  const float weight = config_.takes_mean ? 1.0F / count_contributing(contributions) : 1.0F;
  if (deferred_count_ > 0) {  // all are in sum_; their messages would only keep theta^t alive
    contributions = {};
    uploads.clear();
  }
  const std::int64_t iteration = model_->iteration + 1;
  const bool reuses = kept || model_.use_count() == 1;
  Vector next = reuses ? model_->take_parameters(kept) : Vector(model_->size());
  const double squared_step =
      move(contributions, weight, reuses ? next : model_->parameters(), next);
  model_ = std::make_shared<ModelVersion>(iteration, std::move(next), squared_step);
}

double Server::move(std::span<const Message> contributions, float weight,
                    std::span<const float> theta, std::span<float> next) {
  if (std::exchange(deferred_count_, 0) > 0) return apply(sum_, weight, theta, next);
  return apply(contributions, weight, theta, next);
}

std::span<const Message> Server::newest(std::vector<Message>& uploads, const Dropped& dropped) {
  const auto unwritten = std::ranges::count_if(
      uploads, [](const Message& upload) { return std::holds_alternative<Unwritten>(upload); });
  if (deferred_count_ != static_cast<std::size_t>(unwritten) ||
      (deferred_count_ > 0 && deferred_count_ < uploads.size())) {
    throw std::logic_error("unwritten updates that were not added, or written ones among them");
  }
  for (std::size_t m = 0; m < uploads.size(); ++m) {
    if (is_dropped(dropped, m)) {
      if (deferred_count_ > 0) throw std::logic_error("an update that was added was missed");
      uploads[m] = Skip{};
    }
    const bool kept = config_.workers_skip && !std::holds_alternative<Skip>(uploads[m]);
    if (kept) newest_[m] = std::move(uploads[m]);
    const Message& contribution = config_.workers_skip ? newest_[m] : uploads[m];
    if (std::holds_alternative<Skip>(contribution) && !is_dropped(dropped, m)) {
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

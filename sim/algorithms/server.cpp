#include "sim/algorithms/server.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>

#include "sim/core/archive.hpp"
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

std::size_t count_contributing(std::span<const Message> contributions) {
  const auto count = std::ranges::count_if(
      contributions, [](const Message& message) { return !std::holds_alternative<Skip>(message); });
  return static_cast<std::size_t>(count);
}

}  // namespace

Server::Server(const Config& config, Box<ServerStep> server_step, Vector initial_parameters,
               std::optional<CompressedDownlink> compressed_downlink)
    : config_(config),
      server_step_(std::move(server_step)),
      model_(std::make_shared<ModelVersion>(0, std::move(initial_parameters))),
      compressed_downlink_(std::move(compressed_downlink)) {
  const bool stores_contributions =
      config_.workers_skip && config_.reuses_contributions && !config_.difference_step;
  if (stores_contributions) newest_.resize(static_cast<std::size_t>(config_.workers), Skip{});
}

void Server::add(Update& update) {
  if (sum_.empty()) sum_ = Vector(update.size(), 0.0F);
  NoObserver nobody;
  update.add_to(sum_, nobody);
  ++deferred_count_;
}

/// (M6) q_m: newest message of worker m.   theta: [d]
void Server::step(double gamma, std::vector<Message> uploads, const Dropped& dropped,
                  std::shared_ptr<const PackedParameters> kept, const StepContext& context) {
  joined_.reset();
  const std::size_t deferred = deferred_count_;
  const std::span<const Message> all = contributions(uploads, dropped);
  StepFactors factor = factors(gamma, deferred > 0 ? deferred : count_contributing(all));
  set_weights(all, factor);
  if (!compressed_downlink_) return step(all, factor, std::move(kept));
  joined_ = compressed_downlink_->compress(aggregate(all, factor.weight), context);
  factor.weight = 1;
  weights_.clear();
  step({&*joined_, 1}, factor, std::move(kept));
}

void Server::set_weights(std::span<const Message> contributions, StepFactors& factors) {
  weights_.clear();
  if (config_.samples.empty()) return;
  const auto counts = [&](std::size_t m) {
    return config_.difference_step || !std::holds_alternative<Skip>(contributions[m]);
  };
  double total = 0;
  for (std::size_t m = 0; m < contributions.size(); ++m) {
    if (counts(m)) total += config_.samples[m];
  }
  weights_.assign(contributions.size(), 0.0F);
  for (std::size_t m = 0; m < contributions.size(); ++m) {
    if (counts(m)) weights_[m] = static_cast<float>(config_.samples[m] / total);
  }
  factors.weight = 1;
}

void Server::add_all(std::span<MessageBlocks> parts, std::size_t begin, std::span<float> sum) {
  if (weights_.empty()) {
    for (MessageBlocks& part : parts) part.add_to(sum, begin);
    return;
  }
  part_.resize(sum.size() + overrun);
  const auto one = std::span(part_).first(sum.size());
  for (std::size_t m = 0; m < parts.size(); ++m) {
    std::ranges::fill(part_, 0.0F);
    parts[m].add_to(one, begin);
    add_scaled(weights_[m], one, sum);
  }
}

void Server::add_variate_change(std::span<const float> change) {
  if (!config_.has_variate || change.empty()) return;
  if (variate_.empty()) variate_ = Vector(change.size(), 0.0F);
  add_scaled(1.0F / static_cast<float>(config_.workers), change, variate_);
}

template <class Use>
void Server::each_sum(std::span<const Message> contributions, std::span<const float> theta,
                      const Use& use) {
  const std::size_t block = contributions.size() > few_workers ? large_block : small_block;
  std::vector<MessageBlocks> parts(contributions.begin(), contributions.end());
  Vector sums(block + overrun, 0.0F);
  for (std::size_t begin = 0; begin < theta.size(); begin += block) {
    const std::size_t count = std::min(block, theta.size() - begin);
    const auto sum = std::span(sums).first(count);
    prefetch_pages(theta.subspan(begin + count, std::min(block, theta.size() - begin - count)));
    add_all(parts, begin, sum);
    use(begin, sum);
  }
}

Vector Server::aggregate(std::span<const Message> contributions, float weight) {
  Vector total(model_->size());
  if (std::exchange(deferred_count_, 0) > 0) {
    scale(weight, sum_, total);
    std::ranges::fill(sum_, 0.0F);
    return total;
  }
  each_sum(contributions, model_->parameters(), [&](std::size_t begin, std::span<float> sum) {
    scale(weight, sum, std::span(total).subspan(begin, sum.size()));
    std::ranges::fill(sum, 0.0F);
  });
  return total;
}

void Server::step_scaled(double gamma, std::vector<Message> uploads,
                         std::span<const float> scales) {
  joined_.reset();
  StepFactors factor = factors(gamma, uploads.size());
  weights_.assign(scales.begin(), scales.end());
  for (float& weight : weights_) weight *= factor.weight;
  factor.weight = 1;
  step(uploads, factor, nullptr);
  weights_.clear();
}

void Server::step_joined(double gamma, Message joined, std::size_t count,
                         std::shared_ptr<const PackedParameters> kept) {
  if (config_.difference_step) throw std::logic_error("a joined message of differences");
  joined_ = std::move(joined);
  weights_.clear();
  StepFactors factor = factors(gamma, 1);
  if (!config_.takes_mean) factor.weight = static_cast<float>(count);
  step({&*joined_, 1}, factor, std::move(kept));
}

void Server::step(std::span<const Message> contributions, StepFactors factors,
                  std::shared_ptr<const PackedParameters> kept) {
  const std::int64_t iteration = model_->iteration + 1;
  const bool reuses = kept || model_.use_count() == 1;
  Vector next = reuses ? model_->take_parameters(std::move(kept)) : Vector(model_->size());
  const double squared_step =
      move(contributions, factors, reuses ? next : model_->parameters(), next);
  model_ = std::make_shared<ModelVersion>(iteration, std::move(next), squared_step);
}

/// The sum is computed first, element by element in ascending m, so that the model is rounded once.
double Server::move(std::span<const Message> contributions, StepFactors factors,
                    std::span<const float> theta, std::span<float> next) {
  SquaredDistance moved;
  if (std::exchange(deferred_count_, 0) > 0) {
    server_step_->step(0, factors, theta, sum_, next, moved);
    return moved.total();
  }
  if (config_.difference_step && held_.empty()) held_ = Vector(theta.size(), 0.0F);
  each_sum(contributions, theta, [&](std::size_t begin, std::span<float> sum) {
    StepFactors of_sum = factors;
    if (config_.difference_step) add_held(begin, std::exchange(of_sum.weight, 1.0F), sum);
    server_step_->step(begin, of_sum, theta.subspan(begin, sum.size()), sum,
                       next.subspan(begin, sum.size()), moved);
  });
  return moved.total();
}

void Server::add_held(std::size_t begin, float weight, std::span<float> sum) {
  const auto step = static_cast<float>(*config_.difference_step);
  const auto held = std::span(held_).subspan(begin, sum.size());
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const float difference = weight * sum[i];
    sum[i] = held[i] + difference;
    held[i] += step * difference;
  }
}

/// A mean of differences is over all workers: those without one keep their h.
StepFactors Server::factors(double gamma, std::size_t count) const {
  const auto workers = config_.difference_step ? static_cast<std::size_t>(config_.workers)
                                               : std::max<std::size_t>(1, count);
  return {.gamma = config_.applies_gamma ? static_cast<float>(gamma) : 1.0F,
          .weight = config_.takes_mean ? 1.0F / static_cast<float>(workers) : 1.0F,
          .is_empty = count == 0};
}

std::span<const Message> Server::contributions(std::vector<Message>& uploads,
                                               const Dropped& dropped) {
  const auto workers = static_cast<std::size_t>(config_.workers);
  if (deferred_count_ > 0) {
    const bool dropped_any = std::ranges::find(dropped, true) != dropped.end();
    if (deferred_count_ != workers || !uploads.empty() || dropped_any) {
      throw std::logic_error("deferred updates of some workers, but not of all");
    }
    return {};
  }
  for (std::size_t m = 0; m < uploads.size(); ++m) {
    if (is_dropped(dropped, m)) uploads[m] = Skip{};
    const bool stored = stores_contributions() && !std::holds_alternative<Skip>(uploads[m]);
    if (stored) newest_[m] = std::move(uploads[m]);
    const Message& contribution = stores_contributions() ? newest_[m] : uploads[m];
    const bool may_lack = config_.difference_step.has_value() || is_dropped(dropped, m) ||
                          (config_.workers_skip && !config_.reuses_contributions);
    if (std::holds_alternative<Skip>(contribution) && !may_lack) {
      throw std::logic_error("a worker skipped before its first upload");
    }
  }
  return stores_contributions() ? newest_ : uploads;
}

Bytes Server::state_bytes() const {
  Bytes total = server_step_->state_bytes() +
                Bytes{static_cast<std::int64_t>((held_.size() + variate_.size()) * sizeof(float))};
  for (const Message& message : newest_) total += stored_bytes(message);
  if (compressed_downlink_) total += compressed_downlink_->state_bytes();
  return total;
}

void Server::save(SavingArchive& archive) const {
  archive(model_, newest_, held_, joined_, variate_);
  server_step_->save(archive);
  if (compressed_downlink_) compressed_downlink_->save(archive);
}

void Server::load(LoadingArchive& archive) {
  archive(model_, newest_, held_, joined_, variate_);
  server_step_->load(archive);
  if (compressed_downlink_) compressed_downlink_->load(archive);
}

}  // namespace gradwire::algorithms

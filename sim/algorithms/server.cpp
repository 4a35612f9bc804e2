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

/// Number of contributions; at least 1, because it is a divisor.
std::size_t count_contributing(std::span<const Message> contributions) {
  const auto count = std::ranges::count_if(
      contributions, [](const Message& message) { return !std::holds_alternative<Skip>(message); });
  return static_cast<std::size_t>(std::max<std::int64_t>(1, count));
}

}  // namespace

Server::Server(const Config& config, Box<ServerStep> server_step, Vector initial_parameters)
    : config_(config),
      server_step_(std::move(server_step)),
      model_(std::make_shared<ModelVersion>(0, std::move(initial_parameters))) {
  if (config_.workers_skip) newest_.resize(static_cast<std::size_t>(config_.workers), Skip{});
}

void Server::add(Update& update) {
  if (sum_.empty()) sum_ = Vector(update.size(), 0.0F);
  NoObserver nobody;
  update.add_to(sum_, nobody);
  ++deferred_count_;
}

/// (M6) q_m: newest message of worker m.   theta: [d]
void Server::step(double gamma, std::vector<Message> uploads, const Dropped& dropped,
                  std::shared_ptr<const PackedParameters> kept) {
  const std::span<const Message> contributions = newest(uploads, dropped);
  const std::int64_t iteration = model_->iteration + 1;
  const bool reuses = kept || model_.use_count() == 1;
  Vector next = reuses ? model_->take_parameters(std::move(kept)) : Vector(model_->size());
  const double squared_step =
      move(contributions, gamma, reuses ? next : model_->parameters(), next);
  model_ = std::make_shared<ModelVersion>(iteration, std::move(next), squared_step);
}

/// The sum is computed first, element by element in ascending m, so that the model is rounded once.
double Server::move(std::span<const Message> contributions, double gamma,
                    std::span<const float> theta, std::span<float> next) {
  SquaredDistance moved;
  if (const std::size_t deferred = std::exchange(deferred_count_, 0); deferred > 0) {
    server_step_->step(0, factors(gamma, deferred), theta, sum_, next, moved);
    return moved.total();
  }
  const StepFactors factor = factors(gamma, count_contributing(contributions));
  const std::size_t block = contributions.size() > few_workers ? large_block : small_block;
  std::vector<MessageBlocks> parts(contributions.begin(), contributions.end());
  Vector sums(block + overrun, 0.0F);
  for (std::size_t begin = 0; begin < theta.size(); begin += block) {
    const std::size_t count = std::min(block, theta.size() - begin);
    const auto sum = std::span(sums).first(count);  // zeros
    prefetch_pages(theta.subspan(begin + count, std::min(block, theta.size() - begin - count)));
    for (MessageBlocks& part : parts) part.add_to(sum, begin);
    server_step_->step(begin, factor, theta.subspan(begin, count), sum, next.subspan(begin, count),
                       moved);
  }
  return moved.total();
}

StepFactors Server::factors(double gamma, std::size_t count) const {
  return {.gamma = config_.applies_gamma ? static_cast<float>(gamma) : 1.0F,
          .weight = config_.takes_mean ? 1.0F / static_cast<float>(count) : 1.0F};
}

std::span<const Message> Server::newest(std::vector<Message>& uploads, const Dropped& dropped) {
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
  Bytes total = server_step_->state_bytes();
  for (const Message& message : newest_) total += stored_bytes(message);
  return total;
}

void Server::save(SavingArchive& archive) const {
  archive(model_, newest_);
  server_step_->save(archive);
}

void Server::load(LoadingArchive& archive) {
  archive(model_, newest_);
  server_step_->load(archive);
}

}  // namespace gradwire::algorithms

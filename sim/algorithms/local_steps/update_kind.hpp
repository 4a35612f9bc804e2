#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/core/choice_names.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// What a worker offers to send, as a row of its table: its scaled gradient, or what local steps
/// give (D50).
struct UpdateKind {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  std::span<const Parameter> parameters;
  bool is_local = false;    ///< local steps, also if there is only one
  bool is_grouped = false;  ///< averages inside groups of workers between those of all
};

/// What a worker offers after its local steps.
enum class Offer { difference, gradients };

inline constexpr Choice offer_choices[] = {
    {"difference", "theta - x, x being the worker's model after its local steps"},
    {"gradients", "the sum of its steps' directions, without gamma (SASGD)"}};
static_assert(has_row_for_each(offer_choices, Offer::gradients));

/// From when on a worker makes more than one local step.
enum class LocalBegin { start, first_decay };

inline constexpr Choice local_begin_choices[] = {
    {"start", "from the first iteration on"},
    {"first_decay",
     "from the iteration on in which the learning rate falls for the first time (the first entry "
     "of learning_rate.steps); one step before, and always if it never falls"}};
static_assert(has_row_for_each(local_begin_choices, LocalBegin::first_decay));

/// What becomes of batch norm's running statistics of workers that have models of their own.
enum class LocalStatistics { sequential, mean };

inline constexpr Choice local_statistics_choices[] = {
    {"sequential", "each worker's minibatches move the common ones, in the order of the workers"},
    {"mean", "each worker's minibatches move a copy, and the mean of the copies becomes the next"}};
static_assert(has_row_for_each(local_statistics_choices, LocalStatistics::mean));

inline constexpr WholeParameter local_steps_parameter{
    .key = "local_steps",
    .help = "H, a worker's steps between two exchanges, all with the gamma of the exchange before",
    .range = {1, 1'000'000, "steps"},
    .default_value = 1};
inline constexpr WholeParameter local_epochs_parameter{
    .key = "local_epochs",
    .help = "E, in place of local_steps: passes of a worker over its own samples; 0: local_steps",
    .range = {0, 100'000, "passes"},
    .default_value = 0};
inline constexpr ChoiceParameter local_begin_parameter{.key = "local_begin",
                                                       .help = "when local steps begin",
                                                       .choices = local_begin_choices,
                                                       .default_value = "start"};
inline constexpr ChoiceParameter offer_parameter{.key = "offer",
                                                 .help = "what a worker offers after local steps",
                                                 .choices = offer_choices,
                                                 .default_value = "difference"};
inline constexpr NumberParameter global_rate_parameter{
    .key = "global_rate",
    .help =
        "the server's factor on the joined offers in its step; with offer gradients it is "
        "gamma_p, at the start, and falls as the learning rate does; there 0 stands for the "
        "learning rate, divided by the number of workers if they are added up",
    .range = {.at_least = 0, .up_to = 1e6},
    .default_value = 1};
inline constexpr NumberParameter proximal_parameter{
    .key = "proximal",
    .help = "mu of FedProx: mu (x - theta) is added to the gradients of local steps",
    .range = {.at_least = 0, .up_to = 1e6},
    .default_value = 0};
inline constexpr NumberParameter local_momentum_parameter{
    .key = "local_momentum",
    .help =
        "momentum of the local steps, besides one at the server; a buffer per worker, which "
        "is kept and not averaged",
    .range = {.at_least = 0, .below = 1},
    .default_value = 0};
inline constexpr FlagParameter local_nesterov_parameter{
    .key = "local_nesterov",
    .help = "Nesterov's form of local_momentum, as PyTorch's SGD has it",
    .default_value = false};
inline constexpr FlagParameter control_variates_parameter{
    .key = "control_variates",
    .help =
        "SCAFFOLD's: c - c_m is added to the gradients of local steps, and both ways carry "
        "twice as much",
    .default_value = false};
inline constexpr ChoiceParameter local_statistics_parameter{
    .key = "local_statistics",
    .help = "batch norm's running statistics, of which no message has any",
    .choices = local_statistics_choices,
    .default_value = "sequential"};
inline constexpr WholeParameter group_size_parameter{
    .key = "group_size",
    .help = "S, workers of a group; groups are of consecutive workers",
    .range = {1, 1'000'000, "workers"},
    .default_value = 2};
inline constexpr WholeParameter global_steps_parameter{
    .key = "global_steps",
    .help = "K2, a worker's steps between two averages over all groups; a multiple of local_steps",
    .range = {1, 1'000'000, "steps"},
    .default_value = 1};

extern const UpdateKind gradient_update_kind;
extern const UpdateKind local_steps_kind;
extern const UpdateKind grouped_steps_kind;

/// Simulated seconds of a local step's own arithmetic (direction and x), per entry of the model, on
/// a host of reference speed.
inline constexpr Seconds local_step_seconds_per_entry{0.7e-9};

}  // namespace gradwire::algorithms

#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "sim/core/iteration_work.hpp"

/// Definitions shared by the writer and the reader of a trace; the format is described in
/// trace.hpp.
namespace gradwire::trace_format {

inline constexpr std::string_view magic = "GWTRACE\n";
inline constexpr std::uint32_t version = 2;
inline constexpr std::size_t prefix_bytes = 40;

/// Flags of the parts that an iteration contains.
inline constexpr std::uint64_t has_parts = 1, has_shape = 2, has_test = 4, has_top5 = 8,
                               has_sources = 16, has_objective = 32, lacks_accuracy = 64,
                               has_nodes = 128;

/// The numbers of a worker's part, those that change most often first:
///
///   state (0 sends, 1 skips, 2 does not take part), whole auxiliary gradients,
///   the upload: its size under each encoding, the last name first; values; payload;
///   representation, whole gradients, download, fractions of both numbers of gradients (the bits of
///   a double)
inline constexpr std::size_t most_columns = 9 + most_encodings;
using Columns = std::array<std::int64_t, most_columns>;

enum State : std::int64_t { sends = 0, skips = 1, does_not_take_part = 2 };

/// The columns of the parts, and of single messages, of a run with `encodings` encodings.
class ColumnOrder {
 public:
  explicit ColumnOrder(std::size_t encodings = 0) : encodings_(encodings) {}

  [[nodiscard]] std::size_t of_part() const { return 9 + encodings_; }
  [[nodiscard]] std::size_t of_message() const { return 3 + encodings_; }

  [[nodiscard]] Columns columns_of(const Part& part) const {
    Columns c{!part.takes_part ? does_not_take_part
              : part.skipped   ? skips
                               : sends,
              static_cast<std::int64_t>(part.auxiliary_gradients)};
    put(part.upload, c, upload_at);
    const std::size_t rest = upload_at + of_message();
    c[rest] = static_cast<std::int64_t>(part.gradients);
    c[rest + 1] = part.download;
    c[rest + 2] = fraction_bits(part.auxiliary_gradients);
    c[rest + 3] = fraction_bits(part.gradients);
    return c;
  }
  [[nodiscard]] Part part_of(const Columns& c) const {
    const std::size_t rest = upload_at + of_message();
    return {.gradients = number_of(c[rest], c[rest + 3]),
            .auxiliary_gradients = number_of(c[1], c[rest + 2]),
            .takes_part = c[0] != does_not_take_part,
            .skipped = c[0] == skips,
            .download = static_cast<std::int32_t>(c[rest + 1]),
            .upload = message_of(c, upload_at)};
  }

  [[nodiscard]] Columns columns_of(const Transmission& message) const {
    Columns c{};
    put(message, c, 0);
    return c;
  }
  [[nodiscard]] Transmission message_of(const Columns& c, std::size_t at = 0) const {
    Transmission message{.representation = static_cast<Representation>(c[at + encodings_ + 2]),
                         .values = c[at + encodings_],
                         .payload = {c[at + encodings_ + 1]},
                         .encoded = {}};
    for (std::size_t i = 0; i < encodings_; ++i) {
      message.encoded[encodings_ - 1 - i] = {c[at + i]};
    }
    return message;
  }

  static constexpr std::size_t upload_at = 2;  ///< first column of a part's upload

 private:
  void put(const Transmission& message, Columns& c, std::size_t at) const {
    for (std::size_t i = 0; i < encodings_; ++i) {
      c[at + i] = message.encoded[encodings_ - 1 - i].value;
    }
    c[at + encodings_] = message.values;
    c[at + encodings_ + 1] = message.payload.value;
    c[at + encodings_ + 2] = static_cast<std::int64_t>(message.representation);
  }

  static std::int64_t fraction_bits(double number) {
    return std::bit_cast<std::int64_t>(number - std::floor(number));
  }
  static double number_of(std::int64_t whole, std::int64_t fraction) {
    return static_cast<double>(whole) + std::bit_cast<double>(fraction);
  }

  std::size_t encodings_;
};

}  // namespace gradwire::trace_format

#include <zlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/trace/trace.hpp"

namespace gradwire {

using namespace trace_format;

namespace {

constexpr std::uint64_t largest_ratio = 1100;  ///< upper bound: zlib compresses by at most 1032
constexpr std::uint64_t longest_text = 4096;
// Limits that no run reaches, so that the arithmetic below cannot overflow. most_workers is also
// the limit of the settings.
constexpr std::int64_t most_workers = 1'000'000;
constexpr std::int64_t most_iterations = 1'000'000'000'000;
constexpr std::int64_t most_sources = 100;
constexpr std::int64_t most_gradients = 1'000'000;
constexpr std::int64_t most_exchanges = 64;
constexpr std::int64_t largest_size = std::int64_t{1} << 53;

/// a + b modulo 2^64: a damaged file must not cause signed overflow.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

/// The part to return: a worker that does not send has an empty upload.
Part visible(const Part& part) {
  if (part.takes_part && !part.skipped) return part;
  Part empty = part;
  empty.upload = {};
  return empty;
}

bool within(std::int64_t number, std::int64_t most) { return number >= 0 && number <= most; }

bool is_message(const Columns& c, std::size_t at, std::size_t columns) {
  return std::all_of(c.begin() + static_cast<std::ptrdiff_t>(at),
                     c.begin() + static_cast<std::ptrdiff_t>(at + columns - 1),
                     [](std::int64_t number) { return within(number, largest_size); }) &&
         within(c[at + columns - 1], static_cast<std::int64_t>(last_representation));
}

/// Whether a number of gradients' bits are those of a fraction in [0, 1).
bool is_fraction(std::int64_t bits) {
  const auto fraction = std::bit_cast<double>(bits);
  return fraction >= 0.0 && fraction < 1.0 && !std::signbit(fraction);
}

/// Whether counts and sizes of a part are within the limits.
bool is_part(const Columns& c, const ColumnOrder& order, std::size_t downloads) {
  const std::size_t rest = ColumnOrder::upload_at + order.of_message();
  return within(c[0], does_not_take_part) && within(c[1], most_gradients) &&
         is_message(c, ColumnOrder::upload_at, order.of_message()) &&
         within(c[rest], most_gradients) &&
         within(c[rest + 1], static_cast<std::int64_t>(downloads) - 1) &&
         is_fraction(c[rest + 2]) && is_fraction(c[rest + 3]);
}

/// The same for a worker of a trace of version 1, whose first three columns are counts.
bool is_possible(const trace_version1::Columns& c) {
  return std::all_of(c.begin(), c.begin() + 3,
                     [](std::int64_t number) { return within(number, most_gradients); }) &&
         std::all_of(c.begin() + 3, c.end(),
                     [](std::int64_t number) { return within(number, largest_size); });
}

template <class T>
T bytes_at(std::string_view text, std::size_t offset) {
  T value;
  std::memcpy(&value, text.data() + offset, sizeof value);
  return value;
}

std::string contents(const std::filesystem::path& file) {
  const std::string refused = not_a_file(file);
  if (!refused.empty()) throw InputError(file.string(), refused);
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(file.string(), "cannot be read, must be a trace");
  std::string bytes(std::filesystem::file_size(file), '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

}  // namespace

/// Unpacks the body incrementally.
class TraceReader::Unpacker {
 public:
  /// `unpacked`: size of the unpacked body in bytes.
  Unpacker(std::string_view packed, std::uint64_t unpacked) : packed_(packed), left_(unpacked) {
    stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
    good_ = inflateInit(&stream_) == Z_OK;
  }
  ~Unpacker() { inflateEnd(&stream_); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  [[nodiscard]] std::uint64_t left() const { return left_; }
  [[nodiscard]] std::size_t bytes() const { return packed_.size(); }

  /// Unpacks until `body` has `size` bytes or contains the whole rest. Returns false if the packed
  /// bytes are damaged or have the wrong length.
  [[nodiscard]] bool fill(std::string& body, std::size_t size) {
    const std::size_t begin = body.size();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size - begin, left_));
    body.resize(begin + wanted);
    stream_.next_out = reinterpret_cast<Bytef*>(body.data() + begin);
    const std::size_t missing = unpack(wanted);
    left_ -= wanted;
    return good_ && missing == 0 && (left_ > 0 || is_at_end());
  }

 private:
  /// Returns how many of the `wanted` bytes could not be unpacked.
  std::size_t unpack(std::size_t wanted) {
    while (good_ && wanted > 0) {
      const auto piece = static_cast<uInt>(std::min<std::size_t>(wanted, largest_piece));
      stream_.avail_out = piece;
      feed();
      const int status = inflate(&stream_, Z_NO_FLUSH);
      const std::size_t written = piece - stream_.avail_out;
      wanted -= written;
      good_ = status == Z_OK || (status == Z_STREAM_END && wanted == 0);
      ended_ = status == Z_STREAM_END;
    }
    return wanted;
  }

  bool is_at_end() {
    Bytef more = 0;
    stream_.next_out = &more;
    stream_.avail_out = 1;
    feed();
    if (!ended_) ended_ = inflate(&stream_, Z_FINISH) == Z_STREAM_END && stream_.avail_out == 1;
    return ended_;
  }

  void feed() {
    const auto done =
        static_cast<std::size_t>(stream_.next_in - reinterpret_cast<const Bytef*>(packed_.data()));
    stream_.avail_in = static_cast<uInt>(std::min(packed_.size() - done, largest_piece));
  }

  static constexpr std::size_t largest_piece = std::size_t{1} << 30;

  std::string packed_;
  std::uint64_t left_;
  z_stream stream_{};
  bool good_ = false;
  bool ended_ = false;
};

TraceReader::TraceReader(const std::filesystem::path& file)
    : TraceReader(contents(file), file.string()) {}

TraceReader::TraceReader(std::string_view bytes, std::string name) : name_(std::move(name)) {
  open(bytes);
  read_header();
}

TraceReader::~TraceReader() = default;

std::size_t TraceReader::bytes() const {
  return body_.size() + (unpacker_ ? unpacker_->bytes() : 0);
}

void TraceReader::fail(const std::string& message) const { throw InputError(name_, message); }

void TraceReader::open(std::string_view file) {
  if (!file.starts_with(magic.substr(0, file.size())) || file.empty()) {
    fail("is no trace of gradwire: it must begin with GWTRACE");
  }
  if (file.size() >= 12) version_ = bytes_at<std::uint32_t>(file, 8);
  if (version_ > trace_format::version) {
    fail("is a trace of version " + std::to_string(version_) +
         ", written by a newer gradwire; this one reads versions up to " +
         std::to_string(trace_format::version));
  }
  if (file.size() < prefix_bytes) {
    fail("is truncated: " + std::to_string(file.size()) + " bytes, a trace has at least " +
         std::to_string(prefix_bytes));
  }
  const auto size = bytes_at<std::uint64_t>(file, 16);
  const auto unpacked = bytes_at<std::uint64_t>(file, 24);
  const std::string_view data = file.substr(prefix_bytes);
  if (data.size() < size) {
    fail("is truncated: it has " + std::to_string(file.size()) + " bytes of " +
         std::to_string(prefix_bytes + size));
  }
  if (data.size() > size ||
      XXH3_64bits(data.data(), data.size()) != bytes_at<std::uint64_t>(file, 32)) {
    fail("is damaged: its checksum is wrong");
  }
  // The checksum covers the body alone, so the lengths are not trusted yet.
  if (unpacked / largest_ratio > size) fail("is damaged: wrong length");
  unpacker_ = std::make_unique<Unpacker>(data, unpacked);
  static_cast<void>(has(1));
}

/// Whether at least `bytes` more bytes are left; if so, they are in memory.
bool TraceReader::has(std::size_t bytes) {
  if (body_.size() - position_ >= bytes) return true;
  if (!unpacker_) return false;
  body_.erase(0, std::exchange(position_, 0));
  if (!unpacker_->fill(body_, most_unpacked)) fail("is damaged: it cannot be unpacked");
  if (unpacker_->left() == 0) unpacker_.reset();
  return body_.size() >= bytes;
}

void TraceReader::read_header() {
  header_.workers = count(most_workers, "workers");
  header_.iterations = count(most_iterations, "iterations");
  header_.iterations_per_epoch = count(most_iterations, "iterations of an epoch");
  header_.parameters = count(largest_size, "parameters");
  header_.server_state.value = count(largest_size, "bytes of state");
  header_.worker_state.value = count(largest_size, "bytes of state");
  header_.diverged = number() != 0;
  header_.blas = text();
  header_.learning = text();
  if (version_ <= trace_version1::version) {
    header_.encodings = trace_version1::encodings();
  } else {
    header_.model = text();
    const std::int64_t encodings = count(most_encodings, "encodings");
    for (std::int64_t i = 0; i < encodings; ++i) header_.encodings.push_back(text());
  }
  order_ = ColumnOrder(header_.encodings.size());
  work_.parameters = header_.parameters;
  if (header_.workers < 1 || header_.iterations_per_epoch < 1) {
    fail("is damaged: impossible numbers of workers or iterations");
  }
}

const IterationWork& TraceReader::next() {
  if (at_end()) {
    fail("ends after iteration " + std::to_string(header_.iterations) +
         ": the recorded run stopped there");
  }
  const std::uint64_t elements = number();
  const bool first = read_ == 0;
  if (first && (elements & has_parts) == 0) fail("is damaged: its first iteration has no workers");
  if (version_ <= trace_version1::version) {
    if (first) work_.exchanges.resize(1);
    Exchange& exchange = work_.exchanges.front();
    if ((elements & has_parts) != 0) read_parts_of_version1();
    if ((elements & has_shape) != 0) {
      const std::int64_t model = count(largest_size, "bytes of a model");
      exchange.downloads = {trace_version1::model_of(model)};
      work_.parameters = exchange.downloads.front().values;
    }
    if (exchange.downloads.empty()) fail("is damaged: its first iteration has no model");
  } else {
    if (first && (elements & has_shape) == 0) fail("is damaged: its first iteration has no shape");
    if ((elements & has_shape) != 0) read_shape();
    if ((elements & has_parts) != 0) {
      read_parts();
      read_edges();
    }
    if ((elements & has_shape) != 0) check_shape();
  }
  work_.train.loss = real();
  work_.train.correct = count(largest_size, "samples");
  work_.train.samples = count(largest_size, "samples");
  work_.test.reset();
  if ((elements & has_test) != 0) read_test(elements);
  ++read_;
  return work_;
}

void TraceReader::read_test(std::uint64_t elements) {
  work_.test.emplace();
  work_.test->loss = real();
  if ((elements & lacks_accuracy) == 0) work_.test->accuracy = real();
  if ((elements & has_top5) != 0) work_.test->top5_accuracy = real();
  const std::int64_t several = (elements & has_sources) != 0 ? count(most_sources, "sources") : 0;
  for (std::int64_t s = 0; s < several; ++s) {
    std::string source = text();
    work_.test->sources.push_back({std::move(source), real()});
  }
  if ((elements & has_objective) != 0) read_objective(work_.test->objective.emplace());
  if ((elements & has_nodes) != 0) read_nodes(work_.test->nodes.emplace());
}

void TraceReader::read_objective(Objective& objective) {
  objective.value = real();
  objective.gradient_squared_norm = real();
  objective.initial_value = real();
}

void TraceReader::read_nodes(NodesEvaluation& nodes) {
  nodes.consensus_distance = real();
  nodes.nonzero_share = real();
  if (!work_.test->accuracy) return;
  nodes.mean_accuracy = real();
  nodes.worst_accuracy = real();
}

void TraceReader::read_shape() {
  const std::int64_t exchanges = count(most_exchanges, "exchanges");
  if (exchanges < 1) fail("is damaged: an iteration without an exchange");
  work_.exchanges.resize(static_cast<std::size_t>(exchanges));
  for (Exchange& exchange : work_.exchanges) {
    exchange.summable = number() != 0;
    const std::int64_t downloads = count(header_.workers, "downloads");
    exchange.downloads.clear();
    for (std::int64_t i = 0; i < downloads; ++i) exchange.downloads.push_back(read_message());
    const std::int64_t edges = count(largest_size, "edges");
    exchange.edges.clear();
    for (std::int64_t i = 0; i < edges; ++i) {
      const auto node = [this] {
        return static_cast<std::int32_t>(count(header_.workers - 1, "as a node's number"));
      };
      const std::int32_t from = node();
      exchange.edges.push_back({.from = from, .to = node(), .sent = {}});
    }
  }
}

/// After the parts have been read: each exchange has all, with downloads that exist.
void TraceReader::check_shape() const {
  for (const Exchange& exchange : work_.exchanges) {
    const auto downloads = static_cast<std::int64_t>(exchange.downloads.size());
    const bool complete = exchange.parts.size() == static_cast<std::size_t>(header_.workers);
    if (!complete || std::ranges::any_of(exchange.parts, [downloads](const Part& part) {
          return part.download >= downloads;
        })) {
      fail("is damaged: an exchange without its workers or their downloads");
    }
  }
}

Transmission TraceReader::read_message() {
  Columns c{};
  for (std::size_t i = 0; i < order_.of_message(); ++i) c[i] = count(largest_size, "as a size");
  if (!is_message(c, 0, order_.of_message())) fail("is damaged: impossible sizes of a message");
  return order_.message_of(c);
}

/// `last` with the differences of those of its first `columns` columns that `changed` names.
Columns TraceReader::read_changes(const Columns& last, std::size_t columns, std::uint64_t changed) {
  Columns c = last;
  for (std::size_t i = 0; i < columns; ++i, changed >>= 1) {
    if ((changed & 1) != 0) c[i] = sum(c[i], difference());
  }
  return c;
}

void TraceReader::read_parts() {
  last_.resize(work_.exchanges.size());
  for (std::size_t e = 0; e < work_.exchanges.size(); ++e) {
    Exchange& exchange = work_.exchanges[e];
    std::vector<Part>& last = last_[e];
    const bool first = last.empty();
    last.resize(static_cast<std::size_t>(header_.workers));
    exchange.parts.resize(last.size());
    for (std::size_t m = 0; m < last.size(); ++m) {
      const std::uint64_t changed = number();
      if (changed == 0 && !first) continue;
      const Columns before = order_.columns_of(first && m > 0 ? last[m - 1] : last[m]);
      const Columns c = read_changes(before, order_.of_part(), changed);
      if (!is_part(c, order_, exchange.downloads.size())) {
        fail("is damaged: impossible sizes of an upload");
      }
      last[m] = order_.part_of(c);
      exchange.parts[m] = visible(last[m]);
    }
  }
}

void TraceReader::read_edges() {
  for (Exchange& exchange : work_.exchanges) {
    for (EdgeMessage& edge : exchange.edges) {
      const std::uint64_t changed = number();
      if (changed == 0) continue;
      const Columns c = read_changes(order_.columns_of(edge.sent), order_.of_message(), changed);
      if (!is_message(c, 0, order_.of_message())) fail("is damaged: impossible sizes of a message");
      edge.sent = order_.message_of(c);
    }
  }
}

void TraceReader::read_parts_of_version1() {
  const bool first = last_of_version1_.empty();
  last_of_version1_.resize(static_cast<std::size_t>(header_.workers));
  Exchange& exchange = work_.exchanges.front();
  exchange.parts.resize(last_of_version1_.size());
  for (std::size_t m = 0; m < last_of_version1_.size(); ++m) {
    std::uint64_t changed = number();
    if (changed == 0 && !first) continue;
    trace_version1::Columns& c = last_of_version1_[m];
    // The columns of a worker that has not sent yet: one gradient, nothing else.
    if (first) c = m > 0 ? last_of_version1_[m - 1] : trace_version1::Columns{0, 0, 1};
    for (std::size_t i = 0; i < trace_version1::columns; ++i, changed >>= 1) {
      if ((changed & 1) != 0) c[i] = sum(c[i], difference());
    }
    if (!is_possible(c)) fail("is damaged: impossible sizes of an upload");
    exchange.parts[m] = visible(trace_version1::part_of(c));
  }
  exchange.summable = trace_version1::is_summable(last_of_version1_);
}

std::uint64_t TraceReader::number() {
  std::uint64_t result = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (!has(1)) fail("is damaged: it ends too early");
    const auto byte = static_cast<std::uint8_t>(body_[position_++]);
    result |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return result;
  }
  fail("is damaged: a number is too long");
}

/// Reads a number; throws InputError if it is above `most`.
std::int64_t TraceReader::count(std::int64_t most, const char* what) {
  const std::uint64_t found = number();
  if (found <= static_cast<std::uint64_t>(most)) return static_cast<std::int64_t>(found);
  fail("is damaged: " + std::to_string(found) + " " + what + ", at most " + std::to_string(most) +
       " are possible");
}

std::int64_t TraceReader::difference() {
  const std::uint64_t zigzag = number();
  return static_cast<std::int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
}

double TraceReader::real() {
  if (!has(sizeof(double))) fail("is damaged: it ends too early");
  const auto value = bytes_at<double>(body_, position_);
  position_ += sizeof value;
  return value;
}

std::string TraceReader::text() {
  const std::uint64_t size = number();
  if (size > longest_text || !has(size)) fail("is damaged: a text is too long");
  position_ += size;
  return body_.substr(position_ - size, size);
}

}  // namespace gradwire

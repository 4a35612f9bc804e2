#include <zlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/trace/trace.hpp"
#include "sim/trace/trace_format.hpp"

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
constexpr std::int64_t largest_size = std::int64_t{1} << 53;

/// a + b modulo 2^64: a damaged file must not cause signed overflow.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

/// The work to return: a worker that skips sends nothing.
WorkerWork visible(const WorkerWork& work) {
  if (!work.skipped) return work;
  return {.gradients = work.gradients,
          .auxiliary_gradients = work.auxiliary_gradients,
          .skipped = true};
}

/// Whether the counts and sizes of an upload are within the limits; the first three columns are
/// counts.
bool is_possible(const Columns& c) {
  const auto within = [](std::int64_t number, std::int64_t most) {
    return number >= 0 && number <= most;
  };
  return std::all_of(c.begin(), c.begin() + 3,
                     [&](std::int64_t number) { return within(number, most_gradients); }) &&
         std::all_of(c.begin() + 3, c.end(),
                     [&](std::int64_t number) { return within(number, largest_size); });
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
  if (file.size() >= 12 && bytes_at<std::uint32_t>(file, 8) > version) {
    fail("is a trace of version " + std::to_string(bytes_at<std::uint32_t>(file, 8)) +
         ", written by a newer gradwire; this one reads version " + std::to_string(version));
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
  if (header_.workers < 1 || header_.iterations_per_epoch < 1) {
    fail("is damaged: impossible numbers of workers or iterations");
  }
}

const IterationWork& TraceReader::next() {
  if (at_end()) {
    fail("ends after iteration " + std::to_string(header_.iterations) +
         ": the recorded run stopped there");
  }
  const std::uint64_t parts = number();
  if (read_ == 0) last_.resize(static_cast<std::size_t>(header_.workers));
  if (read_ == 0 && (parts & has_work) == 0) fail("is damaged: its first iteration has no workers");
  if ((parts & has_work) != 0) read_work();
  if ((parts & has_model) != 0) work_.model = {count(largest_size, "bytes of a model")};
  work_.train.loss = real();
  work_.train.correct = count(largest_size, "samples");
  work_.train.samples = count(largest_size, "samples");
  work_.test.reset();
  if ((parts & has_test) != 0) read_test((parts & has_top5) != 0, (parts & has_sources) != 0);
  ++read_;
  return work_;
}

void TraceReader::read_test(bool top5, bool sources) {
  work_.test.emplace();
  work_.test->loss = real();
  work_.test->accuracy = real();
  if (top5) work_.test->top5_accuracy = real();
  const std::int64_t several = sources ? count(most_sources, "sources") : 0;
  for (std::int64_t s = 0; s < several; ++s) {
    std::string source = text();
    work_.test->sources.push_back({std::move(source), real()});
  }
}

void TraceReader::read_work() {
  const bool first = read_ == 0;
  work_.workers.resize(last_.size());
  for (std::size_t m = 0; m < last_.size(); ++m) {
    std::uint64_t changed = number();
    if (changed == 0 && !first) continue;
    Columns c = columns_of(first && m > 0 ? last_[m - 1] : last_[m]);
    for (std::size_t i = 0; i < columns; ++i, changed >>= 1) {
      if ((changed & 1) != 0) c[i] = sum(c[i], difference());
    }
    if (!is_possible(c)) fail("is damaged: impossible sizes of an upload");
    last_[m] = work_of(c);
    work_.workers[m] = visible(last_[m]);
  }
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

#include <zlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/trace.hpp"
#include "sim/core/trace_format.hpp"

namespace gradwire {

using namespace trace_format;

namespace {

constexpr std::uint64_t largest_body = std::uint64_t{8} << 30;

/// Wraps where a damaged file would overflow.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

/// A worker that skips sends nothing.
WorkerWork visible(const WorkerWork& work) {
  if (!work.skipped) return work;
  return {.gradients = work.gradients,
          .auxiliary_gradients = work.auxiliary_gradients,
          .skipped = true};
}

template <class T>
T bytes_at(std::string_view text, std::size_t offset) {
  T value;
  std::memcpy(&value, text.data() + offset, sizeof value);
  return value;
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(file.string(), "cannot be read, must be a trace");
  std::string bytes(std::filesystem::file_size(file), '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

}  // namespace

TraceReader::TraceReader(const std::filesystem::path& file)
    : TraceReader(contents(file), file.string()) {}

TraceReader::TraceReader(std::string_view bytes, std::string name) : name_(std::move(name)) {
  unpack(bytes);
  read_header();
}

void TraceReader::fail(const std::string& message) const { throw InputError(name_, message); }

void TraceReader::unpack(std::string_view file) {
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
  // The checksum is over the body alone: lengths are still not to be trusted.
  if (unpacked > largest_body || unpacked > 1100 * (size + 1)) fail("is damaged: wrong length");
  body_.resize(unpacked);
  uLongf written = body_.size();
  const int status = uncompress(reinterpret_cast<Bytef*>(body_.data()), &written,
                                reinterpret_cast<const Bytef*>(data.data()), data.size());
  if (status != Z_OK || written != unpacked) fail("is damaged: it cannot be unpacked");
}

void TraceReader::read_header() {
  for (std::int64_t* number :
       {&header_.workers, &header_.iterations, &header_.iterations_per_epoch, &header_.parameters,
        &header_.server_state.value, &header_.worker_state.value}) {
    *number = static_cast<std::int64_t>(this->number());
  }
  header_.diverged = number() != 0;
  header_.blas = text();
  header_.learning = text();
  const auto most = static_cast<std::int64_t>(body_.size());
  const bool sound = header_.workers >= 1 && header_.workers <= most && header_.iterations >= 0 &&
                     header_.iterations <= most && header_.iterations_per_epoch >= 1;
  if (!sound) fail("is damaged: impossible numbers of workers or iterations");
  last_.resize(static_cast<std::size_t>(header_.workers));
}

const IterationWork& TraceReader::next() {
  if (at_end()) {
    fail("ends after iteration " + std::to_string(header_.iterations) +
         ": the recorded run stopped there");
  }
  const std::uint64_t parts = number();
  if ((parts & has_work) != 0) read_work();
  if ((parts & has_model) != 0) work_.model = {static_cast<std::int64_t>(number())};
  work_.train.loss = real();
  work_.train.correct = static_cast<std::int64_t>(number());
  work_.train.samples = static_cast<std::int64_t>(number());
  work_.test.reset();
  if ((parts & has_test) != 0) {
    work_.test.emplace();
    work_.test->loss = real();
    work_.test->accuracy = real();
    if ((parts & has_top5) != 0) work_.test->top5_accuracy = real();
    const std::uint64_t sources = (parts & has_sources) != 0 ? number() : 0;
    for (std::uint64_t s = 0; s < sources; ++s) {
      std::string source = text();
      work_.test->sources.push_back({std::move(source), real()});
    }
  }
  ++read_;
  return work_;
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
    last_[m] = work_of(c);
    work_.workers[m] = visible(last_[m]);
  }
}

std::uint64_t TraceReader::number() {
  std::uint64_t result = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (position_ == body_.size()) fail("is damaged: it ends too early");
    const auto byte = static_cast<std::uint8_t>(body_[position_++]);
    result |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return result;
  }
  fail("is damaged: a number is too long");
}

std::int64_t TraceReader::difference() {
  const std::uint64_t zigzag = number();
  return static_cast<std::int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
}

double TraceReader::real() {
  if (body_.size() - position_ < sizeof(double)) fail("is damaged: it ends too early");
  const auto value = bytes_at<double>(body_, position_);
  position_ += sizeof value;
  return value;
}

std::string TraceReader::text() {
  const std::uint64_t size = number();
  if (size > body_.size() - position_) fail("is damaged: it ends too early");
  position_ += size;
  return body_.substr(position_ - size, size);
}

}  // namespace gradwire

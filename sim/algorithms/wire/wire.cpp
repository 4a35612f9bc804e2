#include "sim/algorithms/wire/wire.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/algorithms/compressors/buckets.hpp"
#include "sim/algorithms/messages/packed_values.hpp"
#include "sim/algorithms/wire/bits.hpp"
#include "sim/algorithms/wire/index_code.hpp"
#include "sim/algorithms/wire/level_code.hpp"
#include "sim/algorithms/wire/odd_level_code.hpp"
#include "sim/algorithms/wire/vector_source_code.hpp"
#include "sim/core/error.hpp"

namespace gradwire::algorithms {
namespace {

/// Throws std::invalid_argument unless the blocks are contiguous from 0 to d and each sends at
/// least one entry.
void check_blocks(std::span<const Block> blocks, const Layout& layout) {
  std::size_t end = 0;
  bool sound = true;
  for (const auto& [offset, size, kept] : blocks) {
    sound = sound && offset == end && kept >= 1 && kept <= size;
    end = offset + size;
  }
  if (!sound || (!blocks.empty() && end != layout.size())) {
    throw std::invalid_argument("blocks of another model");
  }
}

void append_floats(std::vector<std::uint8_t>& bytes, std::span<const float> values) {
  static_assert(std::endian::native == std::endian::little, "bytes go out as they lie in memory");
  const auto* first = reinterpret_cast<const std::uint8_t*>(values.data());
  bytes.insert(bytes.end(), first, first + values.size_bytes());
}

template <class Floats>
Floats floats_in(std::span<const std::uint8_t> bytes) {
  Floats values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

[[noreturn]] void fail_at_byte(std::size_t byte, const std::string& message) {
  throw InputError("message, bit " + std::to_string(8 * byte), message);
}

}  // namespace

WireFormat::WireFormat(const WireConfig& config, const Layout& layout, MessageShape shape)
    : coding_(config.index),
      levels_(config.levels),
      header_bytes_(config.header_bytes),
      layout_(layout),
      shape_(std::move(shape)),
      k_(total_k(shape_.blocks)),
      bucket_ends_(ends_of(shape_.representation == Representation::coded_sparse
                               ? kept_buckets(shape_.blocks)
                               : shape_.blocks)),
      per_tensor_(are_tensors(shape_.blocks, layout)) {
  check_blocks(shape_.blocks, layout_);
  const bool looks =
      coding_ == IndexCoding::golomb || (coding_ == IndexCoding::tensor && !per_tensor_);
  if (!looks) index_bits_ = index_bits({});
}

/// Throws std::invalid_argument for a message that does not have the shape.
class WireFormat::Check {
 public:
  explicit Check(const WireFormat& format) : format_(format) {}

  void operator()(const Dense& dense) const {
    if (dense.values.size() != format_.layout_.size()) fail("a dense message of another model");
    if (format_.shape_.representation == Representation::dense) check_format(dense.format);
  }
  void operator()(const Sparse& sparse) const {
    if (format_.shape_.representation != Representation::sparse ||
        sparse.indices.size() != format_.k_ || sparse.values.size() != sparse.indices.size()) {
      fail("a sparse message of another selection");
    }
    check_format(sparse.format);
  }
  void operator()(const Quantized& quantized) const {
    if (format_.shape_.representation != Representation::quantized ||
        quantized.most_level != format_.shape_.most_level ||
        quantized.odd_levels != format_.shape_.odd_levels ||
        quantized.levels.size() != format_.layout_.size()) {
      fail("a quantised message of another model or number of levels");
    }
    check_buckets(quantized.ends);
    check_scales(quantized, format_.shape_.floats_per_bucket);
  }
  void operator()(const Signs& signs) const {
    if (format_.shape_.representation != Representation::signs) fail("signs, not expected here");
    check_buckets(signs.ends);
    check_floats(signs, format_.shape_.floats_per_bucket);
  }
  void operator()(const CodedSparse& sparse) const {
    if (format_.shape_.representation != Representation::coded_sparse ||
        sparse.indices.size() != format_.k_) {
      fail("a coded sparse message of another selection");
    }
    std::visit([this](const auto& values) { check_kept(values); }, sparse.values);
  }
  void operator()(const Skip& /*skip*/) const {}
  void operator()(const LowRank& message) const {
    const std::vector<FactoredTensor>& expected = format_.shape_.tensors;
    const auto fits = [&](const FactoredTensor& tensor, const FactoredTensor& slot) {
      return tensor.offset == slot.offset && tensor.rows == slot.rows &&
             tensor.columns == slot.columns &&
             (format_.shape_.ranks_vary ? tensor.rank <= slot.rank : tensor.rank == slot.rank);
    };
    const bool same_tensors = std::ranges::equal(message.tensors, expected, fits);
    if (format_.shape_.representation != Representation::low_rank || !same_tensors ||
        message.size != format_.layout_.size() || message.held != format_.shape_.held) {
      fail("a message of other factored tensors");
    }
    const LowRankSizes sizes = sizes_of(message.tensors, message.size);
    if (message.left.size() != sizes.left || message.right.size() != sizes.right ||
        message.scales.size() != (format_.shape_.has_scales ? sizes.scales : 0) ||
        message.rest.size() != sizes.rest) {
      fail("factors of other sizes");
    }
  }

  /// Indices ascend and are in their blocks.
  void check_indices(Indices rest) const {
    for (const Block& block : format_.shape_.blocks) {
      std::size_t least = block.offset;
      for (const std::uint32_t index : take_block(block, rest)) {
        if (index < least || index >= block.offset + block.size) {
          fail("indices not ascending, or not in their blocks");
        }
        least = index + std::size_t{1};
      }
    }
  }

 private:
  [[noreturn]] static void fail(const char* message) { throw std::invalid_argument(message); }
  void check_buckets(std::span<const std::uint32_t> ends) const {
    if (!std::ranges::equal(ends, format_.bucket_ends_)) fail("a message of other buckets");
  }
  static void check_scales(const Quantized& quantized, int per_bucket) {
    if (quantized.scales.size() != (per_bucket == 0 ? 0 : quantized.ends.size())) {
      fail("levels with another number of scales");
    }
  }
  static void check_floats(const Signs& signs, int per_bucket) {
    const std::size_t buckets = signs.ends.size();
    if (signs.scales.size() != (per_bucket >= 1 ? buckets : 0) ||
        signs.negative_values.size() != (per_bucket >= 2 ? buckets : 0)) {
      fail("signs with another number of floats per bucket");
    }
  }
  void check_kept(const Quantized& quantized) const {
    if (format_.shape_.of_kept != Representation::quantized ||
        quantized.most_level != format_.shape_.most_level ||
        quantized.levels.size() != format_.k_) {
      fail("quantised kept entries, not as expected here");
    }
    check_buckets(quantized.ends);
    check_scales(quantized, 1);
  }
  void check_kept(const Signs& signs) const {
    if (format_.shape_.of_kept != Representation::signs) fail("signs of kept entries");
    check_buckets(signs.ends);
    check_floats(signs, 1);
  }
  void check_format(ValueFormat format) const {
    if (format != format_.shape_.values) fail("a message of another format of values");
  }

  const WireFormat& format_;
};

Bits WireFormat::size(const Message& message) const {
  std::visit(Check(*this), message);
  struct {
    const WireFormat& format;
    std::int64_t operator()(const Dense& dense) const {
      return value_bits(dense.format) * values_in(dense);
    }
    std::int64_t operator()(const Sparse& sparse) const {
      return value_bits(sparse.format) * values_in(sparse) + format.index_bits(sparse.indices);
    }
    std::int64_t operator()(const Quantized& quantized) const {
      return 32 * static_cast<std::int64_t>(quantized.scales.size()) +
             level_bits(quantized, format.levels_);
    }
    std::int64_t operator()(const Signs& signs) const {
      return 32 * static_cast<std::int64_t>(signs.floats()) + values_in(signs);
    }
    std::int64_t operator()(const CodedSparse& sparse) const {
      return format.index_bits(sparse.indices) + std::visit(*this, sparse.values);
    }
    std::int64_t operator()(const Skip& /*skip*/) const { return 0; }
    std::int64_t operator()(const LowRank& message) const {
      const Bits ranks = format.shape_.ranks_vary ? bits_of_ranks(message.tensors.size()) : Bits{};
      return 32 * values_in(message) + ranks.value;
    }
  } bits{*this};
  return Bits{8 * header_bytes_ + std::visit(bits, message)};
}

std::int64_t WireFormat::index_bits(Indices indices) const {
  if (index_bits_) return *index_bits_;
  switch (coding_) {
    case IndexCoding::none:
    case IndexCoding::seed:
      return 0;
    case IndexCoding::int32:
    case IndexCoding::int64:
    case IndexCoding::model:
      return static_cast<std::int64_t>(k_) * equal_width(coding_, layout_.size());
    case IndexCoding::bitmap:
      return static_cast<std::int64_t>(layout_.size());
    case IndexCoding::tensor: {
      std::int64_t bits = 0;
      for (const Block& tensor : tensor_blocks(indices)) {
        bits += static_cast<std::int64_t>(tensor.kept) * index_width(tensor.size);
        if (!per_tensor_) bits += count_width;
      }
      return bits;
    }
    case IndexCoding::golomb: {
      std::int64_t bits = 0;
      for (const Block& block : shape_.blocks) bits += gap_bits(block, take_block(block, indices));
      return bits;
    }
  }
  throw std::logic_error("no such index coding");
}

std::vector<Block> WireFormat::tensor_blocks(Indices indices) const {
  if (per_tensor_) return shape_.blocks;
  std::vector<Block> tensors;
  for (const auto& tensor : layout_.tensors()) {
    if (tensor.size == 0) continue;
    const auto end = std::ranges::lower_bound(indices, tensor.offset + tensor.size);
    const auto kept = static_cast<std::size_t>(end - indices.begin());
    tensors.push_back({tensor.offset, tensor.size, kept});
    indices = indices.subspan(kept);
  }
  return tensors;
}

/// Appends a message's body to the bytes.
class WireFormat::Writer {
 public:
  Writer(const WireFormat& format, std::vector<std::uint8_t>& bytes)
      : format_(format), bytes_(bytes) {}

  void operator()(const Dense& dense) const {
    BitWriter writer(bytes_);
    append_values(writer, dense.values, dense.format);
    writer.finish();
  }
  void operator()(const Sparse& sparse) const {
    Check(format_).check_indices(sparse.indices);
    BitWriter writer(bytes_);
    append_values(writer, sparse.values, sparse.format);
    format_.write_indices(sparse.indices, writer);
    writer.finish();
  }
  void operator()(const Quantized& quantized) const {
    append_floats_of(quantized);
    BitWriter writer(bytes_);
    format_.write_levels(quantized, writer);
    writer.finish();
  }
  void operator()(const Signs& signs) const {
    append_floats_of(signs);
    BitWriter writer(bytes_);
    write_signs(signs, writer);
    writer.finish();
  }
  void operator()(const CodedSparse& sparse) const {
    Check(format_).check_indices(sparse.indices);
    std::visit([this](const auto& values) { append_floats_of(values); }, sparse.values);
    BitWriter writer(bytes_);
    format_.write_indices(sparse.indices, writer);
    struct {
      const WireFormat& format;
      BitWriter& writer;
      void operator()(const Quantized& values) const { format.write_levels(values, writer); }
      void operator()(const Signs& values) const { write_signs(values, writer); }
    } write{format_, writer};
    std::visit(write, sparse.values);
    writer.finish();
  }
  void operator()(const Skip& /*skip*/) const {}
  void operator()(const LowRank& message) const {
    BitWriter writer(bytes_);
    for (const FactoredTensor& tensor : message.tensors) {
      if (format_.shape_.ranks_vary) writer.write(tensor.rank, count_width);
    }
    if (!message.held.left) append_floats(bytes_, message.left);
    if (!message.held.right) append_floats(bytes_, message.right);
    append_floats(bytes_, message.scales);
    if (!message.held.rest) append_floats(bytes_, message.rest);
  }

 private:
  void append_floats_of(const Quantized& quantized) const {
    append_floats(bytes_, quantized.scales);
  }
  void append_floats_of(const Signs& signs) const {
    append_floats(bytes_, signs.scales);
    append_floats(bytes_, signs.negative_values);
  }
  static void write_signs(const Signs& signs, BitWriter& writer) {
    std::size_t byte = 0;
    std::size_t begin = 0;
    for (const std::size_t end : signs.ends) {
      for (; begin < end; begin += 8, ++byte) {
        const auto width = static_cast<int>(std::min<std::size_t>(8, end - begin));
        writer.write(signs.negative[byte], width);
      }
      begin = end;
    }
  }
  /// First in the body.
  void append_values(BitWriter& writer, std::span<const float> values, ValueFormat format) const {
    if (format == ValueFormat::float32) return append_floats(bytes_, values);
    const std::size_t packed = in_packs(values.size());
    pack_values(values.first(packed), format, bytes_);
    for (const float value : values.subspan(packed)) {
      writer.write(code_of(value, format), value_bits(format));
    }
  }

  const WireFormat& format_;
  std::vector<std::uint8_t>& bytes_;
};

std::vector<std::uint8_t> WireFormat::encode(const Message& message) const {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(static_cast<std::size_t>(bytes_for(size(message)).value));
  bytes.resize(static_cast<std::size_t>(header_bytes_));
  std::visit(Writer(*this, bytes), message);
  return bytes;
}

LevelAlphabet WireFormat::alphabet() const {
  return {.s = shape_.most_level, .odd = shape_.odd_levels};
}

void WireFormat::write_levels(const Quantized& quantized, BitWriter& writer) const {
  const auto each = [&](const auto& write_bucket) {
    for (std::size_t b = 0; b < quantized.ends.size(); ++b) {
      const std::size_t begin = b == 0 ? 0 : quantized.ends[b - 1];
      const auto bucket = std::span(quantized.levels).subspan(begin, quantized.ends[b] - begin);
      if (shape_.odd_levels) {
        write_odd_levels(writer, levels_, shape_.most_level, quantized.scale(b), bucket);
      } else {
        write_bucket(quantized.scale(b), bucket);
      }
    }
  };
  switch (levels_) {
    case LevelCoding::fixed:
      return each([&](float /*scale*/, std::span<const std::int16_t> bucket) {
        write_fixed(writer, shape_.most_level, bucket);
      });
    case LevelCoding::elias:
      return each([&](float scale, std::span<const std::int16_t> bucket) {
        write_elias(writer, scale, bucket);
      });
    case LevelCoding::vsc:
      return write_vector_source(writer, alphabet(), quantized.levels);
  }
}

void WireFormat::write_indices(Indices indices, BitWriter& writer) const {
  switch (coding_) {
    case IndexCoding::none:
    case IndexCoding::seed:
      break;
    case IndexCoding::int32:
    case IndexCoding::int64:
    case IndexCoding::model:
      write_plain(writer, equal_width(coding_, layout_.size()), indices);
      break;
    case IndexCoding::bitmap:
      write_bitmap(writer, layout_.size(), indices);
      break;
    case IndexCoding::tensor: {
      const std::vector<Block> tensors = tensor_blocks(indices);
      for (const Block& tensor : tensors) {
        if (!per_tensor_) writer.write(tensor.kept, count_width);
      }
      write_in_tensor(writer, tensors, indices);
      break;
    }
    case IndexCoding::golomb:
      for (const Block& block : shape_.blocks) {
        write_gaps(writer, block, take_block(block, indices));
      }
      break;
  }
}

Message WireFormat::decode(std::span<const std::uint8_t> bytes, Indices support,
                           const LowRank* known) const {
  const auto header = static_cast<std::size_t>(header_bytes_);
  if (bytes.size() < header) fail_at_byte(bytes.size(), "the message ends within its header");
  const auto body = bytes.subspan(header);
  if (body.empty()) return Skip{};

  if (shape_.representation == Representation::low_rank) {
    return read_low_rank(body, header, known);
  }
  const std::size_t value_bytes = floats() * sizeof(float);
  if (body.size() < value_bytes) fail_at_byte(bytes.size(), "the message ends within its values");
  const auto front = body.first(value_bytes);
  BitReader reader(body.subspan(value_bytes), 8 * (header + value_bytes));
  Message message = Skip{};
  switch (shape_.representation) {
    case Representation::nothing:
    case Representation::low_rank:  // read above
      break;
    case Representation::dense:
      message = Dense{read_values<Vector>(reader, front, layout_.size()), shape_.values};
      if (!front.empty() && body.size() > value_bytes) {
        fail_at_byte(header + value_bytes, "expected the end of the message");
      }
      break;
    case Representation::sparse: {
      auto values = read_values<std::vector<float>>(reader, front, k_);
      message = Sparse{read_indices(reader, support), std::move(values), shape_.values};
      break;
    }
    case Representation::quantized:
      message = read_levels(reader, floats_in<std::vector<float>>(front));
      break;
    case Representation::signs:
      message = read_signs(reader, floats_in<std::vector<float>>(front), shape_.floats_per_bucket);
      break;
    case Representation::coded_sparse:
      message = read_coded(reader, support, floats_in<std::vector<float>>(front));
      break;
  }
  reader.finish();
  return message;
}

std::size_t WireFormat::floats() const {
  const bool values_are_floats = shape_.values == ValueFormat::float32;
  switch (shape_.representation) {
    case Representation::nothing:
    case Representation::low_rank:  // depends on the ranks
      return 0;
    case Representation::dense:
      return values_are_floats ? layout_.size() : 0;
    case Representation::sparse:
      return values_are_floats ? k_ : 0;
    case Representation::coded_sparse:
      return shape_.blocks.size();
    case Representation::quantized:
    case Representation::signs:
      return static_cast<std::size_t>(shape_.floats_per_bucket) * shape_.blocks.size();
  }
  throw std::logic_error("no such representation");
}

template <class Floats>
Floats WireFormat::read_values(BitReader& reader, std::span<const std::uint8_t> floats,
                               std::size_t count) const {
  if (shape_.values == ValueFormat::float32) return floats_in<Floats>(floats);
  Floats values(count);
  const int width = value_bits(shape_.values);
  const std::size_t packed = in_packs(count);
  unpack_values(reader.bytes(packed * static_cast<std::size_t>(width) / 8), shape_.values,
                std::span(values).first(packed));
  for (float& value : std::span(values).subspan(packed)) {
    value = value_of(reader.read(width), shape_.values);
  }
  return values;
}

namespace {

/// Takes floats from the front of a message's bytes.
class FloatReader {
 public:
  FloatReader(std::span<const std::uint8_t> bytes, std::size_t first_byte)
      : bytes_(bytes), end_(first_byte + bytes.size()) {}
  Vector take(std::size_t count) {
    if (bytes_.size() / sizeof(float) < count) {
      fail_at_byte(end_, "the message ends within its values");
    }
    const auto front = bytes_.first(count * sizeof(float));
    bytes_ = bytes_.subspan(front.size());
    return floats_in<Vector>(front);
  }
  void finish() const {
    if (!bytes_.empty()) fail_at_byte(end_ - bytes_.size(), "expected the end of the message");
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t end_;
};

}  // namespace

Message WireFormat::read_low_rank(std::span<const std::uint8_t> body, std::size_t first_byte,
                                  const LowRank* known) const {
  LowRank message{.size = static_cast<std::uint32_t>(layout_.size()),
                  .tensors = shape_.tensors,
                  .left = {},
                  .right = {},
                  .scales = {},
                  .rest = {},
                  .held = shape_.held};
  if (shape_.ranks_vary) {
    BitReader reader(body, 8 * first_byte);
    for (FactoredTensor& tensor : message.tensors) {
      const std::uint32_t rank = reader.read(count_width);
      if (rank > tensor.rank) {
        reader.fail("expected a rank of at most " + std::to_string(tensor.rank) + ", found " +
                    std::to_string(rank));
      }
      tensor.rank = rank;
    }
    const auto bytes = static_cast<std::size_t>(bits_of_ranks(message.tensors.size()).value / 8);
    body = body.subspan(bytes);
    first_byte += bytes;
  }
  const LowRankSizes sizes = sizes_of(message.tensors, message.size);
  FloatReader floats(body, first_byte);
  const auto part = [&](bool is_held, std::size_t count, Vector LowRank::*values) {
    if (!is_held) return floats.take(count);
    return known != nullptr ? known->*values : Vector();
  };
  message.left = part(shape_.held.left, sizes.left, &LowRank::left);
  message.right = part(shape_.held.right, sizes.right, &LowRank::right);
  if (shape_.has_scales) message.scales = floats.take(sizes.scales);
  message.rest = part(shape_.held.rest, sizes.rest, &LowRank::rest);
  floats.finish();
  return message;
}

CodedSparse WireFormat::read_coded(BitReader& reader, Indices support,
                                   std::vector<float> scales) const {
  CodedSparse sparse{.indices = read_indices(reader, support), .values = {}};
  if (shape_.of_kept == Representation::signs) {
    sparse.values = read_signs(reader, std::move(scales), 1);
  } else {
    sparse.values = read_levels(reader, std::move(scales));
  }
  return sparse;
}

Quantized WireFormat::read_levels(BitReader& reader, std::vector<float> scales) const {
  const std::size_t entries = bucket_ends_.empty() ? 0 : bucket_ends_.back();
  Quantized quantized{.most_level = static_cast<std::int16_t>(shape_.most_level),
                      .odd_levels = shape_.odd_levels,
                      .ends = bucket_ends_,
                      .scales = std::move(scales),
                      .levels = std::vector<std::int16_t>(entries)};
  const auto each = [&](const auto& read_bucket) {
    for (std::size_t b = 0; b < bucket_ends_.size(); ++b) {
      const std::size_t begin = b == 0 ? 0 : bucket_ends_[b - 1];
      const auto bucket = std::span(quantized.levels).subspan(begin, bucket_ends_[b] - begin);
      if (shape_.odd_levels) {
        read_odd_levels(reader, levels_, shape_.most_level, quantized.scale(b), bucket);
      } else {
        read_bucket(quantized.scale(b), bucket);
      }
    }
  };
  switch (levels_) {
    case LevelCoding::fixed:
      each([&](float /*scale*/, std::span<std::int16_t> bucket) {
        read_fixed(reader, shape_.most_level, bucket);
      });
      break;
    case LevelCoding::elias:
      each([&](float scale, std::span<std::int16_t> bucket) {
        read_elias(reader, shape_.most_level, scale, bucket);
      });
      break;
    case LevelCoding::vsc:
      read_vector_source(reader, alphabet(), quantized.levels);
      break;
  }
  return quantized;
}

Signs WireFormat::read_signs(BitReader& reader, std::vector<float> floats, int per_bucket) const {
  Signs signs{
      .ends = bucket_ends_, .scales = std::move(floats), .negative_values = {}, .negative = {}};
  if (per_bucket == 2) {
    const auto second = signs.scales.begin() + static_cast<std::ptrdiff_t>(bucket_ends_.size());
    signs.negative_values.assign(second, signs.scales.end());
    signs.scales.erase(second, signs.scales.end());
  }
  std::size_t begin = 0;
  for (const std::size_t end : bucket_ends_) {
    for (; begin < end; begin += 8) {
      const auto width = static_cast<int>(std::min<std::size_t>(8, end - begin));
      signs.negative.push_back(static_cast<std::uint8_t>(reader.read(width)));
    }
    begin = end;
  }
  return signs;
}

std::vector<std::uint32_t> WireFormat::read_indices(BitReader& reader, Indices support) const {
  CheckedIndices indices(k_);
  std::vector<Block> blocks = shape_.blocks;
  const bool is_sent = coding_ != IndexCoding::none && coding_ != IndexCoding::seed;
  if (!is_sent && support.size() != k_) {
    reader.fail("expected a support of " + std::to_string(k_) + " indices");
  }
  if (coding_ == IndexCoding::tensor && !per_tensor_) blocks = read_counts(reader);
  for (const Block& block : blocks) {
    switch (coding_) {
      case IndexCoding::none:
      case IndexCoding::seed:
        copy_block(reader, block, support, indices);
        break;
      case IndexCoding::int32:
      case IndexCoding::int64:
      case IndexCoding::model:
        read_plain(reader, equal_width(coding_, layout_.size()), block, indices);
        break;
      case IndexCoding::bitmap:
        read_bitmap(reader, block, indices);
        break;
      case IndexCoding::tensor:
        read_in_tensor(reader, block, indices);
        break;
      case IndexCoding::golomb:
        read_gaps(reader, block, indices);
        break;
    }
  }
  return std::move(indices).take();
}

std::vector<Block> WireFormat::read_counts(BitReader& reader) const {
  std::vector<Block> tensors = tensor_blocks({});
  std::size_t left = k_;
  for (Block& tensor : tensors) {
    tensor.kept = reader.read(count_width);
    if (tensor.kept > std::min(left, tensor.size)) {
      reader.fail("expected at most " + std::to_string(std::min(left, tensor.size)) +
                  " entries in a tensor, found " + std::to_string(tensor.kept));
    }
    left -= tensor.kept;
  }
  if (left != 0) reader.fail("expected " + std::to_string(left) + " more entries in the tensors");
  return tensors;
}

}  // namespace gradwire::algorithms

#include "sim/algorithms/wire/wire.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/algorithms/wire/bits.hpp"
#include "sim/algorithms/wire/index_code.hpp"
#include "sim/core/error.hpp"

namespace gradwire::algorithms {
namespace {

/// In the order of IndexCoding.
constexpr std::array<std::string_view, 7> coding_names{"none",  "int32",  "int64", "tensor",
                                                       "model", "bitmap", "golomb"};

/// Width in bits of an entry count, where the receiver cannot derive it.
constexpr int count_width = 32;

/// Width in bits of an index, if all indices have the same.
int equal_width(IndexCoding coding, std::size_t d) {
  if (coding == IndexCoding::int64) return 64;
  return coding == IndexCoding::int32 ? 32 : index_width(d);
}

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

bool are_tensors(std::span<const Block> blocks, const Layout& layout) {
  std::size_t next = 0;
  for (const TensorSlot& tensor : layout.tensors()) {
    if (tensor.size == 0) continue;
    if (next == blocks.size() || blocks[next].size != tensor.size) return false;
    ++next;
  }
  return next == blocks.size();
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

std::span<const std::string_view> index_coding_names() { return coding_names; }

IndexCoding index_coding_named(std::string_view name) {
  const auto found = std::ranges::find(coding_names, name);
  if (found != coding_names.end()) {
    return static_cast<IndexCoding>(found - coding_names.begin());
  }
  throw InputError("", "index \"" + std::string(name) +
                           "\": expected none, int32, int64, tensor, model, bitmap or golomb");
}

WireFormat::WireFormat(const WireConfig& config, const Layout& layout)
    : WireFormat(config, layout, {}) {}

WireFormat::WireFormat(const WireConfig& config, const Layout& layout, std::vector<Block> blocks)
    : coding_(index_coding_named(config.index)),
      header_bytes_(config.header_bytes),
      layout_(layout),
      blocks_(std::move(blocks)),
      k_(total_k(blocks_)),
      per_tensor_(are_tensors(blocks_, layout)) {
  check_blocks(blocks_, layout_);
  const bool looks =
      coding_ == IndexCoding::golomb || (coding_ == IndexCoding::tensor && !per_tensor_);
  if (!looks) index_bits_ = index_bits({});
}

Bits WireFormat::size(const Message& message) const {
  check_count(message);
  const auto* sparse = std::get_if<Sparse>(&message);
  const std::int64_t index_part = sparse == nullptr ? 0 : index_bits(sparse->indices);
  return payload_bits(message) + Bits{8 * header_bytes_ + index_part};
}

std::int64_t WireFormat::index_bits(Indices indices) const {
  if (index_bits_) return *index_bits_;
  switch (coding_) {
    case IndexCoding::none:
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
      for (const Block& block : blocks_) bits += gap_bits(block, take_block(block, indices));
      return bits;
    }
  }
  throw std::logic_error("no such index coding");
}

std::vector<Block> WireFormat::tensor_blocks(Indices indices) const {
  if (per_tensor_) return blocks_;
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

std::vector<std::uint8_t> WireFormat::encode(const Message& message) const {
  if (std::holds_alternative<Unwritten>(message)) {
    throw std::logic_error("what is not written down cannot be encoded");
  }
  check_indices(message);
  std::vector<std::uint8_t> bytes;
  bytes.reserve(static_cast<std::size_t>(bytes_for(size(message)).value));
  bytes.resize(static_cast<std::size_t>(header_bytes_));
  if (const auto* dense = std::get_if<Dense>(&message)) append_floats(bytes, dense->values);
  if (const auto* sparse = std::get_if<Sparse>(&message)) {
    append_floats(bytes, sparse->values);
    write_indices(sparse->indices, bytes);
  }
  return bytes;
}

void WireFormat::write_indices(Indices indices, std::vector<std::uint8_t>& bytes) const {
  BitWriter writer(bytes);
  switch (coding_) {
    case IndexCoding::none:
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
      for (const Block& block : blocks_) write_gaps(writer, block, take_block(block, indices));
      break;
  }
  writer.finish();
}

Message WireFormat::decode(std::span<const std::uint8_t> bytes, Indices support) const {
  const auto header = static_cast<std::size_t>(header_bytes_);
  if (bytes.size() < header) fail_at_byte(bytes.size(), "the message ends within its header");
  const auto body = bytes.subspan(header);
  if (body.empty()) return Skip{};

  const std::size_t value_bytes = (blocks_.empty() ? layout_.size() : k_) * sizeof(float);
  if (body.size() < value_bytes) fail_at_byte(bytes.size(), "the message ends within its values");
  if (!blocks_.empty()) {
    BitReader reader(body.subspan(value_bytes), 8 * (header + value_bytes));
    return Sparse{read_indices(reader, support),
                  floats_in<std::vector<float>>(body.first(value_bytes))};
  }
  if (body.size() > value_bytes) {
    fail_at_byte(header + value_bytes, "expected the end of the message");
  }
  return Dense{floats_in<Vector>(body)};
}

std::vector<std::uint32_t> WireFormat::read_indices(BitReader& reader, Indices support) const {
  CheckedIndices indices(k_);
  std::vector<Block> blocks = blocks_;
  if (coding_ == IndexCoding::none && support.size() != k_) {
    reader.fail("expected a support of " + std::to_string(k_) + " indices");
  }
  if (coding_ == IndexCoding::tensor && !per_tensor_) blocks = read_counts(reader);
  for (const Block& block : blocks) {
    switch (coding_) {
      case IndexCoding::none:
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
  reader.finish();
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

void WireFormat::check_count(const Message& message) const {
  const bool has_all =
      std::holds_alternative<Dense>(message) || std::holds_alternative<Unwritten>(message);
  if (has_all && values_sent(message) != static_cast<std::int64_t>(layout_.size())) {
    throw std::invalid_argument("a dense message of another model");
  }
  const auto* sparse = std::get_if<Sparse>(&message);
  if (sparse != nullptr && (blocks_.empty() || sparse->indices.size() != k_ ||
                            sparse->values.size() != sparse->indices.size())) {
    throw std::invalid_argument("a sparse message of another selection");
  }
}

void WireFormat::check_indices(const Message& message) const {
  check_count(message);
  const auto* sparse = std::get_if<Sparse>(&message);
  if (sparse == nullptr) return;
  Indices rest = sparse->indices;
  for (const Block& block : blocks_) {
    std::size_t least = block.offset;
    for (const std::uint32_t index : take_block(block, rest)) {
      if (index < least || index >= block.offset + block.size) {
        throw std::invalid_argument("indices not ascending, or not in their blocks");
      }
      least = index + std::size_t{1};
    }
  }
}

double entropy_bits(std::span<const Block> blocks) {
  const auto log_factorial = [](std::size_t n) {
    return std::lgamma(static_cast<double>(n) + 1.0);
  };
  double nats = 0.0;
  for (const auto& [offset, d, k] : blocks) {
    nats += log_factorial(d) - log_factorial(k) - log_factorial(d - k);
  }
  return nats / std::log(2.0);
}

}  // namespace gradwire::algorithms

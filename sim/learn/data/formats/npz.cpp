#include "sim/learn/data/formats/npz.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "sim/core/printable.hpp"
#include "sim/learn/data/files/byte_source.hpp"
#include "sim/learn/data/formats/npy.hpp"
#include "sim/learn/data/formats/zip_member.hpp"

namespace gradwire::learn {
namespace {

constexpr std::string_view ending = ".npy";
constexpr std::size_t longest_list = 400;

/// The arrays of a file, for errors.
std::string list_of(const std::vector<std::string>& arrays) {
  return printable(fmt::format("{}", fmt::join(arrays, ", ")), longest_list, Lines::one);
}

void require_array(const std::filesystem::path& file, const std::string& name) {
  const std::vector<std::string> arrays = npz_arrays(file);
  if (std::ranges::find(arrays, name) != arrays.end()) return;
  throw InputError(file.string(), fmt::format("expected an array {}, found {}", name,
                                              arrays.empty() ? "none" : list_of(arrays)));
}

NumericArray read_array(ByteStream& in) {
  NumericArray array = read_values(in, read_npy_header(in));
  in.expect_end();
  return array;
}

std::vector<double> read_labels(ByteStream& in) {
  const ArrayHeader header = read_npy_header(in);
  constexpr std::uint64_t shape_offset = 10;  // of a header of version 1
  std::vector<double> labels = read_label_values(in, header, shape_offset);
  in.expect_end();
  return labels;
}

}  // namespace

std::vector<std::string> npz_arrays(const std::filesystem::path& file) {
  std::vector<std::string> names;
  for (std::string& member : zip_members(file)) {
    if (!member.ends_with(ending)) continue;
    member.resize(member.size() - ending.size());
    names.push_back(std::move(member));
  }
  return names;
}

NumericArray read_npz_array(const std::filesystem::path& file, const std::string& name) {
  require_array(file, name);
  ZipMember in(file, name + std::string(ending));
  return read_array(in);
}

Table read_npz(const std::filesystem::path& file, const ArrayNames& names) {
  NumericArray samples = read_npz_array(file, names.samples);
  require_array(file, names.labels);
  ZipMember in(file, names.labels + std::string(ending));
  std::vector<double> labels = read_labels(in);
  return table_of(std::move(samples), std::move(labels), in.name(), names.samples);
}

void check_npz(const std::filesystem::path& file, const ArrayNames& names) {
  for (const std::string& name : {names.samples, names.labels}) {
    require_array(file, name);
    ZipMember in(file, name + std::string(ending));
    static_cast<void>(read_npy_header(in));
  }
}

Table read_npy_pair(const std::filesystem::path& samples, const std::filesystem::path& labels) {
  ByteSource x(samples);
  NumericArray array = read_array(x);
  ByteSource y(labels);
  std::vector<double> numbers = read_labels(y);
  return table_of(std::move(array), std::move(numbers), y.name(), x.name());
}

}  // namespace gradwire::learn

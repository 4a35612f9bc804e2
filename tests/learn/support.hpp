#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/problem.hpp"
#include "sim/core/random.hpp"
#include "sim/learn/data/dataset.hpp"
#include "sim/learn/data/partition/sampler.hpp"
#include "sim/learn/mlp/mlp.hpp"

namespace gradwire::learn {

using RawBytes = std::vector<std::uint8_t>;

inline RawBytes operator+(RawBytes a, const RawBytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Temporary folder, removed by the destructor.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gradwire-learn-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const RawBytes& bytes) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return file;
  }

 private:
  std::filesystem::path path_;
};

/// An IDX file: magic number and dimensions in big-endian order, then the data.
inline RawBytes idx(std::initializer_list<std::uint32_t> header, const RawBytes& data) {
  RawBytes bytes;
  for (const std::uint32_t word : header) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
      bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    }
  }
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

inline RawBytes gzip(const RawBytes& plain) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  RawBytes packed(deflateBound(&z, plain.size()) + 64);
  z.next_in = const_cast<Bytef*>(plain.data());
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = packed.data();
  z.avail_out = static_cast<uInt>(packed.size());
  deflate(&z, Z_FINISH);
  packed.resize(z.total_out);
  deflateEnd(&z);
  return packed;
}

/// The text of the InputError that `action` throws.
template <class Action>
std::string input_error(const Action& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

/// Gaussian classes, small enough for tests.
inline Dataset small_dataset(std::int64_t samples = 200, std::int64_t dimension = 12,
                             std::int64_t classes = 5) {
  DatasetConfig config;
  config.name = "synthetic";
  config.train_samples = samples;
  config.test_samples = 130;
  config.dimension = dimension;
  config.classes = classes;
  return load_dataset(config, 7, std::nullopt);
}

/// Images of four classes that differ in brightness.
inline LabelledImages noise(std::int64_t count, std::uint64_t seed) {
  LabelledImages images{
      .count = count, .channels = 3, .rows = 8, .columns = 8, .pixels = {}, .labels = {}};
  RandomStream random = stream(seed, "images");
  for (std::int64_t i = 0; i < count; ++i) {
    images.labels.push_back(static_cast<Label>(i % 4));
    for (int p = 0; p < 3 * 8 * 8; ++p) {
      images.pixels.push_back(static_cast<std::uint8_t>(random.below(64) + 40 * (i % 4)));
    }
  }
  return images;
}

inline Dataset small_photographs(bool augmented = true, std::int64_t samples = 120) {
  std::array<float, 256> table{};
  for (std::size_t v = 0; v < 256; ++v) table[v] = static_cast<float>(v) / 128.0F - 1.0F;
  ImageSource source{.name = "noise", .tables = {table, table, table}, .augmentation = {}};
  if (augmented) source.augmentation = {.crop_padding = 2, .flip = true};
  return {
      "noise", 4, {3, 8, 8}, SampleSet(noise(samples, 1), source), SampleSet(noise(40, 2), source)};
}

inline Model model_of(Vector parameters, std::int64_t iteration = 0) {
  return std::make_shared<const ModelVersion>(ModelVersion{iteration, std::move(parameters), 0.0});
}

inline Model initial(const Problem& problem) { return model_of(problem.initial_parameters()); }

/// Another model, moved by `step` times a random direction.
inline Model moved(const Model& from, double step, std::uint64_t direction = 1) {
  Vector theta = from->plain();
  RandomStream random = stream(direction, "direction");
  for (float& x : theta) x += static_cast<float>(step * random.normal());
  return model_of(std::move(theta), from->iteration + 1);
}

template <class T>
std::vector<T> copy(std::span<const T> items) {
  return {items.begin(), items.end()};
}

/// Samples of the worker's minibatch with number `round` in the epoch.
inline std::vector<std::uint32_t> batch_of(const Sampler& sampler, std::int64_t epoch, int worker,
                                           std::int64_t round) {
  return sampler.batch(worker, epoch * sampler.iterations_per_epoch() + round);
}

/// forward() and backward() of a minibatch at plain parameters, which it packs first.
template <class Real>
void pass_through(const Mlp& net, std::span<const Real> theta, std::span<const Real> inputs,
                  std::span<const Label> labels, Pass<Real>& pass) {
  PackedWeights<Real> weights;
  net.pack<Real>(theta, weights);
  net.forward<Real>(weights, inputs, labels, pass);
  net.backward<Real>(weights, labels, labels.size(), pass);
}

/// Sum of the gradients of `rows`; requires backward().
template <class Real>
void gradient(const Mlp& net, const Pass<Real>& pass, Rows rows, std::span<Real> g) {
  net.gradient<Real>(pass, rows, Real{1}, Into::replace, g);
}

/// Writes the four files of a dataset in MNIST's format, 3 + 2 images of 2 x 2, below `folder`.
inline void write_tiny_dataset(const TemporaryFolder& folder, const std::string& name) {
  const RawBytes pixels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255};
  const RawBytes fewer(pixels.begin(), pixels.begin() + 8);
  folder.write(name + "/train-images-idx3-ubyte.gz", gzip(idx({0x803, 3, 2, 2}, pixels)));
  folder.write(name + "/train-labels-idx1-ubyte", idx({0x801, 3}, {9, 0, 9}));
  folder.write(name + "/t10k-images.idx3-ubyte", idx({0x803, 2, 2, 2}, fewer));
  folder.write(name + "/t10k-labels.idx1-ubyte.gz", gzip(idx({0x801, 2}, {1, 2})));
}

/// Runs the parts in reverse order.
inline void run_in_reverse(std::size_t parts, const std::function<void(std::size_t)>& part) {
  for (std::size_t i = parts; i > 0; --i) part(i - 1);
}

}  // namespace gradwire::learn

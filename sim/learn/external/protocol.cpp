#include "sim/learn/external/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/printable.hpp"

namespace gradwire::learn::external {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers go out as they lie in memory");

constexpr std::size_t longest_failure = 600;
constexpr std::size_t longest_name = 256;
constexpr std::uint64_t most_parameters = 0xffff'ffff;  // positions of values are u32
constexpr std::uint64_t most_iterations = 1'000'000'000'000;

template <class... Members>
std::string packed(Kind kind, Members... members) {
  std::string body(1, static_cast<char>(kind));
  (body.append(reinterpret_cast<const char*>(&members), sizeof members), ...);
  const auto size = static_cast<std::uint32_t>(body.size());
  std::string bytes(reinterpret_cast<const char*>(&size), sizeof size);
  return bytes + body;
}

[[noreturn]] void fail(const std::string& what) {
  throw SystemError("does not follow the protocol: " + what);
}

}  // namespace

std::string frame(Kind kind) { return packed(kind); }

std::string frame(const Hello& hello) {
  return packed(Kind::hello, hello.version, hello.workers, hello.batch_size, hello.seed,
                hello.process, hello.processes);
}

std::string frame(const MemoryMap& map) {
  return packed(Kind::memory, map.theta, map.gradient, map.bytes);
}

std::string frame(const GradientRequest& request) {
  return packed(Kind::gradient, request.worker, request.step, request.first, request.samples,
                request.version);
}

std::string frame(const EvaluationRequest& request) {
  return packed(Kind::evaluate, request.version);
}

std::string one_line(std::string_view text, std::size_t longest) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return printable(line, longest, Lines::one);
}

void Answer::begin(Kind kind) {
  const auto found = static_cast<std::uint8_t>(body_.at(0));
  if (found == static_cast<std::uint8_t>(Kind::failed) && kind != Kind::failed) {
    position_ = 1;
    throw SystemError(one_line(text(), longest_failure));
  }
  if (found != static_cast<std::uint8_t>(kind)) {
    fail(fmt::format("frame {} where {} was expected", found, static_cast<int>(kind)));
  }
  position_ = 1;
}

void Answer::end() const {
  if (position_ != body_.size()) {
    fail(fmt::format("{} bytes too many in frame {}", body_.size() - position_,
                     static_cast<int>(body_.front())));
  }
}

template <class T>
T Answer::number() {
  T value;
  if (body_.size() - position_ < sizeof value) {
    fail(fmt::format("frame {} ends too early", static_cast<int>(body_.front())));
  }
  std::memcpy(&value, body_.data() + position_, sizeof value);
  position_ += sizeof value;
  return value;
}

std::string Answer::text() {
  const auto size = number<std::uint32_t>();
  if (body_.size() - position_ < size) {
    fail(fmt::format("frame {} ends too early", static_cast<int>(body_.front())));
  }
  std::string text = body_.substr(position_, size);
  position_ += size;
  return text;
}

std::string Answer::name(const char* what) {
  std::string name = text();
  if (name.size() > longest_name) {
    fail(fmt::format("{} of {} bytes, at most {} are allowed", what, name.size(), longest_name));
  }
  return one_line(name, longest_name);
}

std::int64_t Answer::samples(const char* what) {
  constexpr std::uint64_t most = 1'000'000'000'000'000;
  const auto count = number<std::uint64_t>();
  if (count > most) fail(fmt::format("{} {}, at most {} are allowed", count, what, most));
  return static_cast<std::int64_t>(count);
}

void Answer::add_tensor(Layout& layout) {
  std::string name = this->name("a tensor's name");
  const auto dimensions = number<std::uint32_t>();
  std::vector<std::int64_t> shape;
  std::uint64_t size = 1;
  for (std::uint32_t i = 0; i < dimensions; ++i) {
    const auto extent = number<std::uint64_t>();
    if (extent < 1 || extent > most_parameters / size) {
      fail(fmt::format("tensor {}: extent {} of dimension {} is not in [1, {}]", name, extent, i,
                       most_parameters / size));
    }
    size *= extent;
    shape.push_back(static_cast<std::int64_t>(extent));
  }
  layout.add(std::move(name), std::move(shape));
  if (layout.size() > most_parameters) {
    fail(fmt::format("more than {} parameters", most_parameters));
  }
}

void Answer::acknowledge(Kind kind) {
  begin(kind);
  end();
}

Description Answer::description() {
  begin(Kind::hello);
  const auto version = number<std::uint32_t>();
  if (version != protocol_version) {
    throw SystemError(fmt::format("speaks version {} of the protocol, this gradwire version {}",
                                  version, protocol_version));
  }
  Description description;
  description.iterations_per_epoch = number<std::uint64_t>();
  if (description.iterations_per_epoch < 1 || description.iterations_per_epoch > most_iterations) {
    fail(fmt::format("iterations_per_epoch must be in [1, {}], got {}", most_iterations,
                     description.iterations_per_epoch));
  }
  description.data.digest = name("a digest");
  description.data.train_samples = samples("training samples");
  description.data.test_samples = samples("test samples");
  const auto tensors = number<std::uint32_t>();
  for (std::uint32_t i = 0; i < tensors; ++i) add_tensor(description.layout);
  if (description.layout.size() == 0) fail("a model without parameters");
  end();
  return description;
}

BatchOutcome Answer::batch_outcome() {
  begin(Kind::gradient);
  BatchOutcome outcome;
  outcome.loss = number<double>();
  outcome.correct = number<std::uint64_t>();
  outcome.samples = number<std::uint64_t>();
  end();
  constexpr std::uint64_t most_samples = 1'000'000'000;
  if (outcome.samples < 1 || outcome.samples > most_samples) {
    fail(fmt::format("samples must be in [1, {}], got {}", most_samples, outcome.samples));
  }
  if (outcome.correct > outcome.samples) {
    fail(fmt::format("correct must be at most samples ({}), got {}", outcome.samples,
                     outcome.correct));
  }
  return outcome;
}

TestOutcome Answer::test_outcome() {
  begin(Kind::evaluate);
  TestOutcome outcome;
  outcome.loss = number<double>();
  outcome.accuracy = number<double>();
  end();
  if (!(outcome.accuracy >= 0.0 && outcome.accuracy <= 1.0)) {
    fail(fmt::format("accuracy must be in [0, 1], got {}", outcome.accuracy));
  }
  return outcome;
}

}  // namespace gradwire::learn::external

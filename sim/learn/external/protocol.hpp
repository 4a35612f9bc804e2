#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "sim/core/layout.hpp"
#include "sim/learn/data/data_identity.hpp"

/// Frames between gradwire and the process of an external model
/// (experiments/own-model/PROTOCOL.md). A frame is a u32 (the number of bytes that follow), a u8
/// (the kind) and the members in their order; little endian, doubles as their 8 bytes, texts as a
/// u32 (their size) and bytes. gradwire sends requests, the process answers each with a frame of
/// the same kind, or of Kind::failed.
namespace gradwire::learn::external {

/// Incremented with every change of the frames; `hello` starts with the version in all of them.
inline constexpr std::uint32_t protocol_version = 1;
inline constexpr std::size_t largest_frame = 1 << 20;

enum class Kind : std::uint8_t {
  hello = 1,   ///< Hello; answered by Description
  memory,      ///< MemoryMap: the process maps the shared memory
  parameters,  ///< the process writes theta^0 into the area of theta
  gradient,    ///< GradientRequest; answered by BatchOutcome
  evaluate,    ///< EvaluationRequest; answered by TestOutcome
  failed,      ///< only an answer: the reason, as text
};

/// Parameters of the run.
struct Hello {
  std::uint32_t version = protocol_version;
  std::uint32_t workers = 1;     ///< M
  std::uint32_t batch_size = 1;  ///< samples per worker and iteration
  std::uint64_t seed = 1;
  std::uint32_t process = 0;    ///< number of this process, from 0
  std::uint32_t processes = 1;  ///< processes of this run; each serves any worker
};

/// The process's model and data.
struct Description {
  Layout layout;
  std::uint64_t iterations_per_epoch = 0;
  DataIdentity data;  ///< the digest is empty if unknown
};

/// Positions in the shared memory, in bytes. Both areas hold d floats.
struct MemoryMap {
  std::uint64_t theta = 0;
  std::uint64_t gradient = 0;
  std::uint64_t bytes = 0;  ///< size of the memory
};

/// Requests the gradient of a minibatch's mean loss at the theta in the shared memory.
struct GradientRequest {
  std::uint32_t worker = 0;
  std::uint64_t step = 0;     ///< number of the worker's minibatches before this one
  std::uint64_t first = 0;    ///< number of samples in those minibatches
  std::uint32_t samples = 0;  ///< of this minibatch
  std::uint64_t version = 0;  ///< incremented whenever theta is written
};

/// Of the minibatch at theta. The gradient is in the shared memory.
struct BatchOutcome {
  double loss = 0.0;  ///< mean over the samples
  std::uint64_t correct = 0;
  std::uint64_t samples = 0;
};

/// Requests an evaluation on the test set at the theta in the shared memory.
struct EvaluationRequest {
  std::uint64_t version = 0;  ///< as in GradientRequest
};

struct TestOutcome {
  double loss = 0.0;      ///< mean over the test set
  double accuracy = 0.0;  ///< fraction, 0 to 1
};

/// The bytes of a request, with their length.
[[nodiscard]] std::string frame(Kind kind);
[[nodiscard]] std::string frame(const Hello& hello);
[[nodiscard]] std::string frame(const MemoryMap& map);
[[nodiscard]] std::string frame(const GradientRequest& request);
[[nodiscard]] std::string frame(const EvaluationRequest& request);

/// An answer. Each reader throws SystemError unless the frame is of the expected kind, has all its
/// members and nothing more, and each member is within its bounds; with the process's text if the
/// frame is of Kind::failed.
class Answer {
 public:
  /// `body`: the bytes after the length.
  explicit Answer(std::string body) : body_(std::move(body)) {}
  /// An answer without members.
  void acknowledge(Kind kind);
  Description description();
  BatchOutcome batch_outcome();
  TestOutcome test_outcome();

 private:
  void begin(Kind kind);
  void end() const;
  template <class T>
  T number();
  std::string text();
  std::string name(const char* what);
  std::int64_t samples(const char* what);
  void add_tensor(Layout& layout);

  std::string body_;
  std::size_t position_ = 1;
};

/// Text of a process on one line: printable(), with blanks for line feeds and tabs.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t longest);

}  // namespace gradwire::learn::external

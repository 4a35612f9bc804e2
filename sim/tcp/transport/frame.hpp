#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/core/units.hpp"

/// Control messages, outside of what is measured. A frame is a u32 (the number of bytes that
/// follow), a u8 (the kind) and the members in their order; little endian, doubles as their 8
/// bytes, texts as a u32 (their size) and bytes.
namespace gradwire::tcp {

/// Incremented with every change of the frames; `hello` starts with the same members in all
/// versions.
inline constexpr std::uint32_t protocol_version = 1;
inline constexpr std::size_t largest_frame = 1 << 16;
inline constexpr std::size_t largest_text = largest_frame / 4;
inline constexpr Bytes largest_payload{1'000'000'000'000'000};
inline constexpr Seconds longest_computation{1e9};

enum class Kind : std::uint8_t {
  hello = 1,  ///< worker, first: Hello
  welcome,    ///< server: the worker is accepted
  refused,    ///< server: Refusal; it closes the connection
  round,      ///< server: Round, the parameters of the next round
  ready,      ///< worker: ready for the round
  go,         ///< server: requests the upload
  report,     ///< server: requests the times
  times,      ///< worker: Times
  ping,       ///< server
  pong,       ///< worker: its clock
  finish,     ///< server: Finish; the run is complete
  failed,     ///< either: the reason; it closes the connection early
};

/// The command by which a worker was started.
enum class Purpose : std::uint8_t { replay = 1, calibrate };

/// The first frame of a worker.
struct Hello {
  std::uint32_t version = protocol_version;
  Purpose purpose = Purpose::replay;
  std::int64_t worker = 0;
  std::string digest;  ///< of the traces it was started with; may be empty
};

struct Refusal {
  bool wrong_input = false;  ///< the worker's exit status is 2, not 1
  std::string reason;
};

/// A worker's round: it receives `model` bytes, computes, and sends `upload` bytes. Both sizes are
/// at least 1, so that the arrival can be observed.
struct Round {
  Bytes model;
  Seconds compute;
  Bytes upload;
  bool asked = false;  ///< sends the upload only after Kind::go, else at once
};

/// The final message of a server.
struct Finish {
  std::string user_text;
  std::string file_text;
};

/// Times of a round by the worker's clock, and the bytes of the model received.
struct Times {
  Seconds model_arrival;
  Seconds computed;
  Bytes received;
};

/// The bytes of a frame.
[[nodiscard]] std::string frame(Kind kind);
[[nodiscard]] std::string frame(const Hello& hello);
[[nodiscard]] std::string frame(const Refusal& refusal);
[[nodiscard]] std::string frame(const Round& round);
[[nodiscard]] std::string frame(const Times& times);
[[nodiscard]] std::string pong_frame(Seconds now);
[[nodiscard]] std::string failed_frame(const std::string& reason);
[[nodiscard]] std::string finish_frame(const std::string& user_text, const std::string& file_text);

/// A received frame. Each reader throws SystemError unless the frame is of that kind, has all its
/// members and nothing more, and each member is within its bounds. Texts are returned printable.
class Frame {
 public:
  /// `body`: the bytes after the length; error texts begin with `sender`.
  explicit Frame(std::string body, std::string sender = "the other side");
  [[nodiscard]] Kind kind() const { return kind_; }
  /// Checks a frame without members.
  void expect(Kind kind);
  Hello hello();
  Refusal refusal();
  Round round();
  Times times();
  Seconds pong();
  Finish finish();
  /// The reason in a frame of Kind::failed.
  std::string failure();

 private:
  template <class T>
  T number();
  /// A number of bytes, at least `least`.
  Bytes bytes(const char* what, std::int64_t least);
  /// A duration in [least, most].
  Seconds seconds(const char* what, Seconds least, Seconds most);
  bool flag(const char* what);
  std::string text();
  /// A text for the user, on one line.
  std::string line();
  /// A time of the other side's clock.
  Seconds date(const char* what);
  void begin(Kind kind);
  void end() const;
  [[noreturn]] void fail(const std::string& what) const;

  std::string body_;
  std::string sender_;
  std::size_t position_ = 1;
  Kind kind_;
};

}  // namespace gradwire::tcp

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/core/units.hpp"

/// What the two sides say to each other outside of what is measured. A frame is u32 bytes that
/// follow, u8 kind, then the members in their order; little endian, doubles as their 8 bytes, texts
/// as u32 and bytes.
namespace gradwire::tcp {

/// Raised with every change of the frames; `hello` begins in all versions with the same members.
inline constexpr std::uint32_t protocol_version = 1;
inline constexpr std::size_t largest_frame = 1 << 16;
inline constexpr std::size_t largest_text = largest_frame / 4;
inline constexpr Bytes largest_payload{1'000'000'000'000'000};
inline constexpr Seconds longest_computation{1e9};

enum class Kind : std::uint8_t {
  hello = 1,  ///< worker to server, first: Hello
  welcome,    ///< server: you take part
  refused,    ///< server: Refusal, then it closes
  round,      ///< server: Round, what the next round will be
  ready,      ///< worker: let it come
  go,         ///< server: send your upload
  report,     ///< server: how was it?
  times,      ///< worker: Times
  ping,       ///< server
  pong,       ///< worker: Pong
  finish,     ///< server: all is done; a text for people and one for files
  failed,     ///< either: a text, before it closes in the middle
};

/// Which of the two commands a worker was started by.
enum class Purpose : std::uint8_t { replay = 1, calibrate };

/// The first words of a worker.
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

/// What a worker does in a round: takes `model` bytes, computes, sends `upload` bytes. Both are at
/// least 1, for something must come to be noticed.
struct Round {
  Bytes model;
  Seconds compute;
  Bytes upload;
  bool asked = false;  ///< sends only when it is told to go, else at once
};

/// The last words of a server.
struct Finish {
  std::string for_people;
  std::string for_files;
};

/// A round by the worker's clock, and what it got.
struct Times {
  Seconds model_there;
  Seconds computed;
  Bytes received;
};

/// "A kind of frame, with members" as bytes.
[[nodiscard]] std::string frame(Kind kind);
[[nodiscard]] std::string frame(const Hello& hello);
[[nodiscard]] std::string frame(const Refusal& refusal);
[[nodiscard]] std::string frame(const Round& round);
[[nodiscard]] std::string frame(const Times& times);
[[nodiscard]] std::string pong_frame(Seconds now);
[[nodiscard]] std::string failed_frame(const std::string& reason);
[[nodiscard]] std::string finish_frame(const std::string& for_people, const std::string& for_files);

/// A frame that has come. Each reader throws SystemError unless the frame is of that kind, has all
/// its members and nothing more, and each member is within its bounds. Texts come out printable.
class Frame {
 public:
  /// `body` is what follows the length; errors begin with `sender`.
  explicit Frame(std::string body, std::string sender = "the other side");
  [[nodiscard]] Kind kind() const { return kind_; }
  /// For kinds without members.
  void expect(Kind kind);
  Hello hello();
  Refusal refusal();
  Round round();
  Times times();
  Seconds pong();
  Finish finish();
  /// Of Kind::failed: the reason.
  std::string failure();

 private:
  template <class T>
  T number();
  /// A number of bytes, at least `least`.
  Bytes bytes(const char* what, std::int64_t least);
  /// In [least, most].
  Seconds seconds(const char* what, Seconds least, Seconds most);
  bool flag(const char* what);
  std::string text();
  /// A text for people, on one line.
  std::string line();
  /// Of the other side's clock.
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

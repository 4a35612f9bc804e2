#include "sim/tcp/transport/frame.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "sim/core/error.hpp"
#include "sim/core/printable.hpp"

namespace gradwire::tcp {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers go out as they lie in memory");

/// The same in all versions, so that versions can recognise each other.
constexpr std::uint64_t magic = 0x31504354'44524721;  // "!GRDTCP1"
constexpr Seconds largest_clock{1e12};                // some 30,000 years
constexpr std::size_t longest_line = 500;

template <class T>
void put(std::string& out, T number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put(std::string& out, const std::string& text) {
  // Reasons may quote any text: one that is too long is truncated and does not break the
  // connection.
  const std::string fitting = text.substr(0, largest_text);
  put(out, static_cast<std::uint32_t>(fitting.size()));
  out += fitting;
}

template <class... Members>
std::string packed(Kind kind, const Members&... members) {
  std::string body(1, static_cast<char>(kind));
  (put(body, members), ...);
  std::string bytes;
  put(bytes, static_cast<std::uint32_t>(body.size()));
  return bytes + body;
}

}  // namespace

std::string frame(Kind kind) { return packed(kind); }

std::string frame(const Hello& hello) {
  return packed(Kind::hello, magic, hello.version, static_cast<std::uint8_t>(hello.purpose),
                hello.worker, hello.digest);
}

std::string frame(const Refusal& refusal) {
  return packed(Kind::refused, static_cast<std::uint8_t>(refusal.wrong_input), refusal.reason);
}

std::string frame(const Round& round) {
  return packed(Kind::round, round.model.value, round.compute.value, round.upload.value,
                static_cast<std::uint8_t>(round.asked));
}

std::string frame(const Times& times) {
  return packed(Kind::times, times.model_arrival.value, times.computed.value, times.received.value);
}

std::string pong_frame(Seconds now) { return packed(Kind::pong, now.value); }

std::string failed_frame(const std::string& reason) { return packed(Kind::failed, reason); }

std::string finish_frame(const std::string& user_text, const std::string& file_text) {
  return packed(Kind::finish, user_text, file_text);
}

Frame::Frame(std::string body, std::string sender)
    : body_(std::move(body)), sender_(std::move(sender)), kind_{} {
  if (body_.empty()) fail("an empty frame");
  const auto kind = static_cast<std::uint8_t>(body_.front());
  if (kind < static_cast<int>(Kind::hello) || kind > static_cast<int>(Kind::failed)) {
    fail(fmt::format("there is no frame {}", kind));
  }
  kind_ = static_cast<Kind>(kind);
}

void Frame::fail(const std::string& what) const {
  throw SystemError(fmt::format("{} does not speak gradwire's protocol: {}", sender_, what));
}

void Frame::begin(Kind kind) {
  if (kind_ != kind) {
    fail(fmt::format("frame {} where {} was expected", static_cast<int>(kind_),
                     static_cast<int>(kind)));
  }
  position_ = 1;
}

void Frame::end() const {
  if (position_ != body_.size()) {
    fail(fmt::format("{} bytes too many in frame {}", body_.size() - position_,
                     static_cast<int>(kind_)));
  }
}

template <class T>
T Frame::number() {
  T value;
  if (body_.size() - position_ < sizeof value) {
    fail(fmt::format("frame {} ends too early", static_cast<int>(kind_)));
  }
  std::memcpy(&value, body_.data() + position_, sizeof value);
  position_ += sizeof value;
  return value;
}

Bytes Frame::bytes(const char* what, std::int64_t least) {
  const auto value = number<std::int64_t>();
  if (value < least || value > largest_payload.value) {
    fail(
        fmt::format("{} of {} bytes, must be {} to {}", what, value, least, largest_payload.value));
  }
  return {value};
}

Seconds Frame::seconds(const char* what, Seconds least, Seconds most) {
  const Seconds value{number<double>()};
  if (!(value >= least && value <= most)) {  // false for NaN
    fail(fmt::format("{} of {:g} s, must be {:g} to {:g}", what, value.value, least.value,
                     most.value));
  }
  return value;
}

Seconds Frame::date(const char* what) {
  return seconds(what, Seconds{} - largest_clock, largest_clock);
}

bool Frame::flag(const char* what) {
  const auto value = number<std::uint8_t>();
  if (value > 1) fail(fmt::format("{} is {}, must be 0 or 1", what, value));
  return value == 1;
}

std::string Frame::text() {
  const auto size = number<std::uint32_t>();
  const std::size_t left = body_.size() - position_;
  if (size > left || size > largest_text) {
    fail(fmt::format("a text of {} bytes, {} are left and {} may be", size, left, largest_text));
  }
  position_ += size;
  return printable(std::string_view(body_).substr(position_ - size, size), largest_text,
                   Lines::many);
}

std::string Frame::line() { return printable(text(), longest_line, Lines::one); }

void Frame::expect(Kind kind) {
  begin(kind);
  end();
}

Hello Frame::hello() {
  begin(Kind::hello);
  if (number<std::uint64_t>() != magic) fail("it is no worker of gradwire");
  Hello hello{.version = number<std::uint32_t>(), .digest = {}};
  if (hello.version != protocol_version) return hello;  // other versions may have other members
  const auto purpose = number<std::uint8_t>();
  hello.purpose = static_cast<Purpose>(purpose);
  if (hello.purpose != Purpose::replay && hello.purpose != Purpose::calibrate) {
    fail(fmt::format("there is no purpose {}", purpose));
  }
  hello.worker = number<std::int64_t>();
  hello.digest = line();
  end();
  return hello;
}

Refusal Frame::refusal() {
  begin(Kind::refused);
  Refusal refusal{.wrong_input = flag("wrong input"), .reason = {}};
  refusal.reason = line();
  end();
  return refusal;
}

Round Frame::round() {
  begin(Kind::round);
  Round round;
  round.model = bytes("a model", 1);
  round.compute = seconds("a computation", {}, longest_computation);
  round.upload = bytes("an upload", 1);
  round.asked = flag("asked");
  end();
  return round;
}

Times Frame::times() {
  begin(Kind::times);
  Times times;
  times.model_arrival = date("a clock");
  times.computed = date("a clock");
  times.received = bytes("what was received", 0);
  end();
  return times;
}

Seconds Frame::pong() {
  begin(Kind::pong);
  const Seconds clock = date("a clock");
  end();
  return clock;
}

Finish Frame::finish() {
  begin(Kind::finish);
  Finish finish;
  finish.user_text = text();
  finish.file_text = text();
  end();
  return finish;
}

std::string Frame::failure() {
  begin(Kind::failed);
  std::string reason = line();
  end();
  return reason;
}

}  // namespace gradwire::tcp

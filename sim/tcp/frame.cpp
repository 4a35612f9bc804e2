#include "sim/tcp/frame.hpp"

#include <bit>
#include <cstring>

#include "sim/core/error.hpp"

namespace gradwire::tcp {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers go out as they lie in memory");

/// The same in all versions, so that they can tell each other apart.
constexpr std::uint64_t magic = 0x31504354'44524721;  // "!GRDTCP1"

template <class T>
void put(std::string& out, T number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put(std::string& out, const std::string& text) {
  // Reasons may quote anything: what does not fit is cut, never the connection.
  const std::string fitting = text.substr(0, largest_frame / 4);
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
  return packed(Kind::times, times.model_there.value, times.computed.value, times.received.value);
}

std::string pong_frame(Seconds now) { return packed(Kind::pong, now.value); }

std::string failed_frame(const std::string& reason) { return packed(Kind::failed, reason); }

std::string finish_frame(const std::string& for_people, const std::string& for_files) {
  return packed(Kind::finish, for_people, for_files);
}

Frame::Frame(std::string body) : body_(std::move(body)), kind_(static_cast<Kind>(body_.at(0))) {}

template <class T>
T Frame::number() {
  T value;
  if (body_.size() - position_ < sizeof value) throw SystemError("a frame ends too early");
  std::memcpy(&value, body_.data() + position_, sizeof value);
  position_ += sizeof value;
  return value;
}

std::string Frame::text() {
  const auto size = number<std::uint32_t>();
  if (body_.size() - position_ < size) throw SystemError("a frame ends too early");
  position_ += size;
  return body_.substr(position_ - size, size);
}

Seconds Frame::seconds() { return {number<double>()}; }

Hello Frame::hello() {
  if (kind_ != Kind::hello || number<std::uint64_t>() != magic) {
    throw SystemError("it is no worker of gradwire");
  }
  Hello hello{.version = number<std::uint32_t>(), .digest = {}};
  if (hello.version != protocol_version) return hello;  // who knows what follows
  hello.purpose = static_cast<Purpose>(number<std::uint8_t>());
  hello.worker = number<std::int64_t>();
  hello.digest = text();
  return hello;
}

Refusal Frame::refusal() {
  const bool wrong_input = number<std::uint8_t>() != 0;
  return {.wrong_input = wrong_input, .reason = text()};
}

Round Frame::round() {
  Round round;
  round.model = {number<std::int64_t>()};
  round.compute = seconds();
  round.upload = {number<std::int64_t>()};
  round.asked = number<std::uint8_t>() != 0;
  return round;
}

Times Frame::times() {
  Times times;
  times.model_there = seconds();
  times.computed = seconds();
  times.received = {number<std::int64_t>()};
  return times;
}

}  // namespace gradwire::tcp

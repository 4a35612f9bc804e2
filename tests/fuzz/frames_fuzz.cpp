// Target: bytes from a TCP peer, taken by an inbox in pieces, each frame parsed by the reader of
// its kind; also an address from the command line.

#include <algorithm>
#include <cstdlib>
#include <string>

#include "sim/core/printable.hpp"
#include "sim/tcp/transport/address.hpp"
#include "sim/tcp/transport/inbox.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace gradwire::tcp {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void require_printable(const std::string& text, Lines lines) {
  require(printable(text, largest_text, lines) == text);
}

void read(Frame& frame) {
  switch (frame.kind()) {
    case Kind::hello:
      require_printable(frame.hello().digest, Lines::one);
      break;
    case Kind::refused:
      require_printable(frame.refusal().reason, Lines::one);
      break;
    case Kind::round: {
      const Round round = frame.round();
      require(round.model.value >= 1 && round.upload.value >= 1 && round.compute.value >= 0);
      break;
    }
    case Kind::times:
      require(frame.times().received.value >= 0);
      break;
    case Kind::pong:
      require(frame.pong() == frame.pong());  // fails for NaN
      break;
    case Kind::finish: {
      const Finish finish = frame.finish();
      require_printable(finish.user_text, Lines::many);
      require_printable(finish.file_text, Lines::many);
      break;
    }
    default:
      frame.expect(frame.kind());
  }
}

/// Feeds `bytes` to an inbox, `pieces` bytes at a time; the first `due` are payload.
void receive(std::string_view bytes, std::size_t pieces, std::int64_t due) {
  Inbox inbox("peer");
  inbox.expect_payload({due});
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, pieces);
    bytes.remove_prefix(piece.size());
    inbox.append(piece);
    while (auto frame = inbox.take_frame()) {
      read(*frame);
      if (frame->kind() == Kind::round) inbox.expect_payload(frame->round().model);
    }
  }
}

}  // namespace
}  // namespace gradwire::tcp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gradwire;
  if (size < 2) return 0;
  const std::string_view bytes = fuzz::text_of(data + 2, size - 2);
  fuzz::expect_refusal_or_success([&] { tcp::receive(bytes, 1 + data[0], data[1]); });
  fuzz::expect_refusal_or_success([&] {
    tcp::Frame frame{std::string(bytes)};
    tcp::read(frame);
  });
  fuzz::expect_refusal_or_success(
      [&] { static_cast<void>(tcp::parse_address(bytes, {}, "--connect")); });
  return 0;
}

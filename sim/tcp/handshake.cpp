#include "sim/tcp/handshake.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/tcp/transport/clock.hpp"

namespace gradwire::tcp {
namespace {

/// A worker sends its hello as soon as it is connected.
constexpr Seconds longest_introduction{10};
constexpr std::size_t most_guests = 128;
constexpr int most_accepted_at_once = 64;
constexpr Seconds pause_without_descriptors{0.2};
/// Plus two per worker.
constexpr std::size_t most_lines = 50;

}  // namespace

Handshake::Handshake(Listener& listener, ExpectedWorkers expected, Timeouts timeouts,
                     const WorkerPool::Tell& tell)
    : listener_(listener),
      expected_(std::move(expected)),
      timeouts_(std::move(timeouts)),
      tell_(tell),
      workers_(expected_.workers),
      last_join_(now()),
      lines_left_(most_lines + 2 * expected_.workers) {}

std::vector<std::unique_ptr<Stream>> Handshake::all() {
  while (!missing().empty()) {
    wait();
    accept_guests();
    poll_pending();
    drop_disconnected();
    if (now() - last_join_ > timeouts_.idle_timeout) {
      throw SystemError(fmt::format("waited {:g} s for {}, in vain{}{}",
                                    timeouts_.idle_timeout.value, missing(),
                                    accept_error_.empty() ? "" : "; ", accept_error_));
    }
  }
  return std::move(workers_);
}

std::string Handshake::missing() const {
  std::string names;
  int count = 0;
  for (std::size_t m = 0; m < workers_.size(); ++m) {
    if (expected_.wanted[m] == 0 || workers_[m]) continue;
    ++count;
    if (count <= 10) names += (names.empty() ? "" : ", ") + std::to_string(m);
  }
  if (count == 0) return "";
  if (count > 10) names += fmt::format(" and {} more", count - 10);
  return (count > 1 ? "workers " : "worker ") + names;
}

void Handshake::wait() {
  const bool accepts = now() >= accepts_again_;
  std::vector<pollfd> waiting{{accepts ? listener_.descriptor() : -1, POLLIN, 0}};
  for (const Pending& guest : guests_) waiting.push_back({guest.stream->descriptor(), POLLIN, 0});
  for (const auto& worker : workers_) {
    if (worker) waiting.push_back({worker->descriptor(), POLLIN, 0});
  }
  ::poll(waiting.data(), waiting.size(), 200);
  if (timeouts_.interrupted()) throw Interrupted();
}

void Handshake::accept_guests() {
  if (now() < accepts_again_) return;
  try {
    for (int i = 0; i < most_accepted_at_once; ++i) {
      auto accepted = listener_.accept();
      if (!accepted) break;
      guests_.push_back(
          {.stream = std::make_unique<Stream>(std::move(accepted->socket), accepted->from),
           .came = now()});
    }
  } catch (const OutOfDescriptors& error) {
    if (accept_error_.empty()) tell(error.what());
    accept_error_ = error.what();
    if (guests_.empty()) accepts_again_ = now() + pause_without_descriptors;
    for (std::size_t some = (guests_.size() + 1) / 2; some > 0; --some) {
      close_oldest_pending("no descriptor is left for others");
    }
  }
  while (guests_.size() > most_guests) close_oldest_pending("too many wait");
}

void Handshake::close_oldest_pending(const std::string& why) {
  tell(fmt::format("{} connected, said nothing and was sent away: {}",
                   guests_.front().stream->peer(), why));
  guests_.pop_front();
}

void Handshake::tell(const std::string& line) {
  if (lines_left_ == 0) return;
  tell_(line);
  if (--lines_left_ == 0) tell_("no more is said of who comes and goes");
}

void Handshake::poll_pending() {
  for (auto guest = guests_.begin(); guest != guests_.end();) {
    const std::string from = guest->stream->peer();
    bool stays = false;
    try {
      stays = still_silent(*guest);
    } catch (const SystemError& error) {
      tell(fmt::format("{} connected and was sent away: {}", from, error.what()));
    }
    guest = stays ? std::next(guest) : guests_.erase(guest);
  }
}

bool Handshake::still_silent(Pending& guest) {
  guest.stream->receive();
  auto frame = guest.stream->take_frame();
  if (frame) answer(guest.stream, frame->hello());
  if (frame || guest.stream->closed()) return false;
  const Seconds longest = std::min(longest_introduction, timeouts_.idle_timeout);
  if (now() - guest.came > longest) {
    throw SystemError(fmt::format("it did not say in {:g} s who it is", longest.value));
  }
  return true;
}

void Handshake::answer(std::unique_ptr<Stream>& guest, const Hello& hello) {
  const Refusal refusal = refusal_for(hello);
  if (!refusal.reason.empty()) {
    guest->send(frame(refusal));
    throw SystemError(refusal.reason);
  }
  guest->rename(expected_.purpose == Purpose::calibrate
                    ? guest->peer()
                    : fmt::format("worker {} ({})", hello.worker, guest->peer()));
  tell(fmt::format("{} is here", guest->peer()));
  guest->send(frame(Kind::welcome));
  workers_[static_cast<std::size_t>(hello.worker)] = std::move(guest);
  // A worker that reconnects repeatedly does not extend the wait for the others.
  const auto here = static_cast<std::size_t>(
      std::ranges::count_if(workers_, [](const auto& worker) { return worker != nullptr; }));
  if (here > max_joined_) last_join_ = now();
  max_joined_ = std::max(max_joined_, here);
}

Refusal Handshake::refusal_for(const Hello& hello) const {
  if (hello.version != protocol_version) {
    return {.reason = fmt::format("it speaks version {} of the protocol, the server version {}",
                                  hello.version, protocol_version)};
  }
  if (hello.purpose != expected_.purpose) {
    return {.wrong_input = true,
            .reason = fmt::format("the server was started by gradwire {}",
                                  expected_.purpose == Purpose::replay ? "replay" : "calibrate")};
  }
  const auto m = static_cast<std::size_t>(hello.worker);
  if (hello.worker < 0 || m >= workers_.size()) {
    return {.wrong_input = true,
            .reason = fmt::format("there is no worker {}: the server's runs have workers 0 to {}",
                                  hello.worker, workers_.size() - 1)};
  }
  if (expected_.wanted[m] == 0) {
    return {.wrong_input = true,
            .reason = fmt::format("worker {} lives with the server (protocol.server)", m)};
  }
  if (workers_[m]) return {.reason = fmt::format("worker {} is here already", m)};
  if (!hello.digest.empty() && hello.digest != expected_.digest) {
    return {.wrong_input = true,
            .reason = fmt::format("the results on worker {}'s host are not the server's: the "
                                  "traces differ",
                                  m)};
  }
  return {};
}

void Handshake::drop_disconnected() {
  for (auto& worker : workers_) {
    if (!worker) continue;
    try {
      worker->receive();
      if (!worker->closed()) continue;
      worker->fail_closed();
    } catch (const SystemError& error) {
      tell(error.what());
    }
    worker.reset();
  }
}

}  // namespace gradwire::tcp

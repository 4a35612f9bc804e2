#include "sim/tcp/gathering.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/tcp/clock.hpp"

namespace gradwire::tcp {
namespace {

/// A worker introduces itself as soon as it is connected.
constexpr Seconds longest_introduction{10};
constexpr std::size_t most_guests = 128;
constexpr int most_accepted_at_once = 64;
constexpr Seconds pause_without_descriptors{0.2};
/// And two for each worker.
constexpr std::size_t most_lines = 50;

}  // namespace

Gathering::Gathering(Listener& listener, Invitation invitation, Patience patience,
                     const Party::Tell& tell)
    : listener_(listener),
      invitation_(std::move(invitation)),
      patience_(std::move(patience)),
      tell_(tell),
      workers_(invitation_.workers),
      last_came_(now()),
      lines_left_(most_lines + 2 * invitation_.workers) {}

std::vector<std::unique_ptr<Stream>> Gathering::all() {
  while (!missing().empty()) {
    wait();
    accept_guests();
    look_after_guests();
    forget_those_who_left();
    if (now() - last_came_ > patience_.silence) {
      throw SystemError(fmt::format("waited {:g} s for {}, in vain{}{}", patience_.silence.value,
                                    missing(), hindrance_.empty() ? "" : "; ", hindrance_));
    }
  }
  return std::move(workers_);
}

std::string Gathering::missing() const {
  std::string names;
  int count = 0;
  for (std::size_t m = 0; m < workers_.size(); ++m) {
    if (invitation_.wanted[m] == 0 || workers_[m]) continue;
    ++count;
    if (count <= 10) names += (names.empty() ? "" : ", ") + std::to_string(m);
  }
  if (count == 0) return "";
  if (count > 10) names += fmt::format(" and {} more", count - 10);
  return (count > 1 ? "workers " : "worker ") + names;
}

void Gathering::wait() {
  const bool accepts = now() >= accepts_again_;
  std::vector<pollfd> waiting{{accepts ? listener_.descriptor() : -1, POLLIN, 0}};
  for (const Guest& guest : guests_) waiting.push_back({guest.stream->descriptor(), POLLIN, 0});
  for (const auto& worker : workers_) {
    if (worker) waiting.push_back({worker->descriptor(), POLLIN, 0});
  }
  ::poll(waiting.data(), waiting.size(), 200);
  if (patience_.interrupted()) throw Interrupted();
}

void Gathering::accept_guests() {
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
    if (hindrance_.empty()) tell(error.what());
    hindrance_ = error.what();
    if (guests_.empty()) accepts_again_ = now() + pause_without_descriptors;
    for (std::size_t some = (guests_.size() + 1) / 2; some > 0; --some) {
      dismiss_oldest_guest("no descriptor is left for others");
    }
  }
  while (guests_.size() > most_guests) dismiss_oldest_guest("too many wait");
}

void Gathering::dismiss_oldest_guest(const std::string& why) {
  tell(fmt::format("{} connected, said nothing and was sent away: {}",
                   guests_.front().stream->peer(), why));
  guests_.pop_front();
}

void Gathering::tell(const std::string& line) {
  if (lines_left_ == 0) return;
  tell_(line);
  if (--lines_left_ == 0) tell_("no more is said of who comes and goes");
}

void Gathering::look_after_guests() {
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

bool Gathering::still_silent(Guest& guest) {
  guest.stream->receive();
  auto frame = guest.stream->take_frame();
  if (frame) answer(guest.stream, frame->hello());
  if (frame || guest.stream->closed()) return false;
  const Seconds longest = std::min(longest_introduction, patience_.silence);
  if (now() - guest.came > longest) {
    throw SystemError(fmt::format("it did not say in {:g} s who it is", longest.value));
  }
  return true;
}

void Gathering::answer(std::unique_ptr<Stream>& guest, const Hello& hello) {
  const Refusal refusal = why_not(hello);
  if (!refusal.reason.empty()) {
    guest->send(frame(refusal));
    throw SystemError(refusal.reason);
  }
  guest->rename(invitation_.purpose == Purpose::calibrate
                    ? guest->peer()
                    : fmt::format("worker {} ({})", hello.worker, guest->peer()));
  tell(fmt::format("{} is here", guest->peer()));
  guest->send(frame(Kind::welcome));
  workers_[static_cast<std::size_t>(hello.worker)] = std::move(guest);
  // Who comes and goes again and again does not prolong the wait for the others.
  const auto here = static_cast<std::size_t>(
      std::ranges::count_if(workers_, [](const auto& worker) { return worker != nullptr; }));
  if (here > most_here_) last_came_ = now();
  most_here_ = std::max(most_here_, here);
}

Refusal Gathering::why_not(const Hello& hello) const {
  if (hello.version != protocol_version) {
    return {.reason = fmt::format("it speaks version {} of the protocol, the server version {}",
                                  hello.version, protocol_version)};
  }
  if (hello.purpose != invitation_.purpose) {
    return {.wrong_input = true,
            .reason = fmt::format("the server was started by gradwire {}",
                                  invitation_.purpose == Purpose::replay ? "replay" : "calibrate")};
  }
  const auto m = static_cast<std::size_t>(hello.worker);
  if (hello.worker < 0 || m >= workers_.size()) {
    return {.wrong_input = true,
            .reason = fmt::format("there is no worker {}: the server's runs have workers 0 to {}",
                                  hello.worker, workers_.size() - 1)};
  }
  if (invitation_.wanted[m] == 0) {
    return {.wrong_input = true,
            .reason = fmt::format("worker {} lives with the server (protocol.server)", m)};
  }
  if (workers_[m]) return {.reason = fmt::format("worker {} is here already", m)};
  if (!hello.digest.empty() && hello.digest != invitation_.digest) {
    return {.wrong_input = true,
            .reason = fmt::format("the results on worker {}'s host are not the server's: the "
                                  "traces differ",
                                  m)};
  }
  return {};
}

void Gathering::forget_those_who_left() {
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

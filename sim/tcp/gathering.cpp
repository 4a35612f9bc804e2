#include "sim/tcp/gathering.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/tcp/clock.hpp"

namespace gradwire::tcp {

Gathering::Gathering(Listener& listener, Invitation invitation, Patience patience,
                     const Party::Tell& tell)
    : listener_(listener),
      invitation_(std::move(invitation)),
      patience_(std::move(patience)),
      tell_(tell),
      workers_(invitation_.workers),
      last_came_(now()) {}

std::vector<std::unique_ptr<Stream>> Gathering::all() {
  while (!missing().empty()) {
    wait();
    while (auto accepted = listener_.accept()) {
      guests_.push_back(std::make_unique<Stream>(std::move(accepted->socket), accepted->from));
    }
    look_after_guests();
    forget_those_who_left();
    if (now() - last_came_ > patience_.silence) {
      throw SystemError(
          fmt::format("waited {:g} s for {}, in vain", patience_.silence.value, missing()));
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
  std::vector<pollfd> waiting{{listener_.descriptor(), POLLIN, 0}};
  for (const auto& guest : guests_) waiting.push_back({guest->descriptor(), POLLIN, 0});
  for (const auto& worker : workers_) {
    if (worker) waiting.push_back({worker->descriptor(), POLLIN, 0});
  }
  ::poll(waiting.data(), waiting.size(), 200);
  if (patience_.interrupted()) throw Interrupted();
}

void Gathering::look_after_guests() {
  for (auto guest = guests_.begin(); guest != guests_.end();) {
    const std::string from = (*guest)->peer();
    bool stays = false;
    try {
      stays = still_silent(*guest);
    } catch (const SystemError& error) {
      tell_(fmt::format("{} connected and was sent away: {}", from, error.what()));
    }
    guest = stays ? std::next(guest) : guests_.erase(guest);
  }
}

bool Gathering::still_silent(std::unique_ptr<Stream>& guest) {
  guest->receive();
  auto frame = guest->take_frame();
  if (frame) answer(guest, frame->hello());
  return !frame && !guest->closed();
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
  tell_(fmt::format("{} is here", guest->peer()));
  guest->send(frame(Kind::welcome));
  workers_[static_cast<std::size_t>(hello.worker)] = std::move(guest);
  last_came_ = now();
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
      tell_(error.what());
    }
    worker.reset();
  }
}

}  // namespace gradwire::tcp

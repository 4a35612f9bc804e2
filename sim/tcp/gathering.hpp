#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "sim/tcp/party.hpp"

namespace gradwire::tcp {

/// Lets workers in until all are there.
class Gathering {
 public:
  Gathering(Listener& listener, Invitation invitation, Patience patience, const Party::Tell& tell);

  /// [workers]; null where nobody was wanted.
  [[nodiscard]] std::vector<std::unique_ptr<Stream>> all();

 private:
  void wait();
  void look_after_guests();
  /// Whether the guest stays a guest; welcomes or refuses it otherwise.
  bool still_silent(std::unique_ptr<Stream>& guest);
  void answer(std::unique_ptr<Stream>& guest, const Hello& hello);
  [[nodiscard]] Refusal why_not(const Hello& hello) const;
  /// Workers that went away before it began may come again.
  void forget_those_who_left();
  [[nodiscard]] std::string missing() const;

  Listener& listener_;
  Invitation invitation_;
  Patience patience_;
  const Party::Tell& tell_;
  std::list<std::unique_ptr<Stream>> guests_;  ///< have not said who they are
  std::vector<std::unique_ptr<Stream>> workers_;
  Seconds last_came_;
};

}  // namespace gradwire::tcp

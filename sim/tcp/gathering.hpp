#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "sim/tcp/party.hpp"

namespace gradwire::tcp {

/// Lets workers in until all are there. Connections that are no workers cost little: a silent one
/// is closed after some seconds, the number of them is bounded, and they delay nobody.
class Gathering {
 public:
  Gathering(Listener& listener, Invitation invitation, Patience patience, const Party::Tell& tell);

  /// [workers]; null where nobody was wanted.
  [[nodiscard]] std::vector<std::unique_ptr<Stream>> all();

 private:
  /// A connection that has not said who it is.
  struct Guest {
    std::unique_ptr<Stream> stream;
    Seconds came;
  };

  void wait();
  void accept_guests();
  /// Room for others; the one that was silent for longest goes.
  void dismiss_oldest_guest(const std::string& why);
  void look_after_guests();
  /// Whether the guest stays a guest; welcomes or refuses it otherwise.
  bool still_silent(Guest& guest);
  void answer(std::unique_ptr<Stream>& guest, const Hello& hello);
  [[nodiscard]] Refusal why_not(const Hello& hello) const;
  /// Workers that went away before it began may come again.
  void forget_those_who_left();
  [[nodiscard]] std::string missing() const;
  /// A line for people, of a bounded number of them.
  void tell(const std::string& line);

  Listener& listener_;
  Invitation invitation_;
  Patience patience_;
  const Party::Tell& tell_;
  std::list<Guest> guests_;  ///< in the order in which they came
  std::vector<std::unique_ptr<Stream>> workers_;
  std::size_t most_here_ = 0;  ///< workers at a time
  Seconds last_came_;          ///< when there were more than ever before
  Seconds accepts_again_;      ///< not before, for want of descriptors
  std::string hindrance_;      ///< why some could not be accepted
  std::size_t lines_left_;
};

}  // namespace gradwire::tcp

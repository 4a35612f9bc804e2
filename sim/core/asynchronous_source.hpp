#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/iteration_work.hpp"

namespace gradwire {

/// When a client's push leaves in a turn.
enum class PushTime {
  none,
  beside_fetch,      ///< at once with the request for the model, which need not contain it
  before_computing,  ///< once the model has arrived; it moves while the client computes
  after_computing
};

/// What a client does between two points at which it may exchange messages: it fetches the server's
/// model and waits for it, computes, and pushes.
struct ClientTurn {
  bool fetches = true;
  PushTime push = PushTime::after_computing;
  std::int64_t steps = 1;  ///< minibatches that it computes
  friend bool operator==(const ClientTurn&, const ClientTurn&) = default;
};

/// A push that the server has applied, or a shard of it its slice.
struct AppliedPush {
  std::int64_t staleness = 0;  ///< versions since that of the model from which it was made
  std::int64_t version = 0;    ///< of the server's model afterwards
  Transmission sent;           ///< the whole push
  bool is_complete = true;     ///< all shards have applied their slices
};

/// The learning of an asynchronous method, as the network drives it. All calls come from one
/// thread, in the order of simulated time. A turn of a client is, as far as its ClientTurn says:
/// next_turn(), push() beside the fetch, fetch(), receive(), push() before computing, begin(),
/// end() with the push after computing. An iteration is M applied pushes.
///
/// The server may have several shards, from 0, each of which sends its stretch of the model and
/// applies its slices of the pushes by itself (D63). Then only clients whose hosts stay up exist.
class AsynchronousSource {
 public:
  virtual ~AsynchronousSource() = default;

  [[nodiscard]] virtual const EncodingNames& encodings() const = 0;
  /// d
  [[nodiscard]] virtual std::int64_t parameters() const = 0;
  /// Whether calls do arithmetic, for which their thread needs a large stack.
  [[nodiscard]] virtual bool computes() const = 0;

  /// Begins the client's next turn. The first after the beginning or fail() fetches.
  virtual ClientTurn next_turn(int client) = 0;
  /// Whether the shard answers the client's request now; else after a later apply().
  [[nodiscard]] virtual bool answers(int client, int shard) const = 0;
  /// The shard sends its newest stretch. Returns its version.
  virtual std::int64_t fetch(int client, int shard) = 0;
  /// The stretches of all shards have arrived.
  virtual void receive(int client) = 0;
  /// A push that leaves before the client computes.
  virtual Transmission push(int client) = 0;
  /// The computation of a turn begins.
  virtual void begin(int client) = 0;
  /// It ends. Returns the turn's push after computing; empty if there is none.
  virtual Transmission end(int client) = 0;
  /// [S] of the slices of the client's newest push, where they do not follow from its length; else
  /// empty.
  [[nodiscard]] virtual std::vector<Transmission> slices(int client) const = 0;
  /// Gradients, in units of one minibatch of the configured size, that a step costs.
  [[nodiscard]] virtual double gradients_per_step(int client) const = 0;
  /// The shard applies its slice of the client's oldest push of which it has not.
  virtual AppliedPush apply(int client, int shard) = 0;
  /// The iteration is complete. Its work is valid until the next call: a part per worker, and its
  /// pushes as `edges`, from a client to itself, in the order in which they were applied; one that
  /// was lost is followed by an edge of nothing. With shards each is followed by its slices().
  virtual const IterationWork& finish_iteration() = 0;
  /// The client's host failed: what it computed is lost, and its pushes, except the oldest
  /// `arrived` ones, which the server has received and not applied yet.
  virtual void fail(int client, std::int64_t arrived) = 0;
};

}  // namespace gradwire

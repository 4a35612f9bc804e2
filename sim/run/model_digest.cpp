#include "sim/run/model_digest.hpp"

#include <sstream>
#include <string_view>

#include "sim/scenario/digest.hpp"

namespace gradwire {

std::string model_digest(const ModelVersion& model, Problem& problem) {
  const Vector theta = model.plain();
  const std::string_view bytes(reinterpret_cast<const char*>(theta.data()),
                               theta.size() * sizeof(float));
  if (!problem.evaluation_has_state()) return scenario::digest_of(bytes);
  std::ostringstream state;
  problem.save_state(state);
  return scenario::digest_of(std::string(bytes) + state.str());
}

}  // namespace gradwire

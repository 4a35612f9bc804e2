#pragma once

namespace cereal {
class BinaryOutputArchive;
class BinaryInputArchive;
}  // namespace cereal

/// The archives of core/archive.hpp, for declarations.
namespace gradwire {

using SavingArchive = cereal::BinaryOutputArchive;
using LoadingArchive = cereal::BinaryInputArchive;

}  // namespace gradwire

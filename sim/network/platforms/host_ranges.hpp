#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gradwire::network {

/// "node-[0-2,7].site" -> "node-0.site", "node-1.site", "node-2.site", "node-7.site"; a name
/// without brackets expands to itself. Numbers have at least the digits of the range's first:
/// "[08-10]" -> "08", "09", "10". Throws InputError for brackets without ranges, and for more than
/// `most` names.
[[nodiscard]] std::vector<std::string> expand_hosts(const std::string& pattern, std::size_t most);

/// A short list of such patterns that expands to `names`, which must be distinct: names that differ
/// only in one number are merged. The result does not depend on the order of `names`.
[[nodiscard]] std::vector<std::string> collapse_hosts(const std::vector<std::string>& names);

}  // namespace gradwire::network

#pragma once

namespace gradwire {

/// Lets this process keep large blocks that it has freed for its next ones. Without it each vector
/// of a megabyte goes back to the system and comes anew, page by page, zeroed: half of the time of
/// an iteration that sends whole gradients. To be called once, before the work.
void keep_freed_memory();

}  // namespace gradwire

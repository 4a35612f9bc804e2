#pragma once

namespace gradwire {

/// Lets this process keep large blocks that it has freed for its next ones. Without it each vector
/// of a megabyte goes back to the system and comes anew, page by page, zeroed: half of the time of
/// an iteration that sends whole gradients. To be called once, before the work.
void keep_freed_memory();

/// Tells the system that the heap behind `block`, which was just allocated and not yet written,
/// may lie on large pages: vectors of megabytes are read end to end, and looking up small pages is
/// a twentieth of an iteration's time. Costs nothing where the heap has not grown. From any thread.
void prefer_large_pages(const void* block);

}  // namespace gradwire

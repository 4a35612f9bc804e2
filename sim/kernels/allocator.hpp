#pragma once

namespace gradwire {

/// Makes the allocator keep freed large blocks for later allocations. Otherwise every vector of a
/// megabyte is returned to the system and mapped again, page by page and zeroed, which is half of
/// the time of an iteration that sends whole gradients. Call once, before the first large
/// allocation.
void tune_allocator();

/// Advises the system to use huge pages for the new part of the heap that contains `block`, which
/// has just been allocated and not yet been written: vectors of megabytes are read sequentially,
/// and the address translation of small pages takes a twentieth of an iteration's time. Costs
/// nothing if the heap has not grown. Thread-safe.
void advise_hugepages(const void* block);

}  // namespace gradwire

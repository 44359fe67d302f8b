// allocations.hpp -- how often this thread called operator new (allocations.cpp), to prove that a call does
// not allocate.
#pragma once
#include <cstdint>

namespace fenchel {
std::int64_t allocations();
std::int64_t allocated_bytes();  // that it asked for, whatever it gave back
}  // namespace fenchel

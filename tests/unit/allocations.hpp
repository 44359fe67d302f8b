// allocations.hpp -- how often this thread called operator new (allocations.cpp), to prove that a call does
// not allocate.
#pragma once
#include <cstdint>

namespace fenchel {
std::int64_t allocations();
}  // namespace fenchel

// allocations.cpp -- replaces operator new for unit_tests, to count. In a file of its own: seen together with its
// users, the compiler takes the pair of malloc and free for a mistake.
#include "allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
thread_local std::int64_t allocated = 0, bytes = 0;
}  // namespace

namespace fenchel {
std::int64_t allocations() { return allocated; }
std::int64_t allocated_bytes() { return bytes; }
}  // namespace fenchel

void* operator new(std::size_t size) {
  ++allocated;
  bytes += static_cast<std::int64_t>(size);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
// std::stable_sort asks this one: left out, a sanitizer's own would meet our delete.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocated;
  bytes += static_cast<std::int64_t>(size);
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

// scratch.hpp -- a cursor over memory that a solver took in init, handed down to the terms it calls.
//
// Passed by value: what a callee takes is free again when it returns. A term says beforehand how much it takes at most
// (scratch_bytes), composite terms add up what theirs take.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/buffer.hpp"
#include "base/error.hpp"

namespace fenchel {

// What one take<T>(n) may use up, alignment included.
template <class T>
constexpr index scratch_for(index n) {
  return n * static_cast<index>(sizeof(T)) + 64;
}

class Scratch {
 public:
  Scratch() = default;
  Scratch(std::byte* begin, index bytes) : next_(begin), end_(begin + bytes) {}
  explicit Scratch(Buffer<std::byte>& memory) : Scratch(memory.data(), memory.size()) {}

  template <class T>
  T* take(index n) {
    const auto address = (reinterpret_cast<std::uintptr_t>(next_) + 63) & ~std::uintptr_t{63};
    const auto bytes = static_cast<std::uintptr_t>(n) * sizeof(T);
    if (next_ == nullptr || address + bytes > reinterpret_cast<std::uintptr_t>(end_))
      fail(Status::INTERNAL, "scratch memory is short by some of % bytes: a term's scratch_bytes is too small",
           static_cast<std::int64_t>(bytes));
    next_ = reinterpret_cast<std::byte*>(address + bytes);
    return reinterpret_cast<T*>(address);
  }

 private:
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
};

}  // namespace fenchel

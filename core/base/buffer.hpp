// buffer.hpp -- an owned, 64-byte aligned, uninitialised array. All memory of a solver is taken through it, in init.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#include "base/types.hpp"

namespace fenchel {

template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(index size) { resize(size); }
  Buffer(index size, T value) : Buffer(size) { fill(value); }
  Buffer(Buffer&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { release(); }

  // Contents are lost when it grows; never shrinks its memory, so a solver that is bound again allocates nothing.
  void resize(index size) {
    if (size > capacity_) {
      release();
      constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4;
      if (static_cast<std::size_t>(size) > most / sizeof(T)) throw std::bad_alloc();
      // Aligned by hand: for small blocks plain new is several times faster than aligned new.
      block_ = ::operator new(static_cast<std::size_t>(size) * sizeof(T) + kAlign);
      const auto address = reinterpret_cast<std::uintptr_t>(block_);
      data_ = reinterpret_cast<T*>((address + kAlign - 1) & ~std::uintptr_t{kAlign - 1});
      capacity_ = size;
    }
    size_ = size;
  }
  void fill(T value) {
    for (index i = 0; i < size_; ++i) data_[i] = value;
  }
  T* data() { return data_; }
  const T* data() const { return data_; }
  index size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](index i) { return data_[i]; }
  const T& operator[](index i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

 private:
  void release() {
    ::operator delete(block_);
    block_ = nullptr;
    data_ = nullptr;
    size_ = capacity_ = 0;
  }
  static constexpr std::size_t kAlign = 64;
  void* block_ = nullptr;
  T* data_ = nullptr;
  index size_ = 0;
  index capacity_ = 0;
};

}  // namespace fenchel

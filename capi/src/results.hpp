// results.hpp -- the result structs and fen_progress from their C++ twins, at the caller's struct size.
#pragma once
#include "guard.hpp"
#include "twins.hpp"

namespace fenchel::capi {

// The first `size` bytes of a struct of `known` bytes; what only a newer caller knows becomes 0.
void copy_sized(void* to, std::size_t size, const void* from, std::size_t known) noexcept;

// From byte `skip` on.
template <class C>
void write_sized(void* to, std::uint32_t size, const Twin<C>& value, std::size_t skip = 0) noexcept {
  C full{};
  copy_fields(value, full);
  full.struct_size = size;
  copy_sized(static_cast<char*>(to) + skip, size - skip, reinterpret_cast<const char*>(&full) + skip,
             sizeof full - skip);
}

// A result that ends before `iterations` says nothing that anybody could use.
template <class C>
bool is_result_size(std::size_t size, std::size_t most) {
  return size >= offsetof(C, iterations) && size <= most && size % 8 == 0;
}

// Throws STRUCT_SIZE for a size unknown to this library.
template <class C>
void init_result(C* result, std::size_t size) {
  if (!is_result_size<C>(size, sizeof *result))
    fail(Status::STRUCT_SIZE, "size of % is %; this library knows %", TwinOf<C>::kName, static_cast<index>(size),
         static_cast<index>(sizeof *result));
  write_sized<C>(result, static_cast<std::uint32_t>(size), {});
}

// NULL is fine. Throws STRUCT_SIZE when struct_size was not set.
template <class C>
void check_result(const char* argument, const C* result) {
  constexpr std::size_t kSane = 4096;  // a larger struct_size is memory nobody initialised
  if (result != nullptr && !is_result_size<C>(result->struct_size, kSane))
    fail(Status::STRUCT_SIZE, "%.struct_size is %; legal: sizeof(%) = %", argument, index{result->struct_size},
         TwinOf<C>::kName, static_cast<index>(sizeof *result));
}

// Element i of a caller's array of results that was checked: their distance is the first one's struct_size, which the
// others inherit; it is read by the threads that write others, and not written. NULL is fine.
template <class C>
void write_result_at(C* results, index i, const Twin<C>& value) noexcept {
  if (results == nullptr) return;
  const std::uint32_t size = results->struct_size;
  write_sized<C>(reinterpret_cast<char*>(results) + i * size, size, value, i == 0 ? sizeof size : 0);
}

template <class C>
void write_result(C* result, const Twin<C>& value) noexcept {
  write_result_at(result, 0, value);
}

// A core monitor that calls a C monitor; lives on the stack of the solving call.
struct MonitorBridge {
  fen_monitor_fn fn;
  void* user;
  static std::int32_t call(void* bridge, const Progress& progress);
};

}  // namespace fenchel::capi

#include "results.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "guard.hpp"

namespace fenchel::capi {
namespace {

constexpr std::size_t kLeast = offsetof(fen_transport_result, iterations);  // a result nobody can use is smaller
constexpr std::size_t kSane = 4096;

fen_transport_result to_c(const TransportResult& value) {
  fen_transport_result out{};
#define FENCHEL_RESULT(type, name, doc) out.name = value.name;
#include "solvers/transport/result.def"
#undef FENCHEL_RESULT
  return out;
}

void write_sized(void* to, std::uint32_t size, const TransportResult& value) noexcept {
  fen_transport_result full = to_c(value);
  full.struct_size = size;
  const std::size_t known = std::min<std::size_t>(size, sizeof full);
  std::memcpy(to, &full, known);
  std::memset(static_cast<char*>(to) + known, 0, size - known);
}

}  // namespace

void init_result(fen_transport_result* result, std::size_t size) {
  if (size < kLeast || size > sizeof *result || size % 8 != 0)
    fail(Status::STRUCT_SIZE, "size of fen_transport_result is %; this library knows %", static_cast<index>(size),
         static_cast<index>(sizeof *result));
  write_sized(result, static_cast<std::uint32_t>(size), TransportResult{});
}

void check_result(const char* argument, const fen_transport_result* result) {
  if (result == nullptr) return;
  const std::size_t size = result->struct_size;
  if (size < kLeast || size > kSane || size % 8 != 0)
    fail(Status::STRUCT_SIZE, "%.struct_size is %; legal: sizeof(fen_transport_result) = %", argument,
         static_cast<index>(size), static_cast<index>(sizeof *result));
}

void write_result(fen_transport_result* result, const TransportResult& value) noexcept {
  if (result != nullptr) write_sized(result, result->struct_size, value);
}

void write_result_at(fen_transport_result* results, index i, const TransportResult& value) noexcept {
  const std::uint32_t size = results->struct_size;
  write_sized(reinterpret_cast<char*>(results) + i * size, size, value);
}

std::int32_t MonitorBridge::call(void* bridge, const Progress& progress) {
  const auto* self = static_cast<const MonitorBridge*>(bridge);
  fen_progress out{};
  out.struct_size = sizeof out;
#define FENCHEL_PROGRESS(type, name, doc) out.name = progress.name;
#include "solve/progress.def"
#undef FENCHEL_PROGRESS
  try {
    return self->fn(self->user, &out);
  } catch (...) {  // a C++ host that lets its exception out: a failure without a value
    return std::numeric_limits<std::int32_t>::min();
  }
}

}  // namespace fenchel::capi

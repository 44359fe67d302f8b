#include "results.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "guard.hpp"

namespace fenchel::capi {
namespace {

constexpr std::size_t kSane = 4096;

// What the results differ in. kLeast: a result that nobody can use is smaller.
struct Transport {
  using C = fen_transport_result;
  using Cpp = TransportResult;
  static constexpr const char* kName = "fen_transport_result";
  static constexpr std::size_t kLeast = offsetof(fen_transport_result, iterations);
  static C to_c(const Cpp& value) {
    C out{};
#define FENCHEL_RESULT(type, name, doc) out.name = value.name;
#include "solvers/transport/result.def"
#undef FENCHEL_RESULT
    return out;
  }
};

struct Minimize {
  using C = fen_minimize_result;
  using Cpp = MinimizeResult;
  static constexpr const char* kName = "fen_minimize_result";
  static constexpr std::size_t kLeast = offsetof(fen_minimize_result, iterations);
  static C to_c(const Cpp& value) {
    C out{};
#define FENCHEL_RESULT(type, name, doc) out.name = value.name;
#include "solvers/composite/minimize_result.def"
#undef FENCHEL_RESULT
    return out;
  }
};

struct Derivative {
  using C = fen_derivative_result;
  using Cpp = DerivativeResult;
  static constexpr const char* kName = "fen_derivative_result";
  static constexpr std::size_t kLeast = offsetof(fen_derivative_result, iterations);
  static C to_c(const Cpp& value) {
    C out{};
#define FENCHEL_RESULT(type, name, doc) out.name = value.name;
#include "solvers/bilevel/derivative_result.def"
#undef FENCHEL_RESULT
    return out;
  }
};

struct Tune {
  using C = fen_tune_result;
  using Cpp = TuneResult;
  static constexpr const char* kName = "fen_tune_result";
  static constexpr std::size_t kLeast = offsetof(fen_tune_result, iterations);
  static C to_c(const Cpp& value) {
    C out{};
#define FENCHEL_RESULT(type, name, doc) out.name = value.name;
#include "solvers/bilevel/tune_result.def"
#undef FENCHEL_RESULT
    return out;
  }
};

struct Bilevel {
  using C = fen_bilevel_result;
  using Cpp = BilevelResult;
  static constexpr const char* kName = "fen_bilevel_result";
  static constexpr std::size_t kLeast = offsetof(fen_bilevel_result, iterations);
  static C to_c(const Cpp& value) {
    C out{};
#define FENCHEL_RESULT(type, name, doc) out.name = value.name;
#include "solvers/bilevel/oracles/bilevel_result.def"
#undef FENCHEL_RESULT
    return out;
  }
};

template <class Kind>
void write_sized(void* to, std::uint32_t size, const typename Kind::Cpp& value) noexcept {
  typename Kind::C full = Kind::to_c(value);
  full.struct_size = size;
  const std::size_t known = std::min<std::size_t>(size, sizeof full);
  std::memcpy(to, &full, known);
  std::memset(static_cast<char*>(to) + known, 0, size - known);
}

template <class Kind>
void init_as(typename Kind::C* result, std::size_t size) {
  if (size < Kind::kLeast || size > sizeof *result || size % 8 != 0)
    fail(Status::STRUCT_SIZE, "size of % is %; this library knows %", Kind::kName, static_cast<index>(size),
         static_cast<index>(sizeof *result));
  write_sized<Kind>(result, static_cast<std::uint32_t>(size), {});
}

template <class Kind>
void check_as(const char* argument, const typename Kind::C* result) {
  if (result == nullptr) return;
  const std::size_t size = result->struct_size;
  if (size < Kind::kLeast || size > kSane || size % 8 != 0)
    fail(Status::STRUCT_SIZE, "%.struct_size is %; legal: sizeof(%) = %", argument, static_cast<index>(size),
         Kind::kName, static_cast<index>(sizeof *result));
}

template <class Kind>
void write_as(typename Kind::C* results, index i, const typename Kind::Cpp& value) noexcept {
  if (results == nullptr) return;
  const std::uint32_t size = results->struct_size;
  write_sized<Kind>(reinterpret_cast<char*>(results) + i * size, size, value);
}

}  // namespace

void init_result(fen_transport_result* result, std::size_t size) { init_as<Transport>(result, size); }
void init_result(fen_minimize_result* result, std::size_t size) { init_as<Minimize>(result, size); }
void init_result(fen_derivative_result* result, std::size_t size) { init_as<Derivative>(result, size); }
void init_result(fen_tune_result* result, std::size_t size) { init_as<Tune>(result, size); }
void init_result(fen_bilevel_result* result, std::size_t size) { init_as<Bilevel>(result, size); }

void check_result(const char* argument, const fen_transport_result* result) { check_as<Transport>(argument, result); }
void check_result(const char* argument, const fen_minimize_result* result) { check_as<Minimize>(argument, result); }
void check_result(const char* argument, const fen_derivative_result* result) { check_as<Derivative>(argument, result); }
void check_result(const char* argument, const fen_tune_result* result) { check_as<Tune>(argument, result); }
void check_result(const char* argument, const fen_bilevel_result* result) { check_as<Bilevel>(argument, result); }

void write_result(fen_transport_result* result, const TransportResult& value) noexcept {
  write_as<Transport>(result, 0, value);
}
void write_result(fen_minimize_result* result, const MinimizeResult& value) noexcept {
  write_as<Minimize>(result, 0, value);
}

void write_result(fen_derivative_result* result, const DerivativeResult& value) noexcept {
  write_as<Derivative>(result, 0, value);
}

void write_result(fen_tune_result* result, const TuneResult& value) noexcept { write_as<Tune>(result, 0, value); }
void write_result(fen_bilevel_result* result, const BilevelResult& value) noexcept {
  write_as<Bilevel>(result, 0, value);
}

void write_result_at(fen_transport_result* results, index i, const TransportResult& value) noexcept {
  write_as<Transport>(results, i, value);
}
void write_result_at(fen_minimize_result* results, index i, const MinimizeResult& value) noexcept {
  write_as<Minimize>(results, i, value);
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

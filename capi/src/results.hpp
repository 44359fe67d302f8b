// results.hpp -- the result structs and fen_progress from their C++ twins, at the caller's struct size.
#pragma once
#include "fenchel/fenchel.h"
#include "solvers/bilevel/derivative_declared.hpp"
#include "solvers/bilevel/oracles/bilevel_declared.hpp"
#include "solvers/bilevel/tune_declared.hpp"
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/transport/declared.hpp"

namespace fenchel::capi {

// Throw STRUCT_SIZE for a size unknown to this library.
void init_result(fen_transport_result* result, std::size_t size);
void init_result(fen_minimize_result* result, std::size_t size);
void init_result(fen_derivative_result* result, std::size_t size);
void init_result(fen_tune_result* result, std::size_t size);
void init_result(fen_bilevel_result* result, std::size_t size);

// NULL is fine. Throw STRUCT_SIZE when struct_size was not set.
void check_result(const char* argument, const fen_transport_result* result);
void check_result(const char* argument, const fen_minimize_result* result);
void check_result(const char* argument, const fen_derivative_result* result);
void check_result(const char* argument, const fen_tune_result* result);
void check_result(const char* argument, const fen_bilevel_result* result);

// `result` was checked; NULL is fine. Fields that only a newer caller knows become 0.
void write_result(fen_transport_result* result, const TransportResult& value) noexcept;
void write_result(fen_minimize_result* result, const MinimizeResult& value) noexcept;
void write_result(fen_derivative_result* result, const DerivativeResult& value) noexcept;
void write_result(fen_tune_result* result, const TuneResult& value) noexcept;
void write_result(fen_bilevel_result* result, const BilevelResult& value) noexcept;

// Element i of a caller's array of results: their distance is the first one's struct_size, which the others inherit.
void write_result_at(fen_transport_result* results, index i, const TransportResult& value) noexcept;
void write_result_at(fen_minimize_result* results, index i, const MinimizeResult& value) noexcept;

// A core monitor that calls a C monitor; lives on the stack of the solving call.
struct MonitorBridge {
  fen_monitor_fn fn;
  void* user;
  static std::int32_t call(void* bridge, const Progress& progress);
};

}  // namespace fenchel::capi

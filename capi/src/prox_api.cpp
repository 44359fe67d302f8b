// prox_api.cpp -- fenchel.h section 10: proximal maps, values, conjugates and derivatives of simple terms.
#include <algorithm>
#include <cmath>
#include <vector>

#include "array_check.hpp"
#include "base/thread_pool.hpp"
#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "prox/prox.hpp"
#include "strided_vectors.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

// A vector (n), or rows (k, n), of the size that the term is bound to, if any.
ArrayView check_points(const char* name, const fen_array* array, const Prox& g, bool rows) {
  const ArrayView view = check_array(name, array, Access::in);
  check_real(name, view.dtype);
  const index n = g.size() == kAnySize ? kAny : g.size();
  if (rows && view.ndim == 2)
    check_shape(name, view, {kAny, n});
  else
    check_shape(name, view, {n});
  check_finite(name, view);
  return view;
}

ArrayView check_like(const char* name, const fen_array* array, Access access, const ArrayView& like) {
  return like.ndim == 2 ? check_array(name, array, access, like.dtype, {like.shape[0], like.shape[1]})
                        : check_array(name, array, access, like.dtype, {like.shape[0]});
}

// A step that is positive and finite in the dtype of the data, too.
void check_step(const char* name, Dtype dtype, double step) {
  const double rounded = dtype == Dtype::f32 ? static_cast<double>(static_cast<float>(step)) : step;
  if (!(step > 0) || !(rounded > 0) || std::isinf(rounded))
    fail(Status::RANGE, "% is %; legal: finite and > 0%", name, step, dtype == Dtype::f32 ? ", also as f32" : "");
}

enum class Steps { one, each, per_row };

Steps check_steps(const fen_array* steps, const ArrayView& v, const Prox& g, ArrayView* out) {
  if (steps == nullptr) return Steps::one;
  require(steps, "steps");
  const bool rows = steps->ndim == 2;
  *out = rows ? check_array("steps", steps, Access::in, v.dtype, {rows_of(v), 1})
              : check_array("steps", steps, Access::in, v.dtype, {length_of(v)});
  if (!rows && (g.caps() & PROX_VECTOR_STEP) == 0)
    fail(Status::UNSUPPORTED, "steps has one value for each coordinate; legal: a term with the capability vector_step");
  for (index i = 0; i < out->shape[0]; ++i) check_step("an element of steps", v.dtype, out->real(i));
  return rows ? Steps::per_row : Steps::each;
}

struct ProxJob {
  const Prox& g;
  ArrayView v, out;
  double step;
  Steps kind;
  ArrayView steps;
  double* value;
  bool staged;
};

// What one worker needs; taken before any row is begun.
template <class T>
struct Workplace {
  Buffer<std::byte> scratch;
  InputVector<T> in;
  OutputVector<T> out;
};

template <class T>
void prox_rows(const ProxJob& job, int threads) {
  const index rows = rows_of(job.v), n = length_of(job.v);
  ThreadPool pool(static_cast<int>(std::min<index>(threads, rows)));
  std::vector<Workplace<T>> places(static_cast<std::size_t>(pool.threads()));
  for (Workplace<T>& place : places) place.scratch.resize(job.g.scratch_bytes(n));
  Buffer<T> steps, stage;
  if (job.kind == Steps::each) {
    steps.resize(n);
    gather(job.steps, steps.data());
  }
  std::vector<double> values;
  if (job.staged) {
    stage.resize(rows * n);
    values.resize(static_cast<std::size_t>(rows));
  }
  pool.run(
      rows,
      [&](index i, int worker) {
        Workplace<T>& place = places[static_cast<std::size_t>(worker)];
        Step<T> step{static_cast<T>(job.step), nullptr};
        if (job.kind == Steps::each) step.each = steps.data();
        if (job.kind == Steps::per_row) step.scalar = job.steps.template at<T>(i);
        const T* from = place.in.of(row_of(job.v, i));
        T* to = job.staged ? stage.data() + i * n : place.out.of(row_of(job.out, i));
        const double value = job.g.prox(n, from, step, to, Scratch(place.scratch));
        if (!job.staged) place.out.done();
        if (job.staged) values[static_cast<std::size_t>(i)] = value;
        if (!job.staged && job.value != nullptr) job.value[i] = value;
      },
      [] { return true; });
  if (!job.staged) return;
  for (index i = 0; i < rows; ++i) scatter(stage.data() + i * n, row_of(job.out, i));
  if (job.value != nullptr) std::copy(values.begin(), values.end(), job.value);
}

void check_capability(const Prox& g, unsigned bit, const char* name) {
  if ((g.caps() & bit) == 0) fail(Status::UNSUPPORTED, "g offers no %; legal: a term with that capability", name);
}

}  // namespace

int32_t fen_prox_apply(const fen_term* g, const fen_array* v, double step, const fen_array* steps, const fen_array* out,
                       double* value, int32_t num_threads, fen_error* err) {
  return guarded(err, [&] {
    const auto& term = live_as<Prox>(g, "g");
    const ArrayView from = check_points("v", v, term, true);
    ArrayView each;
    const Steps kind = check_steps(steps, from, term, &each);
    if (kind == Steps::one) check_step("step", from.dtype, step);
    const ArrayView to = check_like("out", out, Access::out, from);
    if (num_threads < 0 || num_threads > 1024)
      fail(Status::RANGE, "num_threads is %; legal: an integer >= 0 and <= 1024", num_threads);
    Arguments arguments;
    g->outside.add_inputs(arguments);
    if (!same_elements(from, to)) arguments.input("v", from);
    arguments.input("steps", each);
    arguments.output("out", to);
    arguments.output("value", value, product_bytes(rows_of(from), sizeof *value, 1));
    arguments.check();
    const bool callback = g->outside.callback;
    const int threads = callback ? 1 : num_threads == 0 ? ThreadPool::hardware_threads() : num_threads;
    if (callback) check_fits("a copy of out", product_bytes(rows_of(from), length_of(from), 8));
    const ProxJob job{term, from, to, step, kind, each, value, callback};
    visit_real(from.dtype, [&](auto zero) { prox_rows<decltype(zero)>(job, threads); });
  });
}

int32_t fen_prox_value(const fen_term* g, const fen_array* x, double* value, fen_error* err) {
  return guarded(err, [&] {
    const auto& term = live_as<Prox>(g, "g");
    const ArrayView at = check_points("x", x, term, false);
    require(value, "value");
    visit_real(at.dtype, [&](auto zero) {
      InputVector<decltype(zero)> in;
      Buffer<std::byte> memory(term.scratch_bytes(length_of(at)));
      *value = term.value(length_of(at), in.of(at), Scratch(memory));
    });
  });
}

int32_t fen_prox_vjp(const fen_term* g, const fen_array* v, double step, const fen_array* cotangent,
                     const fen_array* out, fen_error* err) {
  return guarded(err, [&] {
    const auto& term = live_as<Prox>(g, "g");
    check_capability(term, PROX_VJP, "vjp");
    const ArrayView from = check_points("v", v, term, true);
    check_step("step", from.dtype, step);
    const ArrayView back = check_like("cotangent", cotangent, Access::in, from);
    check_finite("cotangent", back);
    const ArrayView to = check_like("out", out, Access::out, from);
    Arguments arguments;
    g->outside.add_inputs(arguments);
    arguments.input("v", from);
    arguments.input("cotangent", back);
    arguments.output("out", to);
    arguments.check();
    visit_real(from.dtype, [&](auto zero) {
      using T = decltype(zero);
      const index n = length_of(from);
      Buffer<std::byte> memory(term.scratch_bytes(n));
      InputVector<T> point, seed;
      OutputVector<T> result;
      for (index i = 0; i < rows_of(from); ++i) {
        term.vjp(n, point.of(row_of(from, i)), Step<T>{static_cast<T>(step), nullptr}, seed.of(row_of(back, i)),
                 result.of(row_of(to, i)), Scratch(memory));
        result.done();
      }
    });
  });
}

int32_t fen_prox_conjugate(const fen_term* g, const fen_array* u, double* value, fen_error* err) {
  return guarded(err, [&] {
    const auto& term = live_as<Prox>(g, "g");
    check_capability(term, PROX_CONJUGATE, "conjugate");
    const ArrayView at = check_points("u", u, term, false);
    require(value, "value");
    visit_real(at.dtype, [&](auto zero) {
      InputVector<decltype(zero)> in;
      Buffer<std::byte> memory(term.scratch_bytes(length_of(at)));
      *value = term.conjugate(length_of(at), in.of(at), Scratch(memory));
    });
  });
}

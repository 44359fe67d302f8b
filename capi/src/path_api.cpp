// path_api.cpp -- fenchel.h section 12: paths over a factor of the simple term, and cross-validation along them.
#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "fields.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "results.hpp"
#include "solvers/coordinate/path.hpp"
#include "strided_vectors.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

struct Factors {
  ArrayView view;
  std::vector<double> values;
};

Factors check_factors(const fen_array* factors) {
  Factors out;
  out.view = check_array("factors", factors, Access::in, Dtype::f64, {kAny});
  check_finite("factors", out.view);
  check_fits("a copy of factors", product_bytes(out.view.shape[0], sizeof(double), 1));
  for (index i = 0; i < out.view.shape[0]; ++i) {
    const double t = out.view.at<double>(i);
    if (!(t >= 0)) fail(Status::RANGE, "factors[%] is %; legal: >= 0", i, t);
    out.values.push_back(t);
  }
  return out;
}

// Each sample's fold, all of them below `count`.
std::vector<index> check_folds(const ArrayView& folds, index count) {
  std::vector<index> out;
  for (index i = 0; i < folds.shape[0]; ++i) {
    const index fold = folds.dtype == Dtype::i32 ? index{folds.at<std::int32_t>(i)} : folds.at<std::int64_t>(i);
    if (fold < 0 || fold >= count) fail(Status::RANGE, "folds[%] is %; legal: 0 .. %", i, fold, count - 1);
    out.push_back(fold);
  }
  return out;
}

MinimizeSettings load_for(const fen_problem& problem, const fen_minimize_options* options) {
  MinimizeSettings settings = load_settings(options);
  if (problem.outside.callback) settings.num_threads = 1;  // callbacks run on the calling thread
  return settings;
}

// Memory of the library's own in the shape of the caller's (rows, cols): a call that fails has written nothing.
template <class T>
ArrayView staged(Buffer<T>& memory, index rows, index cols) {
  memory.resize(rows * cols);
  ArrayView view;
  view.dtype = kDtypeOf<T>;
  view.ndim = 2;
  view.data = memory.data();
  view.shape[0] = rows;
  view.shape[1] = cols;
  view.strides[0] = cols * static_cast<index>(sizeof(T));
  view.strides[1] = static_cast<index>(sizeof(T));
  return view;
}

}  // namespace

int32_t fen_lambda_max(const fen_problem* problem, double* t, fen_error* err) {
  return guarded(err, [&] {
    const fen_problem& handle = live_composite(problem);
    require(t, "t");
    *t = lambda_max(handle.composite);
  });
}

int32_t fen_path(const fen_problem* problem, const fen_array* factors, const fen_minimize_options* options,
                 fen_monitor_fn monitor, void* user, const fen_array* x, fen_minimize_result* results, fen_error* err) {
  return guarded(err, [&] {
    const fen_problem& handle = live_composite(problem);
    const CompositeProblem& core = *handle.composite;
    const Factors along = check_factors(factors);
    const index count = along.view.shape[0], n = core.size();
    const MinimizeSettings settings = load_for(handle, options);
    const ArrayView out = check_array("x", x, Access::out, core.dtype(), {count, n});
    check_result("results", results);
    Arguments arguments;
    handle.outside.add_inputs(arguments);
    arguments.input("factors", along.view);
    arguments.output("x", out);
    if (results != nullptr)
      arguments.output("results", results, product_bytes(count, static_cast<index>(results->struct_size), 1));
    arguments.check();
    check_fits("the solutions", product_bytes(count, n, sizeof(double)));
    MonitorBridge bridge{monitor, user};
    const MonitorFn watch = monitor == nullptr ? nullptr : &MonitorBridge::call;
    visit_real(core.dtype(), [&](auto zero) {
      using T = decltype(zero);
      Buffer<T> memory;
      const ArrayView own = staged(memory, count, n);
      const auto found = solve_path(handle.composite, along.values, settings, nullptr, watch, &bridge, own);
      for (index i = 0; i < count; ++i) {
        const MinimizeResult& value = found[static_cast<std::size_t>(i)];
        if (value.termination != static_cast<std::int32_t>(Termination::NOT_RUN))
          scatter(static_cast<const T*>(own[i].data), out[i]);
        if (results != nullptr) write_result_at(results, i, value);
      }
    });
  });
}

int32_t fen_cross_validate(const fen_problem* problem, const fen_array* factors, const fen_array* folds,
                           const fen_minimize_options* options, fen_monitor_fn monitor, void* user,
                           const fen_array* losses, fen_error* err) {
  return guarded(err, [&] {
    const fen_problem& handle = live_composite(problem);
    const CompositeProblem& core = *handle.composite;
    const LinearModel* model = core.f() == nullptr ? nullptr : core.f()->linear_model();
    if (model == nullptr)
      fail(Status::UNSUPPORTED, "f is no linear model; legal: a loss of samples, such as least_squares");
    const Factors along = check_factors(factors);
    const MinimizeSettings settings = load_for(handle, options);
    const ArrayView out = check_array("losses", losses, Access::out, Dtype::f64, {kAny, along.view.shape[0]});
    const ArrayView parts = check_array("folds", folds, Access::in);
    check_integer("folds", parts.dtype);
    check_shape("folds", parts, {model->samples()});
    const std::vector<index> fold = check_folds(parts, out.shape[0]);
    Arguments arguments;
    handle.outside.add_inputs(arguments);
    arguments.input("factors", along.view);
    arguments.input("folds", parts);
    arguments.output("losses", out);
    arguments.check();
    MonitorBridge bridge{monitor, user};
    const MonitorFn watch = monitor == nullptr ? nullptr : &MonitorBridge::call;
    Buffer<double> memory;
    const ArrayView own = staged(memory, out.shape[0], out.shape[1]);
    memory.fill(kNaN);
    cross_validate(handle.composite, along.values, fold, settings, nullptr, watch, &bridge, own);
    for (index i = 0; i < out.shape[0]; ++i) scatter(static_cast<const double*>(own[i].data), out[i]);
  });
}

// kernel_api.cpp -- fenchel.h section 15: kernel ridge.
#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "fields.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "names.hpp"
#include "overlap.hpp"
#include "results.hpp"
#include "solvers/bilevel/kernel_ridge.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

ArrayView real_matrix(const char* name, const fen_array* array) {
  const ArrayView view = check_array(name, array, Access::in);
  check_real(name, view.dtype);
  check_array(name, array, Access::in, view.dtype, {kAny, kAny});
  check_finite(name, view);
  return view;
}

ArrayView finite_input(const char* name, const fen_array* array, Dtype dtype, std::initializer_list<int64_t> shape) {
  const ArrayView view = check_array(name, array, Access::in, dtype, shape);
  check_finite(name, view);
  return view;
}

KernelTuneProblem check_data(const char* kernel, const fen_array* X, const fen_array* y, const fen_array* held_X,
                             const fen_array* held_y, Risk risk) {
  require(kernel, "kernel");
  KernelTuneProblem problem;
  problem.kernel = kernel_of(kernel);
  problem.X = real_matrix("X", X);
  const Dtype dtype = problem.X.dtype;
  const int64_t n = problem.X.shape[0], d = problem.X.shape[1];
  if (problem.kernel == Kernel::gram && n != d) fail(Status::SHAPE, "X is (%, %); legal for gram: square", n, d);
  problem.y = finite_input("y", y, dtype, {n});
  const bool held = risk == Risk::holdout;
  if (!held && (held_X != nullptr || held_y != nullptr))
    fail(Status::UNSUPPORTED, "held_X or held_y with a risk that takes none; legal: NULL, or risk holdout");
  if (held) {
    problem.held_X = finite_input("held_X", held_X, dtype, {kAny, d});
    problem.held_y = finite_input("held_y", held_y, dtype, {problem.held_X.shape[0]});
  }
  check_fits("the matrices of kernel ridge",
             product_bytes(n, 5 * n + (held ? problem.held_X.shape[0] : 0), sizeof(double)));
  return problem;
}

}  // namespace

int32_t fen_kernel_ridge(const fen_array* K, const fen_array* y, double lam, const fen_array* alpha,
                         const fen_array* cotangent, const fen_array* y_cotangent, const fen_array* K_cotangent,
                         const fen_array* lam_cotangent, fen_error* err) {
  return guarded(err, [&] {
    const ArrayView gram = real_matrix("K", K);
    const int64_t n = gram.shape[0];
    if (n != gram.shape[1]) fail(Status::SHAPE, "K is (%, %); legal: square", n, gram.shape[1]);
    const Dtype dtype = gram.dtype;
    const ArrayView targets = finite_input("y", y, dtype, {n});
    if (!(lam > 0 && lam < kInf)) fail(Status::RANGE, "lam is %; legal: > 0 and finite", lam);
    KernelRidgeGradient gradient;
    gradient.cotangent = check_optional("cotangent", cotangent, Access::in, dtype, {n});
    if (cotangent != nullptr) check_finite("cotangent", gradient.cotangent);
    gradient.y = check_optional("y_cotangent", y_cotangent, Access::out, dtype, {n});
    gradient.K = check_optional("K_cotangent", K_cotangent, Access::out, dtype, {n, n});
    const ArrayView by_lam = check_optional("lam_cotangent", lam_cotangent, Access::out, Dtype::f64, {1});
    if (cotangent == nullptr && (y_cotangent != nullptr || K_cotangent != nullptr || lam_cotangent != nullptr))
      require(cotangent, "cotangent");
    const ArrayView out = check_optional("alpha", alpha, Access::out, dtype, {n});
    check_fits("the matrices of kernel ridge", product_bytes(n, n, sizeof(double)));
    Arguments arguments;
    arguments.input("K", gram);
    arguments.input("y", targets);
    arguments.input("cotangent", gradient.cotangent);
    arguments.output("alpha", out);
    arguments.output("y_cotangent", gradient.y);
    arguments.output("K_cotangent", gradient.K);
    arguments.output("lam_cotangent", by_lam);
    arguments.check();
    double value = 0;
    gradient.lam = &value;
    kernel_ridge(gram, targets, lam, out, gradient);
    if (by_lam.ndim != 0) by_lam.set_real(value, 0);
  });
}

int32_t fen_tune_kernel(const char* kernel, const fen_array* X, const fen_array* y, const fen_array* held_X,
                        const fen_array* held_y, const fen_array* theta, const fen_array* alpha,
                        const fen_tune_options* options, fen_monitor_fn monitor, void* user, fen_tune_result* result,
                        fen_error* err) {
  return guarded(err, [&] {
    const TuneSettings settings = load_settings(options);
    const KernelTuneProblem problem = check_data(kernel, X, y, held_X, held_y, static_cast<Risk>(settings.risk));
    const ArrayView values =
        check_array("theta", theta, Access::out, Dtype::f64, {problem.kernel == Kernel::rbf ? 2 : 1});
    check_finite("theta", values);
    std::vector<double> at;
    for (int64_t i = 0; i < values.shape[0]; ++i) {
      at.push_back(values.at<double>(i));
      if (!(at.back() > 0)) fail(Status::RANGE, "theta[%] is %; legal: > 0", i, at.back());
    }
    const ArrayView out = check_optional("alpha", alpha, Access::out, problem.X.dtype, {problem.X.shape[0]});
    check_result("result", result);
    Arguments arguments;
    arguments.input("X", problem.X);
    arguments.input("y", problem.y);
    arguments.input("held_X", problem.held_X);
    arguments.input("held_y", problem.held_y);
    arguments.output("theta", values);
    arguments.output("alpha", out);
    arguments.output("result", result, result == nullptr ? 0 : static_cast<int64_t>(result->struct_size));
    arguments.check();
    MonitorBridge bridge{monitor, user};
    const TuneResult found =
        tune_kernel(problem, settings, monitor == nullptr ? nullptr : &MonitorBridge::call, &bridge, at, out);
    for (int64_t i = 0; i < values.shape[0]; ++i) values.at<double>(i) = at[static_cast<std::size_t>(i)];
    write_result(result, found);
  });
}

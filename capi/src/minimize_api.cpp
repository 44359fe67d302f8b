// minimize_api.cpp -- fenchel.h section 11: solvers of composite problems.
#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "fields.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "names.hpp"
#include "results.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

ArrayView check_iterate(const MinimizeClaim& claim, const fen_array* x, Access access, bool optional) {
  const CompositeProblem& problem = claim.core().problem();
  return optional ? check_optional("x", x, access, problem.dtype(), {problem.size()})
                  : check_array("x", x, access, problem.dtype(), {problem.size()});
}

}  // namespace

int32_t fen_minimize_create(const fen_problem* problem, const char* method, const fen_minimize_options* options,
                            fen_solver** out, fen_error* err) {
  return guarded(err, [&] {
    const fen_problem& handle = live_composite(problem);
    const MinimizeMethod which = find_minimize_method(method);
    const MinimizeSettings settings = load_settings(options);
    require(out, "out");
    check_fits("the workspace", minimizer_bytes(*handle.composite, which, settings));
    auto made = std::make_unique<fen_solver>();
    made->minimizer = make_minimizer(handle.composite, which, settings);
    made->outside = handle.outside;
    *out = made.release();
  });
}

int32_t fen_minimize_warm_start(fen_solver* solver, const fen_array* x, fen_error* err) {
  return guarded(err, [&] {
    const MinimizeClaim claim(solver);
    const ArrayView start = check_iterate(claim, x, Access::in, true);
    if (start.ndim != 0) check_finite("x", start);
    claim.core().warm_start(start);
  });
}

int32_t fen_minimize_solve(fen_solver* solver, const fen_array* x, fen_minimize_result* result, fen_error* err) {
  return guarded(err, [&] {
    const MinimizeClaim claim(solver);
    const ArrayView out = check_iterate(claim, x, Access::out, true);
    check_result("result", result);
    Arguments arguments;
    claim.add_inputs(arguments);
    arguments.output("x", out);
    arguments.output("result", result, result == nullptr ? 0 : static_cast<int64_t>(result->struct_size));
    arguments.check();
    const CancelOnce once(solver->cancelled);
    MonitorBridge bridge{solver->monitor, solver->user};
    const MonitorFn monitor = solver->monitor == nullptr ? nullptr : &MonitorBridge::call;
    const MinimizeResult& value = claim.core().solve(&solver->cancelled, monitor, &bridge);
    if (out.ndim != 0) claim.core().solution(out);
    write_result(result, value);
  });
}

int32_t fen_minimize_result_get(const fen_solver* solver, fen_minimize_result* result, fen_error* err) {
  return guarded(err, [&] {
    const MinimizeClaim claim(solver);
    require(result, "result");
    check_result("result", result);
    write_result(result, claim.solved().result());
  });
}

int32_t fen_minimize_solution(const fen_solver* solver, const fen_array* x, fen_error* err) {
  return guarded(err, [&] {
    const MinimizeClaim claim(solver);
    const ArrayView out = check_iterate(claim, x, Access::out, false);
    Arguments arguments;
    claim.add_inputs(arguments);
    arguments.output("x", out);
    arguments.check();
    claim.solved().solution(out);
  });
}

int32_t fen_minimize_dual(const fen_solver* solver, int32_t summand, const fen_array* u, fen_error* err) {
  return guarded(err, [&] {
    const MinimizeClaim claim(solver);
    const CompositeProblem& problem = claim.core().problem();
    const auto count = static_cast<int64_t>(problem.summands().size());
    if (summand < 0 || summand >= count)
      fail(Status::RANGE, "summand is %; legal: 0 .. %, of the simple terms", summand, count - 1);
    const Operator* A = problem.summands()[static_cast<std::size_t>(summand)].A.get();
    const int64_t size = A == nullptr ? problem.size() - problem.tail() : A->rows();
    const ArrayView out = check_array("u", u, Access::out, problem.dtype(), {size});
    Arguments arguments;
    claim.add_inputs(arguments);
    arguments.output("u", out);
    arguments.check();
    claim.solved().dual(summand, out);
  });
}

int32_t fen_minimize_trace(const fen_solver* solver, int64_t* count, const fen_array* records, fen_error* err) {
  return guarded(err, [&] {
    const MinimizeClaim claim(solver);
    require(count, "count");
    const std::vector<double>& trace = claim.solved().trace();
    const auto kept = static_cast<int64_t>(trace.size()) / kTraceColumns;
    const ArrayView out = check_optional("records", records, Access::out, Dtype::f64, {kAny, kTraceColumns});
    if (out.ndim != 0 && out.shape[0] > kept)
      fail(Status::SHAPE, "records has shape %; legal: at most % rows, as count says", shape_text(out), kept);
    Arguments arguments;
    claim.add_inputs(arguments);
    arguments.output("count", count, sizeof *count);
    arguments.output("records", out);
    arguments.check();
    const int64_t rows = out.ndim == 0 ? 0 : out.shape[0];
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < kTraceColumns; ++j)
        out.at<double>(i, j) = trace[static_cast<std::size_t>((kept - rows + i) * kTraceColumns + j)];
    *count = kept;
  });
}

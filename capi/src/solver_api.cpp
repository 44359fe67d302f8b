// solver_api.cpp -- fenchel.h section 6: solvers.
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

int64_t workspace(const TransportProblem& problem, TransportMethod method, const SinkhornSettings& settings) {
  const Geometry& geometry = problem.geometry();
  if (method == TransportMethod::method_sinkhorn_scaled)  // the one that stores the kernel: refuse before n m overflows
    check_fits("the kernel of sinkhorn_scaled", product_bytes(geometry.rows(), geometry.cols(), 8));
  return TransportSolver::workspace_bytes(problem, method, settings);
}

std::unique_ptr<TransportSolver> make_solver(std::shared_ptr<const TransportProblem> problem, TransportMethod method,
                                             const SinkhornSettings& settings) {
  check_fits("the workspace", workspace(*problem, method, settings));
  return std::make_unique<TransportSolver>(std::move(problem), method, settings);
}

}  // namespace

int32_t fen_sinkhorn_create(const fen_problem* problem, const char* method, const fen_sinkhorn_options* options,
                            fen_solver** out, fen_error* err) {
  return guarded(err, [&] {
    const fen_problem& handle = live_transport(problem);
    const TransportMethod which = find_method(method);
    const SinkhornSettings settings = load_settings(options);
    require(out, "out");
    auto made = std::make_unique<fen_solver>();
    made->transport = make_solver(handle.transport, which, settings);
    made->outside = handle.outside;
    *out = made.release();
  });
}

void fen_solver_destroy(fen_solver* solver) { destroy(solver); }

int32_t fen_sinkhorn_workspace(const fen_problem* problem, const char* method, const fen_sinkhorn_options* options,
                               int64_t* bytes, fen_error* err) {
  return guarded(err, [&] {
    const fen_problem& handle = live_transport(problem);
    const TransportMethod which = find_method(method);
    const SinkhornSettings settings = load_settings(options);
    require(bytes, "bytes");
    *bytes = workspace(*handle.transport, which, settings);
  });
}

int32_t fen_solver_set_monitor(fen_solver* solver, fen_monitor_fn monitor, void* user) {
  return guarded(nullptr, [&] {
    const Claim claim(solver);
    solver->monitor = monitor;
    solver->user = user;
  });
}

void fen_cancel(fen_solver* solver) {
  if (solver != nullptr && solver->mark == Mark::solver) solver->cancelled.store(true, std::memory_order_relaxed);
}

int32_t fen_solver_warm_start(fen_solver* solver, const fen_array* phi, const fen_array* psi, fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    const Geometry& geometry = claim.geometry();
    const ArrayView start_phi = check_optional("phi", phi, Access::in, geometry.dtype(), {geometry.rows()});
    const ArrayView start_psi = check_optional("psi", psi, Access::in, geometry.dtype(), {geometry.cols()});
    solver->transport->warm_start(start_phi, start_psi);
  });
}

int32_t fen_solver_solve(fen_solver* solver, fen_transport_result* result, fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    check_result("result", result);
    const CancelOnce once(solver->cancelled);
    MonitorBridge bridge{solver->monitor, solver->user};
    MonitorSpec monitor;
    if (solver->monitor != nullptr) monitor = {&MonitorBridge::call, &bridge};
    write_result(result, solver->transport->solve(&solver->cancelled, monitor));
  });
}

int32_t fen_solver_result(const fen_solver* solver, fen_transport_result* result, fen_error* err) {
  return guarded(err, [&] {
    const TransportClaim claim(solver);
    require(result, "result");
    check_result("result", result);
    write_result(result, claim.solved().result());
  });
}

int32_t fen_sinkhorn(const fen_array* a, const fen_array* b, const fen_array* cost, const fen_transport_spec* spec,
                     const char* method, const fen_sinkhorn_options* options, const fen_array* phi,
                     const fen_array* psi, fen_transport_result* result, fen_error* err) {
  return guarded(err, [&] {
    const ArrayView matrix = check_matrix(cost);
    const int64_t n = matrix.shape[0], m = matrix.shape[1];
    const ArrayView weights_a = check_optional("a", a, Access::in, matrix.dtype, {n});
    const ArrayView weights_b = check_optional("b", b, Access::in, matrix.dtype, {m});
    const TransportSpec terms = load_spec(spec);
    const TransportMethod which = find_method(method);
    const SinkhornSettings settings = load_settings(options);
    const ArrayView out_phi = check_optional("phi", phi, Access::out, matrix.dtype, {n});
    const ArrayView out_psi = check_optional("psi", psi, Access::out, matrix.dtype, {m});
    check_result("result", result);
    Arguments arguments;
    arguments.input("cost", matrix);
    arguments.input("a", weights_a);
    arguments.input("b", weights_b);
    arguments.output("phi", out_phi);
    arguments.output("psi", out_psi);
    arguments.output("result", result, result == nullptr ? 0 : static_cast<int64_t>(result->struct_size));
    arguments.check();

    const auto geometry = make_matrix(matrix);
    const auto problem = std::make_shared<const TransportProblem>(geometry, weights_a, weights_b, terms);
    const auto solver = make_solver(problem, which, settings);
    const TransportResult& value = solver->solve(nullptr, {});
    if (out_phi.ndim != 0 || out_psi.ndim != 0) solver->potentials(out_phi, out_psi);
    write_result(result, value);
  });
}

// stubs.cpp -- TEMPORARY: sections 4 to 9 until the core's solvers land.
#include "fenchel/fenchel.h"
int32_t fen_matrix_create(const fen_array *, fen_geometry **, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_point_cloud_create(const fen_array *, const fen_array *, const char *, fen_geometry **, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_grid_create(int32_t , const int64_t *, const double *, const char *, int32_t , fen_geometry **, fen_error *) { return FEN_E_UNSUPPORTED; }
int64_t fen_geometry_rows(const fen_geometry *) { return -1; }
int64_t fen_geometry_cols(const fen_geometry *) { return -1; }
int32_t fen_geometry_dtype(const fen_geometry *) { return FEN_E_UNSUPPORTED; }
void fen_geometry_destroy(fen_geometry *) {}
int32_t fen_geometry_cost(const fen_geometry *, const fen_array *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_transport_create(const fen_geometry *, const fen_array *, const fen_array *, const fen_transport_spec *, fen_problem **, fen_error *) { return FEN_E_UNSUPPORTED; }
void fen_problem_destroy(fen_problem *) {}
int32_t fen_sinkhorn_create(const fen_problem *, const char *, const fen_sinkhorn_options *, fen_solver **, fen_error *) { return FEN_E_UNSUPPORTED; }
void fen_solver_destroy(fen_solver *) {}
int32_t fen_sinkhorn_workspace(const fen_problem *, const char *, const fen_sinkhorn_options *, int64_t *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_solver_set_monitor(fen_solver *, fen_monitor_fn , void *) { return FEN_E_UNSUPPORTED; }
void fen_cancel(fen_solver *) {}
int32_t fen_solver_warm_start(fen_solver *, const fen_array *, const fen_array *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_solver_solve(fen_solver *, fen_transport_result *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_solver_result(const fen_solver *, fen_transport_result *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_sinkhorn(const fen_array *, const fen_array *, const fen_array *, const fen_transport_spec *, const char *, const fen_sinkhorn_options *, const fen_array *, const fen_array *, fen_transport_result *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_transport_potentials(const fen_solver *, const fen_array *, const fen_array *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_transport_plan(const fen_solver *, const fen_array *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_transport_plan_csr(const fen_solver *, double , int64_t *, const fen_array *, const fen_array *, const fen_array *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_transport_apply(const fen_solver *, uint32_t , const fen_array *, const fen_array *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_transport_sample(const fen_solver *, int32_t , uint64_t , const fen_array *, const fen_array *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_transport_gradient(const fen_solver *, const char *, const fen_array *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_transport_vjp(const fen_solver *, double , const fen_transport_bundle *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_transport_jvp(const fen_solver *, double , const fen_transport_bundle *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_sinkhorn_divergence(const fen_array *, const fen_array *, const fen_array *, const fen_array *, const char *, const fen_transport_spec *, const char *, const fen_sinkhorn_options *, double *, const fen_array *, const fen_array *, const fen_array *, const fen_array *, fen_transport_result *, fen_error *) { return FEN_E_UNSUPPORTED; }
int32_t fen_sinkhorn_batch(int64_t , const fen_array *, const fen_array *, const fen_array *, const fen_array *, const fen_transport_spec *, const char *, const fen_sinkhorn_options *, fen_monitor_fn , void *, const fen_array *, const fen_array *, const fen_array *, int32_t *, fen_transport_result *, int64_t *, fen_error *) { return FEN_E_UNSUPPORTED; }

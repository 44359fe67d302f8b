// transport_solver.hpp -- one solver of transport problems: owns its workspace, runs one method, answers questions.
//
// Not thread-safe: one thread at a time, except through the cancel flag handed to solve().
#pragma once
#include <atomic>
#include <memory>

#include "base/array_view.hpp"
#include "base/error.hpp"
#include "solve/control.hpp"
#include "solvers/transport/problem.hpp"

namespace fenchel {

// Derivative arguments by name; ndim 0 marks an absent one.
struct TransportBundle {
  ArrayView a, b, cost, x, y, phi, psi, plan;
};

struct MonitorSpec {
  MonitorFn fn = nullptr;
  void* user = nullptr;
};

class TransportSolver {
 public:
  TransportSolver(std::shared_ptr<const TransportProblem> problem, TransportMethod method,
                  const SinkhornSettings& settings);
  ~TransportSolver();

  const TransportProblem& problem() const;
  static index workspace_bytes(const TransportProblem& problem, TransportMethod method,
                               const SinkhornSettings& settings);

  // Another problem of at most the same size, without allocating; forgets warm start and result.
  void bind(std::shared_ptr<const TransportProblem> problem);

  // (n) and (m), in units of the cost; ndim 0 for absent. NOT_FINITE for NaN or +inf.
  void warm_start(const ArrayView& phi, const ArrayView& psi);

  // The result is also kept. Throws CALLBACK (detail) when the monitor fails; then the state is as after a cancel.
  const TransportResult& solve(const std::atomic<bool>* cancel, MonitorSpec monitor);

  bool solved() const;
  const TransportResult& result() const;

  // Outputs are checked views of the geometry's dtype; see fenchel.h section 7.
  void potentials(const ArrayView& phi, const ArrayView& psi) const;
  void plan(const ArrayView& out) const;
  index plan_count(double threshold) const;
  void plan_csr(double threshold, index nnz, const ArrayView& indptr, const ArrayView& indices,
                const ArrayView& values) const;
  void apply(bool transpose, bool normalize, const ArrayView& v, const ArrayView& out) const;
  void sample(int mode, std::uint64_t seed, const ArrayView& rows, const ArrayView& cols) const;
  enum class Wrt { a, b, cost, x, y };
  void gradient(Wrt wrt, const ArrayView& out) const;
  void vjp(double tol, const TransportBundle& bundle) const;
  void jvp(double tol, const TransportBundle& bundle) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Writes the cost matrix out.
void write_cost(const Geometry& geometry, const ArrayView& out);

// fenchel.h section 8; absent arrays have ndim 0; results: null or three. x, y and outputs are checked.
struct DivergenceOutputs {
  ArrayView x_grad, y_grad, a_grad, b_grad;
  TransportResult* results = nullptr;
};
double sinkhorn_divergence(const ArrayView& x, const ArrayView& y, const ArrayView& a, const ArrayView& b, int cost,
                           const TransportSpec& spec, TransportMethod method, const SinkhornSettings& settings,
                           const DivergenceOutputs& out);

// fenchel.h section 9. Per item: status code in statuses (may be null), first failure's text in first_error.
struct BatchArrays {
  index count = 0;
  ArrayView cost, a, b, sizes;  // a, b, sizes: ndim 0 if absent
  ArrayView phi, psi, plans;    // ndim 0 if absent
  std::int32_t* statuses = nullptr;
  // Called from worker threads with the item's index, once each, when it is done.
  void (*on_result)(void* user, index item, const TransportResult& result) = nullptr;
  void* on_result_user = nullptr;
};
// Returns the number of failed items; *first_error (status, text) describes the lowest failing index.
index sinkhorn_batch(const BatchArrays& arrays, const TransportSpec& spec, TransportMethod method,
                     const SinkhornSettings& settings, MonitorSpec monitor, Status* first_status,
                     std::string* first_error);

}  // namespace fenchel

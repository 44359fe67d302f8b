// state.hpp -- what every transport method works on, and the base of the methods.
#pragma once
#include <memory>

#include "base/buffer.hpp"
#include "geometry/pass_engine.hpp"
#include "solve/run.hpp"
#include "solvers/transport/problem.hpp"

namespace fenchel {

// The pair (F, G) of base-2 exponents at regularisation eps, and what passes measured of it.
struct TransportState {
  TransportState(std::shared_ptr<const TransportProblem> problem, const SinkhornSettings& settings, int max_threads);

  // Takes over a problem of the same geometry sizes or smaller.
  void bind(std::shared_ptr<const TransportProblem> problem);

  const Side& a() const { return problem->a(); }
  const Side& b() const { return problem->b(); }
  index n() const { return problem->a().size; }
  index m() const { return problem->b().size; }
  Update row_update() const { return {a().weight, a().log_weight, a().base, a().tau(eps)}; }
  Update col_update() const { return {b().weight, b().log_weight, b().base, b().tau(eps)}; }

  static index bytes(index n, index m) { return 8 * (5 * n + 6 * m); }

  // Zero potentials, or the warm start, at this eps.
  void set_start(double eps);
  // Another regularisation for the same potentials in cost units.
  void set_eps(double eps);
  // One fused sweep; returns the relative L1 residual of the incoming pair, its columns being optimal unless this is
  // the first.
  double sweep();
  // p and q of the current pair; returns the residual of both sides.
  double measure();
  void keep();
  void restore();
  // Balanced potentials are free up to (+c, -c): makes sum_i a_i phi_i = sum_j b_j psi_j.
  void gauge();

  // sum_i |p_i - target_i|, target_i = weight_i exp2(-kappa (X_i - base_i)): the side's optimality condition, in mass.
  static double side_error(const Side& side, double eps, const double* X, const double* marginal);

  std::shared_ptr<const TransportProblem> problem;
  SinkhornSettings settings;
  std::unique_ptr<PassEngine> engine;
  ThreadPool* pool = nullptr;  // of the running solve
  double eps = 0;
  Buffer<double> F, G;                // (n), (m)
  Buffer<double> F_in;                // (n) before the row update, where its target depends on it
  Buffer<double> p, q;                // (n), (m) marginals
  Buffer<double> q_x;                 // (m) column sums of the row-capped plan, for rounding
  Buffer<double> best_F, best_G;      // (n), (m)
  Buffer<double> warm_phi, warm_psi;  // (n), (m) in cost units
  Buffer<double> deficit;             // (m) columns the rounded plan lacks
  bool has_phi = false, has_psi = false;
  bool fresh = false;  // p, q, q_x belong to (F, G)
  double error_a = kNaN, error_b = kNaN;
  TransportResult result;  // counters while running
};

// Base of the methods: counting, keeping, verifying; a method adds start() and step().
class TransportIteration : public Iteration {
 public:
  explicit TransportIteration(TransportState& state) : state_(state) {}
  void keep() override { state_.keep(); }
  void restore() override { state_.restore(); }
  double verify() override;
  index iterations() const override { return state_.result.iterations; }
  Progress progress() const override;
  int patience() const override { return 100; }
  // The problem changed (batches): forget what depends on it.
  virtual void rebind() {}

 protected:
  // One plain sweep as an iteration of its own.
  double sweep_iteration() {
    ++state_.result.iterations;
    return state_.sweep();
  }
  TransportState& state_;
};

// Tolerance and regularisation floor by dtype.
double effective_tol(const TransportProblem& problem, const SinkhornSettings& settings);

// Bytes that the methods take beyond the state.
index anderson_bytes(const TransportProblem& problem, const SinkhornSettings& settings);
index scaled_bytes(const TransportProblem& problem, int threads);
index newton_bytes(const TransportProblem& problem, const SinkhornSettings& settings);
index sns_bytes(const TransportProblem& problem, const SinkhornSettings& settings);

std::unique_ptr<TransportIteration> make_sweeps(TransportState& state);
std::unique_ptr<TransportIteration> make_anderson(TransportState& state, bool annealed);
std::unique_ptr<TransportIteration> make_scaled(TransportState& state);
std::unique_ptr<TransportIteration> make_auto(TransportState& state);
std::unique_ptr<TransportIteration> make_sns(TransportState& state);
std::unique_ptr<TransportIteration> make_symmetric(TransportState& state);

// Fills the result's errors, values and gap from fresh passes over the returned pair: two, or none where p, q are fresh
// and values are not wanted.
void certify(TransportState& state, bool values);

// Change of the dual value in units of eps, natural, when (F, G) moves to (F + alpha dF, G + alpha dG) (base-2
// exponents) and the mass of the plan from mass to new_mass; formed from differences, so that it is exact where values
// agree to many digits.
double dual_change(const TransportState& state, const double* dF, const double* dG, double alpha, double mass,
                   double new_mass);
// The dual value, in cost units.
double dual_value(const TransportState& state, double mass);

}  // namespace fenchel

// working_model.hpp -- the quadratic model of a linear model on a working set, and its minimisation.
//
//   m(d) = q'd + 1/2 || diag(sqrt h) (X_W d + 1 db) ||^2 + g(w + d),   db the best intercept for d
//
// Three ways to hold the Hessian, by a cost model (README): columns of the design or of a scaled copy with a residual
// vector, or the Gram matrix with the gradient. Cyclic coordinate descent, Anderson extrapolation kept only when m
// falls, Newton steps on the support (Cholesky of the Gram matrix, or conjugate gradients) projected on the orthant.
#pragma once
#include "base/interrupt.hpp"
#include "solvers/composite/known_solution.hpp"
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/coordinate/design.hpp"
#include "solvers/coordinate/penalty.hpp"

namespace fenchel {

struct ModelInput {
  const index* list = nullptr;  // W, ascending
  index count = 0;
  const double* h = nullptr;  // (n) curvatures; null: `level` each
  double level = 1;
  bool constant = false;  // h is the same in every call
  bool intercept = false;
  const double* gradient = nullptr;  // (p) of the smooth part at w
  double slope_sum = 0;              // its derivative in b
  const double* w = nullptr;         // (p)
  double target = 0;                 // stop when the estimated suboptimality of m is below
  index max_epochs = 0;
  double decades = 7;  // that the gap still has to fall
};

class WorkingModel final : public InnerFactor {
 public:
  WorkingModel(const Design& design, const Penalty& penalty, const MinimizeSettings& settings);
  static index bytes(index n, index p, bool sparse, const MinimizeSettings& settings);

  // Minimises; then step(k) is the move of list[k], intercept_step() that of b, decrease() m(0) - m(d) >= 0.
  void solve(const ModelInput& input, Interrupt& interrupt);
  double step(index k) const { return w_[k] - w0_[k]; }
  double value(index k) const { return w_[k]; }
  double intercept_step() const;
  double estimate() const { return estimate_; }
  double first_estimate() const { return first_estimate_; }  // where it began
  void release_slots();                                      // h, or the data, has changed

  // working_factor.cpp: the factor of the last Newton step, or one of the Gram matrix kept.
  bool prepare(const index* coordinates, index count, const double* squares) override;
  void solve(double* x) override;

  index epochs = 0, updates = 0, newton_steps = 0, cg_iterations = 0, restarts = 0, backtracks = 0,
        accepted = 0;  // totals

 private:
  enum class Mode { direct, columns, gram };

  void prepare(const ModelInput& input);
  bool bind_columns(bool need_slots);
  void fill_slots(index missing);
  void measure_column(index k);
  double epoch_cost() const;
  bool want_gram(double left) const;
  void extend_store();
  void to_gram();
  double sweep();
  double model_value() const;
  double squared(const double* t) const;
  double m_total() const;
  double correction(index k) const;
  double column_dot(index k, const double* v) const;
  void column_axpy(index k, double a, double* v) const;
  void extrapolate();
  void find_support();
  double newton_cost() const;
  bool newton_due();
  void newton();
  void gradient_on_support();
  bool direction_by_cholesky();
  bool direction_by_cg();
  void hessian_product(const double* v);
  double exact_step();
  double step_curvature(const double* v);
  double target_of(index s, double alpha, bool orthant) const;
  double try_step(double alpha, bool orthant);
  void keep_factor();
  bool factor_is_for(const index* list, index count, const double* squares) const;
  bool factor_gram(const index* list, index count, const double* squares);

  const Design& design_;
  const Penalty& penalty_;
  const index n_, p_;
  index pack_cap_, gram_cap_;
  int memory_;
  bool use_newton_;
  index cg_limit_;

  ModelInput in_;
  Mode mode_ = Mode::direct;
  double level_ = 1;  // what X'X d still lacks: h where it is one number and columns are used where they lie
  double h_sum_ = 0, estimate_ = 0, first_estimate_ = 0, floor_ = 0;
  double m_ = 0;                                          // sum_k first_k d_k
  bool plain_ = false;                                    // columns are used where they lie
  bool moved_ = false;                                    // t is no longer 0
  double last_epochs_ = 10;                               // of the last working set
  Buffer<double> q_, curvature_, first_, w_, w0_, grad_;  // (W)
  Buffer<double> known_curvature_, known_first_;          // (p) of columns met, where h is constant; -1: not yet
  Buffer<const double*> column_;                          // (W)
  Buffer<double> t_, root_h_;                             // (n): sqrt(h) X d (direct: h X d); sqrt(h)
  Buffer<double> pack_;                                   // (slots, n)
  Buffer<index> slot_, owner_, fresh_;                    // of a feature in the pack, or -1; of a slot; new ones
  index used_ = 0, built_ = 0;                            // slots filled; slots in the stored Gram matrix
  Buffer<double> store_, gram_, factor_, work_;           // Gram of the slots (lower), of W, of the support
  Buffer<double> past_w_, past_state_;                    // Anderson: (memory + 1) iterates
  int pasts_ = 0;
  Buffer<index> support_;
  index support_count_ = 0;
  Buffer<double> direction_, rhs_, next_, product_, cg_r_, cg_z_, cg_p_;
  index pattern_age_ = 0;  // sweeps without a change of sign
  std::uint64_t pattern_ = 0;
  // Features whose Gram matrix gram_ is; and of the factor, with its squares and couplings to the intercept.
  Buffer<index> gram_list_, factor_list_;
  Buffer<double> gram_first_, factor_squares_, factor_first_;
  index gram_count_ = 0, factor_count_ = 0;
  double factor_h_sum_ = 0;
  bool factor_has_tail_ = false;
  // Nanoseconds and fall of m of the sweeps since the last Newton step, and how eager the next one is.
  double spent_ = 0, gained_ = 0, patience_ = 1;
};

}  // namespace fenchel

// block_model.hpp -- the quadratic model of a linear model of K outputs on a working set of blocks, and its
// minimisation by block coordinate descent, Anderson extrapolation and Newton steps on the support.
//
//   m(d) = <q, d> + 1/2 sum_i (t_i + db)' S_i (t_i + db) + g(x + d),   t = X_W d (n, K),  db the best intercepts for d
//
// S_i is h_i where K = 1 and s_i (diag(p_i) - p_i p_i' + rho I) for a multinomial loss. The intercepts are eliminated:
// with f_c = sum_i x_ic S_i e_k, B = sum_i S_i and M = sum_c f_c d_c
//
//   db = - B^+ (slope_sum + M),   gradient_c = q_c + <x_c, S t> - f_c' (-db),   Hessian_cd = <x_c, S x_d> - f_c' B^+
//   f_d
#pragma once
#include "base/interrupt.hpp"
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/coordinate/block_step.hpp"
#include "solvers/coordinate/lifted_design.hpp"

namespace fenchel {

struct BlockInput {
  const index* list = nullptr;  // W: blocks, ascending
  index count = 0;
  const double* h = nullptr;  // K = 1: (n) curvatures; null: ones. K > 1: probabilities (n, K)
  const double* s = nullptr;  // K > 1: sample weights; null: ones
  double rho = 0;             // K > 1
  bool constant = false;      // h is the same in every call
  bool intercept = false;
  const double* gradient = nullptr;   // (size) of the smooth part at x
  const double* slope_sum = nullptr;  // (K) its derivative in b
  const double* x = nullptr;          // (size)
  double target = 0;                  // stop when the estimated suboptimality of m is below
  index max_epochs = 0;
};

class BlockModel {
 public:
  BlockModel(LiftedDesign& design, const BlockPenalty& penalty, const MinimizeSettings& settings);
  static index bytes(index n, bool sparse, const BlockPenalty& penalty, index outputs,
                     const MinimizeSettings& settings);

  void solve(const BlockInput& input, Interrupt& interrupt);
  index count() const { return count_; }  // coordinates of W
  index coordinate(index k) const { return c_[k]; }
  double value(index k) const { return x_[k]; }
  index blocks() const { return in_.count; }
  index block(index w) const { return in_.list[w]; }
  index first(index w) const { return at_[w]; }
  double step(index k) const { return x_[k] - x0_[k]; }
  double* intercept_step();  // (K)
  double first_estimate() const { return first_estimate_; }

  index epochs = 0, updates = 0, newton_steps = 0, cg_iterations = 0, restarts = 0, backtracks = 0;  // totals

 private:
  // Of the buffers below.
  struct Sizes {
    Sizes(index samples, bool sparse, const BlockPenalty& penalty, index outputs, const MinimizeSettings& settings);
    index n, K, size, row, slots = 0, pack = 0, matrix = 0, gather = 0, eigen = 0, work = 0, history = 0, state = 0;
  };
  static constexpr unsigned char kTermsKnown = 1, kCurveKnown = 2;

  void prepare(const BlockInput& input);
  void prepare_intercepts();
  void refresh_pull();
  void total_intercepts();
  void gradients(index first, index last, double* out);
  void products(index first, index last, const double* v, double* out);
  void add_to_state(index first, index last, const double* d, double* state);
  void move(index w, const double* d);
  double update_block(index w, const double* gradient);
  double sweep();

  // block_extrapolation.cpp
  double model_value();
  void extrapolate();

  // block_curvature.cpp
  void find_intercept_hessian();
  void find_intercept_terms(index w);
  bool has_matrix(index b) const { return penalty_.length(b) <= kLargestExact; }
  void find_curve(index w);
  BlockCurve curve(index w);
  double guess_top(index w);
  void block_matrix(index w, double* out);
  void matrix_of_columns(index w, double* out);
  void matrix_by_scatter(index w, double* out);
  void matrix_of_feature(index w, double* out);
  void matrix_by_products(index w, double* out);
  void centre(index w, double* out);

  // block_gram.cpp
  double epoch_cost() const;
  bool want_gram(double left) const;
  void to_gram();
  void gather_scaled(const index* list, index many, double* out) const;
  void fill_slots();
  void release_slots();

  // block_newton.cpp
  void find_support();
  double newton_cost() const;
  bool newton_due();
  void newton();
  void find_right_side();
  bool direction_by_cholesky();
  void precondition(const double* r, double* out);
  bool direction_by_cg();
  void support_product(const double* v, double* out);
  void add_block_curvature(const double* v, double* out) const;
  double try_step(double alpha);

  LiftedDesign& lifted_;
  const Design& design_;
  const BlockPenalty& penalty_;
  BlockStep block_step_;
  const index n_, outputs_, size_;
  const bool sparse_;
  index slot_cap_;
  int memory_;
  bool use_newton_;
  index cg_limit_;

  BlockInput in_;
  bool gram_mode_ = false, weighted_ = true, pull_fresh_ = false;
  index count_ = 0;
  double estimate_ = 0, first_estimate_ = 0, floor_ = 0;
  Buffer<index> at_, c_;                                  // where the blocks of W begin (W + 1); coordinates
  Buffer<double> q_, x_, x0_, grad_;                      // (W)
  Buffer<double> state_, root_h_;                         // S X d (n, K); sqrt(h) (n)
  Buffer<double> move_, before_, after_, block_grad_;     // (largest block)
  Buffer<double> intercept_, Bplus_, M_, pull_, spread_;  // B, its inverse (K, K); M, B^+ M, a row (K)

  // Of every block, valid as long as h is: curvature and intercept terms.
  Buffer<index> matrix_at_;
  Buffer<double> matrix_, values_, top_, f_;  // values_ by penalty_.start(b); f_ (size, K)
  Buffer<unsigned char> known_;
  Buffer<double> gather_;  // columns, or (n, K)
  Buffer<std::byte> eigen_memory_;

  // Gram (K = 1). Dense: slots of columns, valid as long as h is; sparse: slot = place in W.
  Buffer<index> slot_, owner_, place_, fresh_;  // of a coordinate or -1; of a slot; of a place in W; new ones
  index used_ = 0, built_ = 0, ld_ = 0;
  Buffer<double> pack_, gram_, slot_grad_, work_;

  Buffer<double> past_x_, past_state_;  // Anderson: (memory + 1) iterates
  int pasts_ = 0;

  Buffer<index> support_;   // places in W that Newton moves, by blocks
  Buffer<double> inverse_;  // level / ||x_b|| of the block of each
  index support_count_ = 0;
  Buffer<double> factor_, full_;  // Hessian on the support; (slots) or (n, K)
  Buffer<double> direction_, rhs_, next_, product_, cg_r_, cg_z_, cg_p_;
  std::uint64_t pattern_ = 0;
  index pattern_age_ = 0;
  double spent_ = 0, patience_ = 1;
};

}  // namespace fenchel

// pass_engine.hpp -- reductions of P_ij = exp2(F_i + G_j - k C_ij) in passes over all entries; scratch memory of one
// solver.
//
// F and G are base-2 exponents, -inf where the weight is zero. All vectors are double, whatever the dtype of the
// geometry, and potentials are rounded to that dtype first: the numbers returned are those of the rounded pair, and F
// and G that a call updates are based on it. Rows are cut into chunks by the sizes alone and chunks are reduced in
// order, so results do not depend on threads.
//
// Cost per pass: n m exponentials and one read of a stored cost (grids: what their README row says).
#pragma once
#include <cstdint>

#include "base/array_view.hpp"
#include "base/buffer.hpp"
#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/thread_pool.hpp"
#include "base/types.hpp"

namespace fenchel {

// One side of a Sinkhorn update: X_i <- base_i + tau (X_i - base_i - log2(marginal_i / weight_i)).
struct Update {
  const double* weight;      // >= 0; where it is 0 the exponent stays -inf
  const double* log_weight;  // log2
  const double* base;
  double tau;
};

// Entries of the plan in CSR, in int32 columns; rows need not be stored in order.
struct SparsePlan {
  Buffer<index> start;          // (n) first entry of the row
  Buffer<std::int32_t> count;   // (n)
  Buffer<std::int32_t> column;  // (capacity)
  Buffer<float> value32;        // (capacity) in the geometry's dtype
  Buffer<double> value64;
  index nnz = 0;
  bool overflow = false;  // more entries than capacity: contents are not valid
  index capacity() const { return column.size(); }
};

// Which plan is rounded to which marginals; see TransportObjective.
struct RoundedPlan {
  const double* x;          // (n) row factors
  const double* y;          // (m) column factors
  const double* target_a;   // (n) or null: then there is no rank-one part
  const double* deficit_b;  // (m) b - column sums of diag(x) P diag(y), >= 0; null as above
  double deficit;           // its sum
  const double* log_ref_a;  // (n) log2 of the reference measure; null: ones
  const double* log_ref_b;  // (m)
};

struct PlanSums {
  double cost = 0;     // <C, P>
  double entropy = 0;  // sum P log2(P / reference)
  double mass = 0;     // sum P
};

class PassEngine {
 public:
  virtual ~PassEngine() = default;

  // The pool and the interrupt (or null) of the running solve; both outlive the calls made with them.
  void attach(ThreadPool* pool, Interrupt* interrupt) {
    pool_ = pool;
    interrupt_ = interrupt;
  }
  void detach() { attach(&own_pool_, nullptr); }
  // For long work between passes: throws Stopped when the control says so.
  void check_stop() const {
    if (interrupt_ != nullptr && !interrupt_->poll()) throw Stopped{};
  }
  index passes() const { return passes_; }
  void reset_passes() { passes_ = 0; }
  // Rows are evaluated relative to these weights (log2; of the row side), which keeps f32 in range; they outlive the
  // calls.
  void set_row_weights(const double* weight, const double* log_weight) {
    row_weight_ = weight;
    row_log_weight_ = log_weight;
  }
  double k() const { return k_; }
  void set_scale(double k) { k_ = k; }  // log2(e) / eps

  // One fused Sinkhorn iteration: rows, then columns. p: the row marginal of the incoming pair.
  virtual void sweep(const Update& row, const Update& col, double* F, double* G, double* p) = 0;

  // p = P 1, q = P^T 1.
  virtual void marginals(const double* F, const double* G, double* p, double* q) = 0;

  // The same, and q_x = P^T x for x_i = min(1, cap_i / p_i) (cap null: x = 1).
  virtual void marginals_capped(const double* F, const double* G, const double* cap, double* p, double* q,
                                double* q_x) = 0;

  // out_i = log2 sum_j exp2(G_j - k C_ij), and out_j = log2 sum_i exp2(F_i - k C_ij); exact for any spread.
  virtual void lse_rows(const double* G, double* out) = 0;
  virtual void lse_cols(const double* F, double* out) = 0;

  // out (n, r) = P v, or out (m, r) = P^T v; v and out by column: v[c * len + j].
  virtual void apply(const double* F, const double* G, bool transpose, index r, const double* v, double* out) = 0;

  // <C, P>, entropy and mass of the rounded plan R = diag(x) P diag(y) + u c^T / deficit, u_i = target_a_i - (row sum
  // of diag(x) P diag(y))_i; row_sums receives the row sums of diag(x) P diag(y). plain_cost: <C, P> of P itself.
  virtual PlanSums rounded_sums(const double* F, const double* G, const RoundedPlan& plan, double* row_sums,
                                double* plain_cost) = 0;

  // The rest visits single entries.

  // p, q and the entries P_ij >= min(row_threshold_i, col_threshold_j) into out (capacity is out's).
  virtual void extract(const double* F, const double* G, const double* row_threshold, const double* col_threshold,
                       double* p, double* q, SparsePlan& out) {
    unsupported("a sparse plan", F, G, row_threshold, col_threshold, p, q, &out);
  }
  // out = P^T diag(w) P v: one pass.
  virtual void normal_product(const double* F, const double* G, const double* w, const double* v, double* out) {
    unsupported("a normal product", F, G, w, v, out);
  }
  // Calls sink(user, row, worker, P_row as the geometry's dtype, m values) for every row, in parallel.
  using RowSink = void (*)(void* user, index row, int worker, const void* values);
  virtual void for_each_row(const double* F, const double* G, RowSink sink, void* user) {
    unsupported("the plan's rows", F, G, sink, user);
  }
  // The rows of C, as above.
  virtual void for_each_cost_row(RowSink sink, void* user) { unsupported("the cost's rows", sink, user); }
  // grad (n, d): sum_j W_ij d c(x_i, y_j) / d x_i of a point cloud, or with side_y (m, d): sum_i W_ij d c / d y_j. W is
  // P, or what edit makes of it: edit gets the row (column with side_y) of P, in the geometry's dtype, to change in
  // place.
  using RowEdit = void (*)(void* user, index row, void* values);
  virtual void point_gradient(const double* F, const double* G, bool side_y, RowEdit edit, void* user, double* grad) {
    unsupported("a gradient with respect to points", F, G, side_y, edit, user, grad);
  }
  // Calls sink with each row of the tangent dC_ij = <dc/dx_i, dx_i> + <dc/dy_j, dy_j> in doubles; dx (n, d), dy (m, d)
  // or null.
  virtual void for_each_tangent_row(const double* dx, const double* dy, RowSink sink, void* user) {
    unsupported("a tangent of points", dx, dy, sink, user);
  }

  // Runs body(chunk, worker) for chunks of a caller's own pass over n x m entries.
  template <class Body>
  void stream(index chunks, Body&& body) {
    parallel(chunks, body);
  }

 protected:
  // entries: of a pass; below kWorthThreads waking a thread costs more than it saves.
  explicit PassEngine(double entries) : entries_(entries) { detach(); }
  // Runs body(chunk, worker) for all chunks; throws Stopped when the control says so.
  template <class Body>
  void parallel(index chunks, Body&& body) {
    ++passes_;
    ThreadPool& pool = entries_ < kWorthThreads ? own_pool_ : *pool_;
    const bool done = pool.run(chunks, body, [this] { return interrupt_ == nullptr || interrupt_->poll(); });
    if (!done) throw Stopped{};
  }
  template <class... A>
  [[noreturn]] static void unsupported(const char* what, const A&...) {
    fail(Status::UNSUPPORTED, "% is not available for this geometry", what);
  }

  static constexpr double kWorthThreads = 1 << 17;
  double entries_;
  ThreadPool own_pool_{1};
  ThreadPool* pool_ = nullptr;
  Interrupt* interrupt_ = nullptr;
  index passes_ = 0;
  double k_ = 1;
  const double* row_weight_ = nullptr;
  const double* row_log_weight_ = nullptr;
};

}  // namespace fenchel

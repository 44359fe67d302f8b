// grid.cpp -- a regular grid and a cost that splits by axis: log-sums axis by axis, never n x m.
//
// Costs per sweep: O(n sum_k shape_k) exponentials, O(n ndim) for l1. Arithmetic is in double for both dtypes. The
// rounded plan's entropy does not split, so its value is bounded through convexity: for R = (1 - t) A + t B, h(R) <= (1
// - t) h(A) + t h(B), h(z) = z log(z/r) - z + r.
#include <algorithm>
#include <cmath>
#include <string>

#include "geometry/geometry.hpp"
#include "geometry/grid_axis.hpp"
#include "geometry/pass_engine.hpp"
#include "geometry/tile_engine.hpp"
#include "kernels/kernels.hpp"

namespace fenchel {
namespace {

struct GridShape {
  int ndim = 0;
  index size = 1;
  bool l1 = false;
  GridAxis axes[3];
};

// A row of the cost, written where the tile will stand.
template <class T>
struct GridSource {
  const GridShape* shape;
  const kernels::Table<T>* simd;
  void fill(index i, T* row) const {
    const GridAxis* axes = shape->axes;
    const index i0 = i / axes[0].inner % axes[0].length;
    const index i1 = i / axes[1].inner % axes[1].length;
    const index i2 = i % axes[2].length;
    for (index j0 = 0; j0 < axes[0].length; ++j0) {
      for (index j1 = 0; j1 < axes[1].length; ++j1) {
        const double outer = axes[0].cost[i0 * axes[0].length + j0] + axes[1].cost[i1 * axes[1].length + j1];
        const double* last = axes[2].cost.data() + i2 * axes[2].length;
        for (index j2 = 0; j2 < axes[2].length; ++j2) *row++ = static_cast<T>(outer + last[j2]);
      }
    }
  }
  void fill_tile(index i, const kernels::TileArgs<T>& args) const {
    for (index r = 0; r < args.rows; ++r) fill(i + r, args.tile + r * args.ld);
  }
  void exp_rows(index i, const kernels::TileArgs<T>& args, double* sums) const {
    fill_tile(i, args);
    simd->exp_rows_matrix({args.tile, args.ld}, args, sums);
  }
  void arg_rows(index i, const kernels::TileArgs<T>& args) const {
    fill_tile(i, args);
    simd->arg_rows_matrix({args.tile, args.ld}, args);
  }
  const T* cost_row(index i, const kernels::TileArgs<T>& args) const {
    fill(i, args.tile);
    return args.tile;
  }
};

std::unique_ptr<PassEngine> make_entries_engine(const GridShape& shape, Dtype dtype, int workers) {
  return visit_real(dtype, [&](auto zero) -> std::unique_ptr<PassEngine> {
    using T = decltype(zero);
    const GridSource<T> source{&shape, &kernels::table<T>()};
    return std::make_unique<TileEngine<T, GridSource<T>>>(source, shape.size, shape.size, workers);
  });
}

class GridEngine final : public PassEngine {
 public:
  GridEngine(const GridShape& shape, Dtype dtype, int workers)
      : PassEngine(kInf),  // cut into tasks of its own
        shape_(shape),
        dtype_(dtype),
        workers_(workers),
        n_(shape.size),
        lse_(n_),
        tmp_(n_),
        positive_(n_),
        negative_(n_) {
    stride_ = longest(shape) * kStrip;
    scratch_.resize(3 * stride_ * workers);
    tilted_.resize(longest(shape) * longest(shape));
  }
  static index bytes(const GridShape& shape, int workers) {
    return 8 * (4 * shape.size + 3 * longest(shape) * kStrip * workers + longest(shape) * longest(shape));
  }

  void sweep(const Update& row, const Update& col, double* F, double* G, double* p) override {
    ++passes_;
    lse(G, lse_.data(), -1);
    for (index i = 0; i < n_; ++i) {
      p[i] = F[i] > -kInf ? std::exp2(F[i] + lse_[i]) : 0.0;
      if (F[i] > -kInf) F[i] = row.base[i] + row.tau * (row.log_weight[i] - row.base[i] - lse_[i]);
    }
    lse(F, lse_.data(), -1);
    for (index j = 0; j < n_; ++j)
      if (G[j] > -kInf) G[j] = col.base[j] + col.tau * (col.log_weight[j] - col.base[j] - lse_[j]);
  }
  void marginals(const double* F, const double* G, double* p, double* q) override {
    marginals_capped(F, G, nullptr, p, q, nullptr);
  }
  void marginals_capped(const double* F, const double* G, const double* cap, double* p, double* q,
                        double* q_x) override {
    ++passes_;
    lse(G, lse_.data(), -1);
    for (index i = 0; i < n_; ++i) p[i] = std::exp2(F[i] + lse_[i]);
    lse(F, lse_.data(), -1);
    for (index j = 0; j < n_; ++j) q[j] = std::exp2(G[j] + lse_[j]);
    if (q_x == nullptr) return;
    for (index i = 0; i < n_; ++i) tmp_[i] = cap != nullptr && p[i] > cap[i] ? F[i] + std::log2(cap[i] / p[i]) : F[i];
    lse(tmp_.data(), lse_.data(), -1);
    for (index j = 0; j < n_; ++j) q_x[j] = std::exp2(G[j] + lse_[j]);
  }
  void lse_rows(const double* G, double* out) override {
    ++passes_;
    lse(G, out, -1);
  }
  void lse_cols(const double* F, double* out) override { lse_rows(F, out); }

  // Positive and negative parts of v pass through log-sums of their own.
  void apply(const double* F, const double* G, bool transpose, index r, const double* v, double* out) override {
    const double* from = transpose ? F : G;
    const double* to = transpose ? G : F;
    for (index c = 0; c < r; ++c) {
      ++passes_;
      for (const double sign : {1.0, -1.0}) {
        for (index j = 0; j < n_; ++j) {
          const double part = sign * v[c * n_ + j];
          positive_[j] = part > 0 ? from[j] + std::log2(part) : -kInf;
        }
        lse(positive_.data(), lse_.data(), -1);
        for (index i = 0; i < n_; ++i) {
          const double value = sign * std::exp2(to[i] + lse_[i]);
          out[c * n_ + i] = sign > 0 ? value : out[c * n_ + i] + value;
        }
      }
    }
  }

  PlanSums rounded_sums(const double* F, const double* G, const RoundedPlan& plan, double* row_sums,
                        double* plain_cost) override {
    ++passes_;
    Buffer<double>& fx = positive_;
    Buffer<double>& gy = negative_;
    for (index i = 0; i < n_; ++i) {
      fx[i] = plan.x[i] > 0 ? F[i] + std::log2(plan.x[i]) : -kInf;
      gy[i] = plan.y[i] > 0 ? G[i] + std::log2(plan.y[i]) : -kInf;
    }
    *plain_cost = cost_of(F, G);
    PlanSums sums;
    sums.cost = cost_of(fx.data(), gy.data());
    lse(gy.data(), lse_.data(), -1);
    double entropy = -k_ * sums.cost;
    for (index i = 0; i < n_; ++i) {
      row_sums[i] = std::exp2(fx[i] + lse_[i]);
      if (row_sums[i] > 0) entropy += row_sums[i] * (fx[i] - reference(plan.log_ref_a, i));
      sums.mass += row_sums[i];
    }
    lse(fx.data(), lse_.data(), -1);
    for (index j = 0; j < n_; ++j) {
      const double col = std::exp2(gy[j] + lse_[j]);
      if (col > 0) entropy += col * (gy[j] - reference(plan.log_ref_b, j));
    }
    sums.entropy = entropy;
    if (plan.target_a != nullptr && plan.deficit > 0) add_product(plan, row_sums, sums);
    return sums;
  }

  // Single entries come from an engine over cost rows, made when they are first asked for.
  void extract(const double* F, const double* G, const double* row_threshold, const double* col_threshold, double* p,
               double* q, SparsePlan& out) override {
    by_entries([&](PassEngine& e) { e.extract(F, G, row_threshold, col_threshold, p, q, out); });
  }
  void normal_product(const double* F, const double* G, const double* w, const double* v, double* out) override {
    by_entries([&](PassEngine& e) { e.normal_product(F, G, w, v, out); });
  }
  void for_each_row(const double* F, const double* G, RowSink sink, void* user) override {
    by_entries([&](PassEngine& e) { e.for_each_row(F, G, sink, user); });
  }
  void for_each_cost_row(RowSink sink, void* user) override {
    by_entries([&](PassEngine& e) { e.for_each_cost_row(sink, user); });
  }

 private:
  static index longest(const GridShape& shape) {
    index length = 1;
    for (int d = 0; d < shape.ndim; ++d) length = std::max(length, shape.axes[d].length);
    return length;
  }
  template <class Body>
  void by_entries(Body&& body) {
    if (entries_engine_ == nullptr) entries_engine_ = make_entries_engine(shape_, dtype_, workers_);
    PassEngine& engine = *entries_engine_;
    engine.attach(pool_, interrupt_);
    engine.set_scale(k_);
    engine.set_row_weights(row_weight_, row_log_weight_);
    engine.reset_passes();
    body(engine);
    passes_ += engine.passes();
  }
  static double reference(const double* log_ref, index i) { return log_ref != nullptr ? log_ref[i] : 0.0; }

  // The product part B t of R, t = deficit / mass: values by the convexity bound.
  void add_product(const RoundedPlan& plan, const double* row_sums, PlanSums& sums) {
    const double total = sums.mass + plan.deficit;
    const double t = plan.deficit / total;
    double entropy = 0;  // of u c^T / deficit * (1 / t), times t
    Buffer<double>& u = tmp_;
    double missing = 0;
    for (index i = 0; i < n_; ++i) missing += u[i] = std::max(0.0, plan.target_a[i] - row_sums[i]);
    for (index i = 0; i < n_; ++i)
      if (u[i] > 0) entropy += u[i] * (std::log2(u[i]) - reference(plan.log_ref_a, i));
    for (index j = 0; j < n_; ++j)
      if (plan.deficit_b[j] > 0)
        entropy += plan.deficit_b[j] * (std::log2(plan.deficit_b[j]) - reference(plan.log_ref_b, j));
    entropy -= plan.deficit * (std::log2(plan.deficit) + std::log2(t));
    sums.entropy += entropy - (t < 1 ? sums.mass * std::log2(1 - t) : 0.0);
    if (missing > 0) sums.cost += product_cost(u.data(), plan.deficit_b, missing);
    sums.mass = total;
  }
  double product_cost(const double* u, const double* c, double mass) {
    double cost = 0;
    Buffer<double> mu, mc;
    for (int d = 0; d < shape_.ndim; ++d) {
      const GridAxis& axis = shape_.axes[d];
      mu = Buffer<double>(axis.length, 0.0);
      mc = Buffer<double>(axis.length, 0.0);
      for (index line = 0; line < axis.lines(); ++line)
        for (index i = 0; i < axis.length; ++i) {
          mu[i] += u[axis.offset(line) + i * axis.inner];
          mc[i] += c[axis.offset(line) + i * axis.inner];
        }
      for (index i = 0; i < axis.length; ++i)
        for (index j = 0; j < axis.length; ++j) cost += mu[i] * mc[j] * axis.cost[i * axis.length + j];
    }
    return cost / mass;
  }

  // <C, P> = sum over axes of the sums with that axis's kernel weighted by its cost.
  double cost_of(const double* F, const double* G) {
    double cost = 0;
    for (int d = 0; d < shape_.ndim; ++d) {
      lse(G, lse_.data(), d);
      for (index i = 0; i < n_; ++i) cost += std::exp2(F[i] + lse_[i]);
    }
    return cost;
  }

  // out = log2 sum_j exp2(in_j - k C_ij), each term weighted by the cost along axis `weighted` if that is one.
  void lse(const double* in, double* out, int weighted) {
    const double* from = in;
    for (int d = shape_.ndim - 1; d >= 0; --d) {
      const GridAxis& axis = shape_.axes[d];
      if (d == weighted) {
        for (index e = 0; e < axis.length * axis.length; ++e) tilted_[e] = k_ * axis.cost[e] - axis.log_cost[e];
        by_matrix(axis, tilted_.data(), 1.0, from, out);
      } else if (shape_.l1) {
        by_recursion(axis, from, out);
      } else {
        by_matrix(axis, axis.cost.data(), k_, from, out);
      }
      from = out;
    }
  }
  void by_matrix(const GridAxis& axis, const double* cost, double k, const double* from, double* to) {
    constexpr index kLines = 16;  // a task
    in_tasks((axis.lines() + kLines - 1) / kLines, [&](index task, int worker) {
      for (index line = task * kLines; line < std::min(axis.lines(), (task + 1) * kLines); ++line)
        axis_by_matrix(simd_, axis, cost, k, line, from, to, scratch_of(worker));
    });
  }
  void by_recursion(const GridAxis& axis, const double* from, double* to) {
    in_tasks((axis.lines() + kStrip - 1) / kStrip, [&](index task, int worker) {
      const index first = task * kStrip;
      axis_by_recursion(simd_, axis, k_ * axis.spacing, first, std::min(kStrip, axis.lines() - first), from, to,
                        scratch_of(worker));
    });
  }
  template <class Body>
  void in_tasks(index tasks, Body&& body) {
    if (!pool_->run(tasks, body, [this] { return interrupt_ == nullptr || interrupt_->poll(); })) throw Stopped{};
  }
  AxisScratch scratch_of(int worker) {
    double* base = scratch_.data() + 3 * stride_ * worker;
    return {base, base + stride_, base + 2 * stride_};
  }

  const GridShape& shape_;
  Dtype dtype_;
  int workers_;
  std::unique_ptr<PassEngine> entries_engine_;
  const kernels::Table<double>& simd_ = kernels::table<double>();
  index n_, stride_ = 0;
  Buffer<double> lse_, tmp_, positive_, negative_;  // (n)
  Buffer<double> tilted_;                           // (longest, longest)
  Buffer<double> scratch_;                          // (workers, 3, stride)
};

class Grid final : public Geometry {
 public:
  Grid(int ndim, const index* shape, const double* spacing, bool l1, Dtype dtype) : Geometry(1, 1, dtype) {
    shape_.ndim = ndim;
    shape_.l1 = l1;
    for (int d = 0; d < ndim; ++d) {
      if (shape_.size > (index{1} << 40) / shape[d])
        fail(Status::TOO_LARGE, "shape[%] is %: the grid has more than 2^40 points", d, shape[d]);
      shape_.size *= shape[d];
    }
    index inner = shape_.size;
    for (int d = 0; d < ndim; ++d) {
      GridAxis& axis = shape_.axes[d];
      axis.length = shape[d];
      axis.outer = shape_.size / inner;
      inner /= shape[d];
      axis.inner = inner;
      axis.spacing = spacing != nullptr ? spacing[d] : 1.0 / static_cast<double>(shape[d]);
      fill(axis, l1);
      range_ += axis.cost[axis.length - 1];
    }
    for (int d = ndim; d < 3; ++d) pad(shape_.axes[d]);
    rows_ = cols_ = shape_.size;
  }
  double cost_range() const override { return range_; }
  bool separable() const override { return true; }
  index engine_bytes(int max_threads) const override { return GridEngine::bytes(shape_, max_threads); }
  std::unique_ptr<PassEngine> make_engine(int max_threads) const override {
    return std::make_unique<GridEngine>(shape_, dtype_, max_threads);
  }

 private:
  // An axis of one point.
  static void pad(GridAxis& axis) {
    axis.cost = Buffer<double>(1, 0.0);
    axis.log_cost = Buffer<double>(1, -kInf);
  }
  static void fill(GridAxis& axis, bool l1) {
    const index n = axis.length;
    axis.cost.resize(n * n);
    axis.log_cost.resize(n * n);
    for (index i = 0; i < n; ++i)
      for (index j = 0; j < n; ++j) {
        const double distance = axis.spacing * static_cast<double>(std::abs(i - j));
        axis.cost[i * n + j] = l1 ? distance : distance * distance;
        axis.log_cost[i * n + j] = std::log2(axis.cost[i * n + j]);
      }
  }
  GridShape shape_;
  double range_ = 0;
};

}  // namespace

std::shared_ptr<const Geometry> make_grid(int ndim, const index* shape, const double* spacing, int cost, Dtype dtype) {
  const std::string name = kernels::cost_name(cost);
  if (name != "sqeuclidean" && name != "l1")
    fail(Status::UNSUPPORTED, "cost % does not split by axis: a grid takes sqeuclidean or l1, a point cloud any", name);
  if (ndim < 1 || ndim > 3) fail(Status::RANGE, "ndim is %: a grid has 1 to 3 dimensions", ndim);
  for (int d = 0; d < ndim; ++d) {
    if (shape[d] < 1) fail(Status::EMPTY, "shape[%] is %: every axis needs at least one point", d, shape[d]);
    if (spacing != nullptr && !(spacing[d] > 0 && spacing[d] < kInf))
      fail(Status::RANGE, "spacing[%] is %: it must be finite and > 0", d, spacing[d]);
  }
  return std::make_shared<Grid>(ndim, shape, spacing, name == "l1", dtype);
}

}  // namespace fenchel

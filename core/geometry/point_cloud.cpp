// point_cloud.cpp -- costs between points, computed on the fly: memory O((n + m) d), never n x m.
#include <algorithm>
#include <cmath>

#include "geometry/geometry.hpp"
#include "geometry/tile_engine.hpp"

namespace fenchel {
namespace {

constexpr index kPad = 32;  // lanes by which a dimension's row is padded

// One side: row-major, centred (which costs nothing and keeps f32 accurate far from the origin), or of unit length; and
// by dimension.
template <class T>
struct Points {
  index count = 0, d = 0, ld = 0;
  Buffer<T> by_row;   // (count, d)
  Buffer<T> by_dim;   // (d, ld)
  Buffer<T> lengths;  // (count) of the raw points, where they were normalised
  void transpose() {
    ld = (count + kPad - 1) / kPad * kPad;
    by_dim.resize(d * ld);
    by_dim.fill(T(0));
    for (index i = 0; i < count; ++i)
      for (index k = 0; k < d; ++k) by_dim[k * ld + i] = by_row[i * d + k];
  }
};

template <class T>
struct CloudSource {
  const Points<T>* x;
  const Points<T>* y;
  const kernels::CloudKernels<T>* cost;
  kernels::CloudRows<T> rows(index i) const { return {x->by_row.data() + i * x->d, y->by_dim.data(), y->ld, x->d}; }
  void exp_rows(index i, const kernels::TileArgs<T>& args, double* sums) const { cost->exp_rows(rows(i), args, sums); }
  void arg_rows(index i, const kernels::TileArgs<T>& args) const { cost->arg_rows(rows(i), args); }
  const T* cost_row(index i, kernels::TileArgs<T> args) const {
    const T zero = 0;
    args.F = &zero;
    args.G = zeros;
    cost->arg_rows(rows(i), args);
    return args.tile;
  }
  const T* zeros;  // (m)
};

template <class T>
class CloudEngine final : public TileEngine<T, CloudSource<T>> {
 public:
  using Base = TileEngine<T, CloudSource<T>>;
  using Base::Base;

  void point_gradient(const double* F, const double* G, bool side_y, PassEngine::RowEdit edit, void* user,
                      double* grad) override {
    if (side_y) {  // the same with the sides changed over
      CloudSource<T> swapped = this->source_;
      Buffer<T> zeros(this->source_.x->ld, T(0));
      std::swap(swapped.x, swapped.y);
      swapped.zeros = zeros.data();
      CloudEngine other(swapped, this->m_, this->n_, this->pool_->threads());
      other.set_scale(this->k_);
      other.attach(this->pool_, this->interrupt_);
      other.point_gradient(G, F, false, edit, user, grad);
      return;
    }
    const index d = this->source_.x->d;
    this->each_tile(F, G, false, [&](index, const typename Base::Tile& tile) {
      if (edit != nullptr)
        for (index r = 0; r < tile.rows; ++r) edit(user, tile.row + r, tile.data + r * this->ld_);
      double* out = grad + tile.row * d;
      std::fill_n(out, tile.rows * d, 0.0);
      this->source_.cost->grad_rows(this->source_.rows(tile.row),
                                    this->args(nullptr, nullptr, T(0), tile.rows, tile.data), out);
    });
    unnormalise(*this->source_.x, grad);
  }

  void for_each_tangent_row(const double* dx, const double* dy, PassEngine::RowSink sink, void* user) override {
    const Points<T>& x = *this->source_.x;
    const Points<T>& y = *this->source_.y;
    const index d = x.d;
    Buffer<double> row(this->m_);
    Buffer<double> grad(d);
    Buffer<double> ux = tangent(x, dx);
    Buffer<double> uy = tangent(y, dy);
    const T one = 1;
    const auto slope = [&](const Points<T>& from, index i, const Points<T>& to, index j, const double* u) {
      T tile = one;
      grad.fill(0.0);
      const kernels::CloudRows<T> rows{from.by_row.data() + i * d, to.by_dim.data() + j, to.ld, d};
      this->source_.cost->grad_rows(rows, {nullptr, nullptr, T(0), 1, 1, &tile, 1}, grad.data());
      double sum = 0;
      for (index k = 0; k < d; ++k) sum += grad[k] * u[k];
      return sum;
    };
    for (index i = 0; i < this->n_; ++i) {
      for (index j = 0; j < this->m_; ++j) {
        row[j] = 0;
        if (dx != nullptr) row[j] += slope(x, i, y, j, ux.data() + i * d);
        if (dy != nullptr) row[j] += slope(y, j, x, i, uy.data() + j * d);
      }
      sink(user, i, 0, row.data());
    }
  }

 private:
  // The chain rule of x -> x / |x|: project the gradient off the point and divide by its length.
  static void unnormalise(const Points<T>& points, double* grad) {
    if (points.lengths.empty()) return;
    for (index i = 0; i < points.count; ++i) project(points, i, grad + i * points.d);
  }
  static void project(const Points<T>& points, index i, double* g) {
    const T* u = points.by_row.data() + i * points.d;
    double along = 0;
    for (index k = 0; k < points.d; ++k) along += g[k] * static_cast<double>(u[k]);
    for (index k = 0; k < points.d; ++k)
      g[k] = (g[k] - along * static_cast<double>(u[k])) / static_cast<double>(points.lengths[i]);
  }
  // The projection is symmetric, so tangents of raw points go through it too.
  static Buffer<double> tangent(const Points<T>& points, const double* u) {
    Buffer<double> out(u == nullptr ? 0 : points.count * points.d);
    std::copy_n(u, out.size(), out.data());
    if (!out.empty()) unnormalise(points, out.data());
    return out;
  }
};

template <class T>
class PointCloud final : public Geometry {
 public:
  PointCloud(const ArrayView& x, const ArrayView& y, int cost)
      : Geometry(x.shape[0], y.shape[0], kDtypeOf<T>), cost_(&kernels::table<T>().cloud[cost]) {
    dim_ = x.shape[1];
    load(x, "x", x_);
    load(y, "y", y_);
    if (cost_->normalise) {
      normalise(x_, "x");
      normalise(y_, "y");
    } else {
      centre();
    }
    x_.transpose();
    y_.transpose();
    zeros_ = Buffer<T>(y_.ld, T(0));
    copied_bytes_ = 2 * (rows_ + cols_) * dim_ * static_cast<index>(sizeof(T));
    range_ = bound_range();
  }

  double cost_range() const override { return range_; }
  index engine_bytes(int max_threads) const override { return CloudEngine<T>::bytes(rows_, cols_, max_threads); }
  std::unique_ptr<PassEngine> make_engine(int max_threads) const override {
    return std::make_unique<CloudEngine<T>>(CloudSource<T>{&x_, &y_, cost_, zeros_.data()}, rows_, cols_, max_threads);
  }

 private:
  void load(const ArrayView& view, const char* name, Points<T>& points) {
    points.count = view.shape[0];
    points.d = view.shape[1];
    points.by_row.resize(points.count * points.d);
    for (index i = 0; i < points.count; ++i) {
      for (index k = 0; k < points.d; ++k) {
        const T value = view.at<T>(i, k);
        if (!std::isfinite(value))
          fail(Status::NOT_FINITE, "%[%, %] is %: every coordinate must be finite", name, i, k,
               static_cast<double>(value));
        points.by_row[i * points.d + k] = value;
      }
    }
  }
  static void normalise(Points<T>& points, const char* name) {
    points.lengths.resize(points.count);
    for (index i = 0; i < points.count; ++i) {
      T* row = points.by_row.data() + i * points.d;
      double square = 0;
      for (index k = 0; k < points.d; ++k) square += static_cast<double>(row[k]) * static_cast<double>(row[k]);
      const double length = std::sqrt(square);
      if (!(length > 0)) fail(Status::RANGE, "%[%] has length %: the cosine cost needs length > 0", name, i, length);
      points.lengths[i] = static_cast<T>(length);
      for (index k = 0; k < points.d; ++k) row[k] = static_cast<T>(static_cast<double>(row[k]) / length);
    }
  }
  void centre() {
    for (index k = 0; k < dim_; ++k) {
      double low = kInf;
      double high = -kInf;
      for (const Points<T>* points : {&x_, &y_}) {
        for (index i = 0; i < points->count; ++i) {
          low = std::min(low, static_cast<double>(points->by_row[i * dim_ + k]));
          high = std::max(high, static_cast<double>(points->by_row[i * dim_ + k]));
        }
      }
      const double middle = low + (high - low) / 2;
      for (Points<T>* points : {&x_, &y_})
        for (index i = 0; i < points->count; ++i) {
          T& value = points->by_row[i * dim_ + k];
          value = static_cast<T>(static_cast<double>(value) - middle);
        }
    }
  }
  // The cost between the corners of the bounding boxes; all costs here grow with each |x_k - y_k|, but cosine, which is
  // in [0, 2].
  double bound_range() const {
    if (cost_->normalise) return 2;
    Points<T> near;
    Points<T> far;
    near.count = far.count = 1;
    near.d = far.d = dim_;
    near.by_row.resize(dim_);
    far.by_row.resize(dim_);
    for (index k = 0; k < dim_; ++k) {
      double bounds[4] = {kInf, -kInf, kInf, -kInf};
      bounds_of(x_, k, bounds);
      bounds_of(y_, k, bounds + 2);
      near.by_row[k] = 0;
      far.by_row[k] = static_cast<T>(std::max(bounds[1] - bounds[2], bounds[3] - bounds[0]));
    }
    far.transpose();
    T out = 0;
    const T zero = 0;
    cost_->arg_rows({near.by_row.data(), far.by_dim.data(), far.ld, dim_}, {&zero, &zero, T(-1), 1, 1, &out, 1});
    if (!std::isfinite(out))
      fail(Status::RANGE, "the largest cost between x and y is %: it must be finite", static_cast<double>(out));
    return static_cast<double>(out);
  }
  static void bounds_of(const Points<T>& points, index k, double* bounds) {
    for (index i = 0; i < points.count; ++i) {
      const auto value = static_cast<double>(points.by_row[i * points.d + k]);
      bounds[0] = std::min(bounds[0], value);
      bounds[1] = std::max(bounds[1], value);
    }
  }

  const kernels::CloudKernels<T>* cost_;
  Points<T> x_, y_;
  Buffer<T> zeros_;
  double range_ = 0;
};

}  // namespace

std::shared_ptr<const Geometry> make_point_cloud(const ArrayView& x, const ArrayView& y, int cost) {
  if (x.dtype == Dtype::f32) return std::make_shared<PointCloud<float>>(x, y, cost);
  return std::make_shared<PointCloud<double>>(x, y, cost);
}

}  // namespace fenchel

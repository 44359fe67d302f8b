// matrix.cpp -- a stored cost matrix, borrowed where its rows are contiguous.
#include <algorithm>
#include <cmath>
#include <limits>

#include "geometry/geometry.hpp"
#include "geometry/tile_engine.hpp"

namespace fenchel {
namespace {

template <class T>
struct MatrixSource {
  const T* cost;
  index ld;
  const kernels::Table<T>* simd;
  kernels::MatrixRows<T> rows(index i) const { return {cost + i * ld, ld}; }
  void exp_rows(index i, const kernels::TileArgs<T>& args, double* sums) const {
    simd->exp_rows_matrix(rows(i), args, sums);
  }
  void arg_rows(index i, const kernels::TileArgs<T>& args) const { simd->arg_rows_matrix(rows(i), args); }
  const T* cost_row(index i, const kernels::TileArgs<T>&) const { return cost + i * ld; }
};

template <class T>
class MatrixGeometry final : public Geometry {
 public:
  explicit MatrixGeometry(const ArrayView& cost) : Geometry(cost.shape[0], cost.shape[1], kDtypeOf<T>) {
    const auto size = static_cast<index>(sizeof(T));
    if (cost.strides[1] == size && cost.strides[0] % size == 0 && (cost.strides[0] >= cols_ * size || rows_ == 1)) {
      data_ = static_cast<const T*>(cost.data);
      ld_ = cost.strides[0] / size;
    } else {
      pack(cost);
    }
    scan();
  }

  double cost_range() const override { return range_; }
  index engine_bytes(int max_threads) const override { return Engine::bytes(rows_, cols_, max_threads); }
  std::unique_ptr<PassEngine> make_engine(int max_threads) const override {
    return std::make_unique<Engine>(MatrixSource<T>{data_, ld_, &kernels::table<T>()}, rows_, cols_, max_threads);
  }
  bool rebind(PassEngine& engine) const override {
    auto* mine = dynamic_cast<Engine*>(&engine);
    return mine != nullptr && mine->rebind({data_, ld_, &kernels::table<T>()}, rows_, cols_);
  }

 private:
  using Engine = TileEngine<T, MatrixSource<T>>;

  void pack(const ArrayView& cost) {
    packed_.resize(rows_ * cols_);
    for (index i = 0; i < rows_; ++i)
      for (index j = 0; j < cols_; ++j) packed_[i * cols_ + j] = cost.at<T>(i, j);
    data_ = packed_.data();
    ld_ = cols_;
    copied_bytes_ = rows_ * cols_ * static_cast<index>(sizeof(T));
  }

  // The range, and the first value that is not finite. min and max let NaN slip, so a sum of zeros v - v catches it.
  void scan() {
    T low = data_[0];
    T high = data_[0];
    for (index i = 0; i < rows_; ++i) {
      const T* row = data_ + i * ld_;
      T poison = 0;
      for (index j = 0; j < cols_; ++j) {
        low = std::min(low, row[j]);
        high = std::max(high, row[j]);
        poison += row[j] - row[j];
      }
      if (poison != 0) refuse(i);
    }
    range_ = static_cast<double>(high) - static_cast<double>(low);
    if (!(range_ <= static_cast<double>(std::numeric_limits<T>::max())))
      fail(Status::NOT_FINITE, "cost goes from % to %: the difference of two costs must be finite",
           static_cast<double>(low), static_cast<double>(high));
  }
  void refuse(index i) const {
    for (index j = 0; j < cols_; ++j)
      if (!std::isfinite(data_[i * ld_ + j]))
        fail(Status::NOT_FINITE, "cost[%, %] is %: every cost must be finite", i, j,
             static_cast<double>(data_[i * ld_ + j]));
  }

  const T* data_ = nullptr;
  index ld_ = 0;
  Buffer<T> packed_;
  double range_ = 0;
};

}  // namespace

std::shared_ptr<const Geometry> make_matrix(const ArrayView& cost) {
  if (cost.dtype == Dtype::f32) return std::make_shared<MatrixGeometry<float>>(cost);
  return std::make_shared<MatrixGeometry<double>>(cost);
}

}  // namespace fenchel

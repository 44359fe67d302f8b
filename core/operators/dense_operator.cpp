// dense_operator.cpp -- a matrix in the caller's memory, any strides, read in place and once per product.
#include <algorithm>

#include "kernels/kernels.hpp"
#include "operators/operator.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(borrowed(array_param("matrix", -1e308, 1e308, "(m, n), f32 or f64, any strides; finite"))),
};

constexpr index kRows = 4, kCols = 1024;  // a tile of rows that is converted or gathered on the stack
constexpr index kFlushRows = 512;         // sums of T over at most so many rows

// A matrix seen so that its second index moves fastest in memory.
template <class D>
struct Rows {
  const D* data;
  index count, length, stride, step;  // row i, entry j at data[i * stride + j * step]
};

// The tile of T that the kernels read: in place where dtype and layout allow it, else a copy in `room`.
template <class T, class D>
const T* tile_of(const Rows<D>& a, index i, index rows, index j, index cols, T* room, index& ld) {
  const D* at = a.data + i * a.stride + j * a.step;
  if constexpr (std::is_same_v<T, D>) {
    if (a.step == 1) {
      ld = a.stride;
      return at;
    }
  }
  ld = kCols;
  for (index r = 0; r < rows; ++r) {
    const D* row = at + r * a.stride;
    if (a.step == 1)
      for (index c = 0; c < cols; ++c) room[r * kCols + c] = static_cast<T>(row[c]);
    else
      for (index c = 0; c < cols; ++c) room[r * kCols + c] = static_cast<T>(row[c * a.step]);
  }
  return room;
}

// out_i = sum_j a_ij v_j
template <class T, class D>
void dot_each_row(const Rows<D>& a, const T* v, T* out) {
  const auto& kernels = kernels::table<T>();
  T room[kRows * kCols];
  for (index i = 0; i < a.count; i += kRows) {
    const index rows = std::min(kRows, a.count - i);
    double sum[kRows] = {}, part[kRows];
    for (index j = 0; j < a.length; j += kCols) {
      const index cols = std::min(kCols, a.length - j);
      index ld = 0;
      const T* tile = tile_of(a, i, rows, j, cols, room, ld);
      kernels.dot_rows(tile, ld, rows, cols, v + j, part);
      for (index r = 0; r < rows; ++r) sum[r] += part[r];
    }
    for (index r = 0; r < rows; ++r) out[i + r] = static_cast<T>(sum[r]);
  }
}

// How many rows from i on, up to kRows and `end`, leave off rows of weight 0 at the end; 0 where row i has none.
template <class T>
index weighted_rows(const T* w, index i, index end) {
  index rows = std::min(kRows, end - i);
  while (rows > 0 && w[i + rows - 1] == T(0)) --rows;
  return w[i] == T(0) ? 0 : rows;
}

// out_j = sum_i a_ij w_i; rows without weight are not read: a sparse x costs its columns.
template <class T, class D>
void add_up_rows(const Rows<D>& a, const T* w, T* out) {
  const auto& kernels = kernels::table<T>();
  T room[kRows * kCols], sum[kCols];
  double total[kCols];
  for (index j = 0; j < a.length; j += kCols) {
    const index cols = std::min(kCols, a.length - j);
    std::fill_n(total, cols, 0.0);
    for (index begin = 0; begin < a.count; begin += kFlushRows) {
      const index end = std::min(a.count, begin + kFlushRows);
      std::fill_n(sum, cols, T(0));
      for (index i = begin, rows = 0; i < end; i += std::max<index>(rows, 1)) {
        rows = weighted_rows(w, i, end);
        if (rows == 0) continue;
        index ld = 0;
        const T* tile = tile_of(a, i, rows, j, cols, room, ld);
        kernels.accumulate_rows(tile, ld, rows, cols, w + i, sum);
      }
      kernels.accumulate_double(sum, total, cols);
    }
    for (index c = 0; c < cols; ++c) out[j + c] = static_cast<T>(total[c]);
  }
}

class Dense final : public OperatorOf<Dense> {
 public:
  explicit Dense(const Params& params) {
    const ArrayView a = params.array("matrix");
    if (a.ndim != 2) fail(Status::SHAPE, "matrix has % dimensions; legal: 2", a.ndim);
    const index item = a.dtype == Dtype::f32 ? 4 : 8;
    stored_ = {.dtype = a.dtype,
               .rows = a.shape[0],
               .cols = a.shape[1],
               .values = a.data,
               .row_stride = a.strides[0] / item,
               .col_stride = a.strides[1] / item,
               .nnz = a.shape[0] * a.shape[1]};
  }
  index rows() const override { return stored_.rows; }
  index cols() const override { return stored_.cols; }
  unsigned caps() const override { return OPERATOR_STORED; }
  const StoredMatrix* stored() const override { return &stored_; }

  template <class T>
  void apply_to(const T* x, T* y, Scratch) const {
    multiply(false, x, y);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch) const {
    multiply(true, y, x);
  }

 private:
  template <class T>
  void multiply(bool transposed, const T* in, T* out) const {
    const StoredMatrix& s = stored_;
    // Read along the dimension that is contiguous (or nearer to it).
    const bool by_rows = std::abs(s.col_stride) <= std::abs(s.row_stride);
    visit_real(s.dtype, [&](auto zero) {
      using D = decltype(zero);
      const auto* data = static_cast<const D*>(s.values);
      const Rows<D> a = by_rows ? Rows<D>{data, s.rows, s.cols, s.row_stride, s.col_stride}
                                : Rows<D>{data, s.cols, s.rows, s.col_stride, s.row_stride};
      if (transposed == by_rows)
        add_up_rows(a, in, out);
      else
        dot_each_row(a, in, out);
    });
  }

  StoredMatrix stored_;
};

}  // namespace

const TermInfo& term_dense_operator() {
  static constexpr TermInfo info{TermKind::op, "dense", "x -> A x of a stored matrix", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Dense>(p); }};
  return info;
}

}  // namespace fenchel

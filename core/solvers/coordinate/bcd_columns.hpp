// bcd_columns.hpp -- the columns of a stored matrix, dense with any strides or compressed, of either dtype and index
// width. A row-compressed matrix is transposed into memory of ours, unless it is symmetric.
#pragma once
#include <vector>

#include "base/buffer.hpp"
#include "kernels/kernels.hpp"
#include "operators/operator.hpp"

namespace fenchel {

class BcdColumns {
 public:
  BcdColumns() = default;
  BcdColumns(const StoredMatrix& matrix, bool symmetric);
  BcdColumns(BcdColumns&&) = default;
  BcdColumns& operator=(BcdColumns&&) = default;

  index rows() const { return matrix_.rows; }
  index cols() const { return matrix_.cols; }
  bool sparse() const { return matrix_.layout != StoredMatrix::Layout::dense; }
  index copied_bytes() const { return copied_; }

  // f(row, value) over the stored entries of column j.
  template <class F>
  void visit(index j, F&& f) const {
    const double scale = matrix_.column_scale == nullptr ? 1.0 : matrix_.column_scale[j];
    visit_real(matrix_.dtype, [&](auto zero) {
      const auto* values = static_cast<const decltype(zero)*>(matrix_.values);
      if (!sparse()) {
        const auto* column = values + j * matrix_.col_stride;
        for (index i = 0; i < matrix_.rows; ++i) f(i, scale * static_cast<double>(column[i * matrix_.row_stride]));
      } else if (matrix_.index_dtype == Dtype::i32) {
        visit_sparse<std::int32_t>(j, values, scale, f);
      } else {
        visit_sparse<std::int64_t>(j, values, scale, f);
      }
    });
  }
  // z[i * stride] += a A_ij
  void add(index j, double a, double* z, index stride = 1) const {
    if (const double* column = contiguous(j); column != nullptr && stride == 1) {
      kernels::table<double>().axpy(a * scale(j), column, z, matrix_.rows);
      return;
    }
    visit(j, [=](index i, double value) { z[i * stride] += a * value; });
  }
  // sum_i A_ij u[i * stride]
  double dot(index j, const double* u, index stride = 1) const {
    if (const double* column = contiguous(j); column != nullptr && stride == 1)
      return scale(j) * kernels::table<double>().dot(column, u, matrix_.rows);
    double sum = 0;
    visit(j, [&](index i, double value) { sum += value * u[i * stride]; });
    return sum;
  }
  // A_ij of a dense matrix.
  double at(index i, index j) const {
    const index offset = i * matrix_.row_stride + j * matrix_.col_stride;
    return scale(j) * (matrix_.dtype == Dtype::f32
                           ? static_cast<double>(static_cast<const float*>(matrix_.values)[offset])
                           : static_cast<const double*>(matrix_.values)[offset]);
  }

 private:
  template <class I, class T, class F>
  void visit_sparse(index j, const T* values, double scale, F&& f) const {
    const auto* indptr = static_cast<const I*>(matrix_.indptr);
    const auto* indices = static_cast<const I*>(matrix_.indices);
    for (I e = indptr[j]; e < indptr[j + 1]; ++e)
      f(static_cast<index>(indices[e]), scale * static_cast<double>(values[e]));
  }
  double scale(index j) const { return matrix_.column_scale == nullptr ? 1.0 : matrix_.column_scale[j]; }
  const double* contiguous(index j) const {
    if (sparse() || matrix_.row_stride != 1 || matrix_.dtype != Dtype::f64) return nullptr;
    return static_cast<const double*>(matrix_.values) + j * matrix_.col_stride;
  }
  void transpose();

  StoredMatrix matrix_;
  std::vector<std::int64_t> indptr_, indices_;
  std::vector<double> values_;
  index copied_ = 0;
};

}  // namespace fenchel

#include "solvers/coordinate/bcd_columns.hpp"

namespace fenchel {

BcdColumns::BcdColumns(const StoredMatrix& matrix, bool symmetric) : matrix_(matrix) {
  if (matrix.layout != StoredMatrix::Layout::csr) return;
  if (symmetric && matrix.column_scale == nullptr)
    matrix_.layout = StoredMatrix::Layout::csc;  // rows and columns are the same
  else
    transpose();
}

void BcdColumns::transpose() {
  const StoredMatrix from = matrix_;
  const auto cols = static_cast<std::size_t>(from.cols);
  indptr_.assign(cols + 1, 0);
  indices_.resize(static_cast<std::size_t>(from.nnz));
  values_.resize(static_cast<std::size_t>(from.nnz));
  // The rows of `from`, read as columns of its transpose.
  StoredMatrix flipped = from;
  flipped.layout = StoredMatrix::Layout::csc;
  flipped.column_scale = nullptr;
  matrix_ = flipped;
  for (index i = 0; i < from.rows; ++i) visit(i, [&](index j, double) { ++indptr_[static_cast<std::size_t>(j) + 1]; });
  for (std::size_t j = 0; j < cols; ++j) indptr_[j + 1] += indptr_[j];
  std::vector<std::int64_t> next(indptr_.begin(), indptr_.end() - 1);
  for (index i = 0; i < from.rows; ++i) {
    visit(i, [&](index j, double value) {
      const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(j)]++);
      indices_[at] = i;
      values_[at] = value;
    });
  }
  matrix_.column_scale = from.column_scale;
  matrix_.dtype = Dtype::f64;
  matrix_.index_dtype = Dtype::i64;
  matrix_.values = values_.data();
  matrix_.indptr = indptr_.data();
  matrix_.indices = indices_.data();
  copied_ = 16 * from.nnz + 8 * (from.cols + 1);
}

}  // namespace fenchel

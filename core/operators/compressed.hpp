// compressed.hpp -- a sparse matrix by its columns (CSC) or rows (CSR), read in place.
//
// "Lines" are what indptr cuts: columns of CSC, rows of CSR. Entries of a line have ascending indices.
#pragma once
#include "operators/operator.hpp"

namespace fenchel {

class Compressed final : public OperatorOf<Compressed> {
 public:
  // layout csc or csr; `across`: the parameter that says how long a line is ("rows" of csc, "cols" of csr). Throws
  // SHAPE, RANGE and DTYPE naming array and position.
  Compressed(const Params& params, StoredMatrix::Layout layout, const char* across);
  index rows() const override { return stored_.rows; }
  index cols() const override { return stored_.cols; }
  unsigned caps() const override { return OPERATOR_STORED; }
  const StoredMatrix* stored() const override { return &stored_; }
  index copied_bytes() const override { return copied_bytes_; }
  index scratch_bytes() const override { return scratch_for<double>(by_columns() ? rows() : cols()); }

  template <class T>
  void apply_to(const T* x, T* y, Scratch scratch) const {
    by_columns() ? scatter(x, y, scratch) : gather(x, y);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    by_columns() ? gather(y, x) : scatter(y, x, scratch);
  }

 private:
  bool by_columns() const { return stored_.layout == StoredMatrix::Layout::csc; }
  index lines() const { return by_columns() ? cols() : rows(); }
  const void* contiguous(const ArrayView& array);
  template <class I>
  void check(index across) const;
  template <class Visit>
  void visit(Visit&& visit) const;
  // out_l = <line l, v>
  template <class T>
  void gather(const T* v, T* out) const;
  // out = sum_l v_l line_l
  template <class T>
  void scatter(const T* v, T* out, Scratch scratch) const;

  StoredMatrix stored_;
  std::vector<std::vector<std::byte>> copies_;  // of arrays that are not contiguous
  index copied_bytes_ = 0;
};

}  // namespace fenchel

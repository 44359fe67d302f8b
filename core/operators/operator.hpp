// operator.hpp -- linear maps A, m x n.
#pragma once
#include "base/scratch.hpp"
#include "base/term.hpp"

namespace fenchel {

// A matrix in the caller's memory, read in place: what coordinate methods ask for columns of.
struct StoredMatrix {
  enum class Layout { dense, csc, csr };
  Layout layout = Layout::dense;
  Dtype dtype = Dtype::f64;
  index rows = 0, cols = 0;
  const void* values = nullptr;
  index row_stride = 0, col_stride = 0;              // dense: elements
  const void *indptr = nullptr, *indices = nullptr;  // csc, csr: of index_dtype; indices ascend within a column (row)
  Dtype index_dtype = Dtype::i32;
  index nnz = 0;                         // rows * cols when dense
  const double* column_scale = nullptr;  // (cols) or null: column j of A is column_scale[j] times the stored one
};

enum OperatorCaps : unsigned {
  OPERATOR_STORED = 1,     // stored() is not null
  OPERATOR_NORM = 2,       // norm_bound() is finite without computing
  OPERATOR_DIAGONAL = 4,   // diagonal() is not null
  OPERATOR_SYMMETRIC = 8,  // A = A^T
  OPERATOR_TIGHT = 16,     // A A^T = mu I, mu = norm_bound()^2
};

class Operator : public Term {
 public:
  TermKind kind() const final { return TermKind::op; }
  virtual index rows() const = 0;
  virtual index cols() const = 0;
  virtual unsigned caps() const { return 0; }
  virtual index scratch_bytes() const { return 0; }
  // y = A x and x = A^T y. Inputs and outputs do not overlap; outputs are overwritten. Every operator takes both
  // dtypes; data stored in the other one is converted as it is read.
  virtual void apply(const float* x, float* y, Scratch scratch) const = 0;
  virtual void apply(const double* x, double* y, Scratch scratch) const = 0;
  virtual void adjoint(const float* y, float* x, Scratch scratch) const = 0;
  virtual void adjoint(const double* y, double* x, Scratch scratch) const = 0;
  // An upper bound of the spectral norm that costs nothing, or NaN.
  virtual double norm_bound() const { return kNaN; }
  virtual const StoredMatrix* stored() const { return nullptr; }
  virtual const double* diagonal() const { return nullptr; }  // (n)
  // out_j = sum_i s_i A_ij^2, s (rows) or null: ones: the diagonal of A^T S A. False: not known without products.
  virtual bool column_squares(const double* s, double* out) const {
    (void)s, (void)out;
    return false;
  }
  // A lower bound of the least singular value over all of R^cols, 0 where unknown.
  virtual double least_singular_value() const { return 0; }
  // Bytes copied because the caller's memory could not be read in place.
  virtual index copied_bytes() const { return 0; }
};

// Both dtypes from one member template pair: template <class T> void apply_to(const T*, T*, Scratch) const and
// adjoint_to.
template <class Self>
class OperatorOf : public Operator {
 public:
  void apply(const float* x, float* y, Scratch s) const final { self().apply_to(x, y, s); }
  void apply(const double* x, double* y, Scratch s) const final { self().apply_to(x, y, s); }
  void adjoint(const float* y, float* x, Scratch s) const final { self().adjoint_to(y, x, s); }
  void adjoint(const double* y, double* x, Scratch s) const final { self().adjoint_to(y, x, s); }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

// A bound of the spectral norm to build steps on: norm_bound() where there is one, else a Lanczos estimate with a
// margin that covers its error (README). Deterministic. `products`, if given, is increased by the products with A and
// A^T.
double spectral_norm(const Operator& A, index* products = nullptr);

// The catalogue, in the order of names.
std::span<const TermInfo* const> operator_terms();

}  // namespace fenchel

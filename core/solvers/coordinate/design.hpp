// design.hpp -- the columns of a stored matrix as coordinate methods see them: f32 or f64, dense of any strides or
// sparse, against vectors of double.
#pragma once
#include <memory>

#include "base/buffer.hpp"
#include "base/thread_pool.hpp"
#include "operators/operator.hpp"

namespace fenchel {

class Design {
 public:
  virtual ~Design() = default;
  index rows() const { return rows_; }
  index cols() const { return cols_; }
  index copied_bytes() const { return copied_; }
  bool sparse() const { return sparse_; }
  virtual index entries(index j) const = 0;  // stored entries of column j
  virtual double dot(index j, const double* v) const = 0;
  virtual void axpy(index j, double a, double* v) const = 0;                            // v += a x_j
  virtual void axpy_weighted(index j, double a, const double* h, double* v) const = 0;  // v += a diag(h) x_j
  // sum_i h_i x_ij^2 and, if first is not null, sum_i h_i x_ij; h may be null: ones.
  virtual double square(index j, const double* h, double* first) const = 0;
  // out[k] = x_{list[k]}' v; list null: all columns.
  virtual void dots(const index* list, index count, const double* v, double* out) const = 0;
  // Columns list[k] to out + k * ld, as double.
  virtual void gather(const index* list, index count, double* out, index ld) const = 0;
  // The entries of column j to values and, of a sparse one, their rows; how many. Dense: all rows in order.
  virtual index unpack(index j, index* rows, double* values) const = 0;
  // The column itself where it lies in memory as doubles without a factor; else null.
  virtual const double* in_place(index) const { return nullptr; }
  // Sparse only: out (count, count, rows ld apart) = X_list' diag(h) X_list, summed over the rows; and its nanoseconds.
  virtual void gram(const index*, index, const double*, double*, index) const {}
  virtual double gram_cost(const index*, index) const { return kInf; }

  // dots cut into tasks that do not depend on the number of threads.
  void dots(ThreadPool& pool, const index* list, index count, const double* v, double* out) const;

 protected:
  index rows_ = 0, cols_ = 0, copied_ = 0;
  bool sparse_ = false;
};

// Bytes that make_design takes; 0 for an operator that is not stored.
index design_bytes(const Operator& A);
// Reads the caller's memory in place; CSR is copied to CSC. Throws UNSUPPORTED when A is not stored.
std::unique_ptr<Design> make_design(const Operator& A);

}  // namespace fenchel

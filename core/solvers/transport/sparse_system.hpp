// sparse_system.hpp -- the kept entries of a plan as the operator of SchurPcg: by rows as extracted, and by columns.
#pragma once
#include "base/buffer.hpp"
#include "geometry/pass_engine.hpp"

namespace fenchel {

class SparseSystem {
 public:
  // Room for nnz entries of an (n, m) plan in the geometry's dtype.
  void reserve(index n, index m, index nnz, Dtype dtype);
  static index bytes(index n, index m, index nnz, Dtype dtype);

  SparsePlan& plan() { return plan_; }
  const SparsePlan& plan() const { return plan_; }
  // Call when plan() has been filled anew.
  void index_columns();
  void attach(ThreadPool* pool) { pool_ = pool; }

  // Other values on the same pattern: entry k of the rows, a whole row, then the columns made to follow.
  double value(index k) const { return dtype_ == Dtype::f32 ? static_cast<double>(plan_.value32[k]) : plan_.value64[k]; }
  void set_row(index i, const double* values);
  void refresh_columns();

  void multiply(const double* v, double* out);
  void multiply_transposed(const double* u, double* out);
  void normal(const double* w, const double* v, double* out) {
    multiply(v, row_.data());
    for (index i = 0; i < n_; ++i) row_[i] *= w[i];
    multiply_transposed(row_.data(), out);
  }
  bool square_sums(const double* w, double* out);

 private:
  template <class Body>
  void in_blocks(index count, Body&& body);
  template <class T>
  const T* row_values() const;
  template <class T>
  T* col_values();

  index n_ = 0, m_ = 0;
  Dtype dtype_ = Dtype::f64;
  SparsePlan plan_;
  Buffer<index> col_start_;          // (m + 1)
  Buffer<std::int32_t> col_row_;     // (capacity)
  Buffer<index> col_entry_;          // (capacity) where the entry stands by rows
  Buffer<float> col_value32_;
  Buffer<double> col_value64_;
  Buffer<double> row_;               // (n)
  ThreadPool* pool_ = nullptr;
};

}  // namespace fenchel

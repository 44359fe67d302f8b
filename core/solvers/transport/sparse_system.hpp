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
  // The pool of the running solve, and the engine whose control may stop it (or null).
  void attach(ThreadPool* pool, const PassEngine* engine) {
    pool_ = pool;
    engine_ = engine;
  }

  // Filling by hand, rows in order, within the capacity; entry k of plan() as a double.
  void clear() {
    plan_.nnz = 0;
    plan_.overflow = false;
  }
  void begin_row(index i) {
    plan_.start[i] = plan_.nnz;
    plan_.count[i] = 0;
  }
  void append(index i, std::int32_t column, double value) {
    plan_.column[plan_.nnz] = column;
    if (dtype_ == Dtype::f32)
      plan_.value32[plan_.nnz] = static_cast<float>(value);
    else
      plan_.value64[plan_.nnz] = value;
    ++plan_.nnz;
    ++plan_.count[i];
  }
  double value(index k) const {
    return dtype_ == Dtype::f32 ? static_cast<double>(plan_.value32[k]) : plan_.value64[k];
  }

  void multiply(const double* v, double* out);
  void multiply_transposed(const double* u, double* out);
  void normal(const double* w, const double* v, double* out) {
    if (engine_ != nullptr) engine_->check_stop();
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
  Buffer<index> col_start_;       // (m + 1)
  Buffer<std::int32_t> col_row_;  // (capacity)
  Buffer<float> col_value32_;
  Buffer<double> col_value64_;
  Buffer<double> row_;  // (n)
  ThreadPool* pool_ = nullptr;
  const PassEngine* engine_ = nullptr;
};

}  // namespace fenchel

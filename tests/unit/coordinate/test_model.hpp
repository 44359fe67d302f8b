// test_model.hpp -- linear models over matrices stored in any way, for tests and races of the coordinate engine.
#pragma once
#include <cmath>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "operators/term_maker.hpp"
#include "prox/prox.hpp"
#include "smooth/model_term.hpp"
#include "smooth/smooth.hpp"

namespace fenchel::test {

// A stored matrix and nothing else.
class StoredOperator final : public OperatorOf<StoredOperator> {
 public:
  explicit StoredOperator(const StoredMatrix& a) : stored_(a) {}
  index rows() const override { return stored_.rows; }
  index cols() const override { return stored_.cols; }
  const StoredMatrix* stored() const override { return &stored_; }
  template <class T>
  void apply_to(const T*, T*, Scratch) const {}
  template <class T>
  void adjoint_to(const T*, T*, Scratch) const {}

 private:
  StoredMatrix stored_;
};

// The loss of the catalogue's term of this name.
inline std::shared_ptr<const Loss> loss_named(const char* name) {
  TermMaker data("dense", operator_terms());
  data.array("matrix", std::vector<double>{1.0}, {1, 1});
  TermMaker term(name, smooth_terms());
  term.term("A", data.make<Operator>()).array("y", std::vector<double>{1.0});
  return term.make<Smooth>()->linear_model()->loss;
}

// A matrix, column-major in double, and the ways to store it.
enum class Storage { columns, rows, strided, single, csc, csr, csc64, scaled };

struct Matrix {
  index m = 0, n = 0;
  std::vector<double> x;  // column-major
  Matrix() = default;
  Matrix(index rows, index cols, std::vector<double> values) : m(rows), n(cols), x(std::move(values)) {}
  double& at(index i, index j) { return x[static_cast<std::size_t>(j * m + i)]; }
  double at(index i, index j) const { return x[static_cast<std::size_t>(j * m + i)]; }

  std::shared_ptr<const Operator> stored(Storage how) {
    StoredMatrix a{.rows = m, .cols = n, .nnz = m * n};
    if (how == Storage::csc || how == Storage::csr || how == Storage::csc64) return compressed(how);
    a.row_stride = 1;
    a.col_stride = m;
    a.values = x.data();
    if (how == Storage::single) {
      single_.assign(x.begin(), x.end());
      a.dtype = Dtype::f32;
      a.values = single_.data();
    } else if (how == Storage::rows || how == Storage::strided) {
      a.row_stride = how == Storage::rows ? n : 2 * n;
      a.col_stride = how == Storage::rows ? 1 : 2;
      other_.assign(static_cast<std::size_t>(2 * m * n), 7.0);
      for (index i = 0; i < m; ++i)
        for (index j = 0; j < n; ++j) other_[static_cast<std::size_t>(i * a.row_stride + j * a.col_stride)] = at(i, j);
      a.values = other_.data();
    } else if (how == Storage::scaled) {
      other_ = x;
      scales_.clear();
      for (index j = 0; j < n; ++j) {
        scales_.push_back(1.0 + static_cast<double>(j % 3));
        for (index i = 0; i < m; ++i) other_[static_cast<std::size_t>(j * m + i)] /= scales_.back();
      }
      a.values = other_.data();
      a.column_scale = scales_.data();
    }
    return std::make_shared<StoredOperator>(a);
  }

 private:
  std::shared_ptr<const Operator> compressed(Storage how) {
    const bool by_rows = how == Storage::csr;
    other_.clear();
    pointers_.clear();
    indices_.clear();
    std::vector<std::int64_t> indptr{0}, indices;
    for (index a = 0; a < (by_rows ? m : n); ++a) {
      for (index b = 0; b < (by_rows ? n : m); ++b) {
        const double value = by_rows ? at(a, b) : at(b, a);
        if (value == 0) continue;
        other_.push_back(value);
        indices.push_back(b);
      }
      indptr.push_back(static_cast<std::int64_t>(other_.size()));
    }
    wide_pointers_ = indptr;
    wide_indices_ = indices;
    for (const auto v : indptr) pointers_.push_back(static_cast<std::int32_t>(v));
    for (const auto v : indices) indices_.push_back(static_cast<std::int32_t>(v));
    StoredMatrix a{.layout = by_rows ? StoredMatrix::Layout::csr : StoredMatrix::Layout::csc, .rows = m, .cols = n};
    a.values = other_.data();
    a.nnz = static_cast<index>(other_.size());
    if (how == Storage::csc64) {
      a.indptr = wide_pointers_.data();
      a.indices = wide_indices_.data();
      a.index_dtype = Dtype::i64;
    } else {
      a.indptr = pointers_.data();
      a.indices = indices_.data();
    }
    return std::make_shared<StoredOperator>(a);
  }

  std::vector<float> single_;
  std::vector<double> other_, scales_;
  std::vector<std::int32_t> pointers_, indices_;
  std::vector<std::int64_t> wide_pointers_, wide_indices_;
};

}  // namespace fenchel::test

#include "solvers/coordinate/design.hpp"

#include <algorithm>

#include "kernels/kernels.hpp"

namespace fenchel {
namespace {

constexpr index kTaskColumns = 256;

template <class T>
class DenseDesign final : public Design {
 public:
  explicit DenseDesign(const StoredMatrix& a)
      : x_(static_cast<const T*>(a.values)), row_(a.row_stride), col_(a.col_stride), scale_(a.column_scale) {
    rows_ = a.rows;
    cols_ = a.cols;
  }
  index entries(index) const override { return rows_; }
  double dot(index j, const double* v) const override {
    double out = 0;
    if (contiguous())
      kernels::table<T>().column_dots(column(j), col_, 1, rows_, v, &out);
    else
      for (index i = 0; i < rows_; ++i) out += at(i, j) * v[i];
    return out * scale(j);
  }
  void axpy(index j, double a, double* v) const override {
    const double factor = a * scale(j);
    if (contiguous())
      kernels::table<T>().column_axpys(column(j), col_, 1, rows_, &factor, v);
    else
      for (index i = 0; i < rows_; ++i) v[i] += factor * at(i, j);
  }
  void axpy_weighted(index j, double a, const double* h, double* v) const override {
    const double factor = a * scale(j);
    for (index i = 0; i < rows_; ++i) v[i] += factor * h[i] * at(i, j);
  }
  double square(index j, const double* h, double* first) const override {
    if constexpr (std::is_same_v<T, double>)
      if (contiguous() && h == nullptr && first == nullptr)
        return kernels::table<double>().dot(column(j), column(j), rows_) * scale(j) * scale(j);
    double sum[4] = {}, one[4] = {};
    for (index i = 0; i < rows_; ++i) {
      const double x = at(i, j), hx = h == nullptr ? x : h[i] * x;
      sum[i & 3] += hx * x;
      one[i & 3] += hx;
    }
    if (first != nullptr) *first = ((one[0] + one[1]) + (one[2] + one[3])) * scale(j);
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) * scale(j) * scale(j);
  }
  void dots(const index* list, index count, const double* v, double* out) const override {
    if (!contiguous() && col_ == 1) return by_rows(list, count, v, out);
    for (index k = 0; k < count;) {
      index run = 1;
      const index j = list == nullptr ? k : list[k];
      while (run < 64 && k + run < count && (list == nullptr || list[k + run] == j + run)) ++run;
      if (contiguous()) {
        kernels::table<T>().column_dots(column(j), col_, run, rows_, v, out + k);
        if (scale_ != nullptr)
          for (index r = 0; r < run; ++r) out[k + r] *= scale_[j + r];
      } else {
        for (index r = 0; r < run; ++r) out[k + r] = dot(j + r, v);
      }
      k += run;
    }
  }
  void gather(const index* list, index count, double* out, index ld) const override {
    if (col_ == 1 && row_ != 1) {
      for (index i = 0; i < rows_; ++i)
        for (index k = 0; k < count; ++k) out[k * ld + i] = at(i, list[k]) * scale(list[k]);
      return;
    }
    for (index k = 0; k < count; ++k) {
      const double factor = scale(list[k]);
      for (index i = 0; i < rows_; ++i) out[k * ld + i] = at(i, list[k]) * factor;
    }
  }
  index unpack(index j, index*, double* values) const override {
    const double factor = scale(j);
    for (index i = 0; i < rows_; ++i) values[i] = at(i, j) * factor;
    return rows_;
  }
  const double* in_place(index j) const override {
    if constexpr (std::is_same_v<T, double>) return contiguous() && scale_ == nullptr ? column(j) : nullptr;
    return nullptr;
  }

 private:
  bool contiguous() const { return row_ == 1; }
  const T* column(index j) const { return x_ + j * col_; }
  double at(index i, index j) const { return static_cast<double>(x_[i * row_ + j * col_]); }
  double scale(index j) const { return scale_ == nullptr ? 1.0 : scale_[j]; }
  // Row-major: one pass over the rows, all columns at once.
  void by_rows(const index* list, index count, const double* v, double* out) const {
    if (count == 0) return;  // an empty support has no first and no last column
    std::fill(out, out + count, 0.0);
    const index first = list == nullptr ? 0 : list[0];
    const bool run = list == nullptr || list[count - 1] - first == count - 1;  // lists ascend
    for (index i = 0; i < rows_; ++i) {
      if (v[i] == 0) continue;
      const T* row = x_ + i * row_;
      if (run)
        kernels::table<T>().column_axpys(row + first, 0, 1, count, v + i, out);
      else
        for (index k = 0; k < count; ++k) out[k] += v[i] * static_cast<double>(row[list[k]]);
    }
    if (scale_ != nullptr)
      for (index k = 0; k < count; ++k) out[k] *= scale_[list == nullptr ? k : list[k]];
  }

  const T* x_;
  index row_, col_;
  const double* scale_;
};

template <class T, class I>
class SparseDesign final : public Design {
 public:
  explicit SparseDesign(const StoredMatrix& a) : scale_(a.column_scale) {
    rows_ = a.rows;
    cols_ = a.cols;
    sparse_ = true;
    values_ = static_cast<const T*>(a.values);
    indptr_ = static_cast<const I*>(a.indptr);
    indices_ = static_cast<const I*>(a.indices);
    if (a.layout == StoredMatrix::Layout::csr) transpose(a.nnz);
    row_begin_.resize(rows_ + 1);
    row_column_.resize(a.nnz);
    row_value_.resize(a.nnz);
  }
  index entries(index j) const override { return end(j) - begin(j); }
  double dot(index j, const double* v) const override {
    const T* x = values_ + begin(j);
    const I* rows = indices_ + begin(j);
    const index n = entries(j);
    double sum[4] = {};
    index k = 0;
    for (; k + 4 <= n; k += 4)
      for (index u = 0; u < 4; ++u) sum[u] += static_cast<double>(x[k + u]) * v[rows[k + u]];
    for (; k < n; ++k) sum[0] += static_cast<double>(x[k]) * v[rows[k]];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) * scale(j);
  }
  void axpy(index j, double a, double* v) const override {
    const double factor = a * scale(j);
    for (index k = begin(j); k < end(j); ++k) v[indices_[k]] += factor * static_cast<double>(values_[k]);
  }
  void axpy_weighted(index j, double a, const double* h, double* v) const override {
    const double factor = a * scale(j);
    for (index k = begin(j); k < end(j); ++k)
      v[indices_[k]] += factor * h[indices_[k]] * static_cast<double>(values_[k]);
  }
  double square(index j, const double* h, double* first) const override {
    double sum = 0, one = 0;
    for (index k = begin(j); k < end(j); ++k) {
      const double x = static_cast<double>(values_[k]), hx = h == nullptr ? x : h[indices_[k]] * x;
      sum += hx * x;
      one += hx;
    }
    if (first != nullptr) *first = one * scale(j);
    return sum * scale(j) * scale(j);
  }
  void dots(const index* list, index count, const double* v, double* out) const override {
    for (index k = 0; k < count; ++k) out[k] = dot(list == nullptr ? k : list[k], v);
  }
  void gather(const index* list, index count, double* out, index ld) const override {
    for (index k = 0; k < count; ++k) {
      double* column = out + k * ld;
      std::fill(column, column + rows_, 0.0);
      axpy(list[k], 1.0, column);
    }
  }
  index unpack(index j, index* rows, double* values) const override {
    const double factor = scale(j);
    const index first = begin(j), count = entries(j);
    for (index k = 0; k < count; ++k) {
      rows[k] = static_cast<index>(indices_[first + k]);
      values[k] = static_cast<double>(values_[first + k]) * factor;
    }
    return count;
  }
  double gram_cost(const index* list, index count) const override {
    count_rows(list, count);
    double pairs = 0, entries = 0;
    for (index i = 0; i < rows_; ++i) {
      const double r = static_cast<double>(row_begin_[i + 1] - row_begin_[i]);
      entries += r;
      pairs += 0.5 * r * r;
    }
    return 4 * entries + kPairNanoseconds * pairs + static_cast<double>(rows_);
  }
  void gram(const index* list, index count, const double* h, double* out, index ld) const override {
    count_rows(list, count);
    for (index k = 0; k < count; ++k) {
      std::fill(out + k * ld, out + k * ld + count, 0.0);
      for (index e = begin(list[k]); e < end(list[k]); ++e) {
        const index at = row_begin_[static_cast<index>(indices_[e])]++;
        row_column_[at] = static_cast<std::int32_t>(k);
        row_value_[at] = static_cast<double>(values_[e]) * scale(list[k]);
      }
    }
    index first = 0;  // row_begin_[i] is the end of row i by now
    for (index i = 0; i < rows_; ++i) {
      const index last = row_begin_[i];
      const double weight = h == nullptr ? 1.0 : h[i];
      for (index a = first; a < last; ++a) {
        double* row = out + static_cast<index>(row_column_[a]) * ld;
        const double value = weight * row_value_[a];
        for (index b = first; b <= a; ++b) row[row_column_[b]] += value * row_value_[b];
      }
      first = last;
    }
    for (index k = 0; k < count; ++k)
      for (index l = 0; l < k; ++l) out[l * ld + k] = out[k * ld + l];
  }

 private:
  static constexpr double kPairNanoseconds = 1.0;
  // row_begin_[i]: entries of X_list in the rows before i.
  void count_rows(const index* list, index count) const {
    std::fill(row_begin_.begin(), row_begin_.end(), index{0});
    for (index k = 0; k < count; ++k)
      for (index e = begin(list[k]); e < end(list[k]); ++e) ++row_begin_[static_cast<index>(indices_[e]) + 1];
    for (index i = 0; i < rows_; ++i) row_begin_[i + 1] += row_begin_[i];
  }
  index begin(index j) const { return static_cast<index>(indptr_[j]); }
  index end(index j) const { return static_cast<index>(indptr_[j + 1]); }
  double scale(index j) const { return scale_ == nullptr ? 1.0 : scale_[j]; }
  void transpose(index nnz) {
    own_indptr_ = Buffer<I>(cols_ + 1, I{0});
    own_indices_.resize(nnz);
    own_values_.resize(nnz);
    for (index k = 0; k < nnz; ++k) ++own_indptr_[static_cast<index>(indices_[k]) + 1];
    for (index j = 0; j < cols_; ++j) own_indptr_[j + 1] = static_cast<I>(own_indptr_[j + 1] + own_indptr_[j]);
    for (index i = 0; i < rows_; ++i)
      for (index k = begin(i); k < end(i); ++k) {
        I& next = own_indptr_[static_cast<index>(indices_[k])];
        own_indices_[static_cast<index>(next)] = static_cast<I>(i);
        own_values_[static_cast<index>(next)] = values_[k];
        ++next;
      }
    for (index j = cols_; j > 0; --j) own_indptr_[j] = own_indptr_[j - 1];
    own_indptr_[0] = 0;
    indptr_ = own_indptr_.data();
    indices_ = own_indices_.data();
    values_ = own_values_.data();
    copied_ = nnz * static_cast<index>(sizeof(T) + sizeof(I)) + (cols_ + 1) * static_cast<index>(sizeof(I));
  }

  const T* values_ = nullptr;
  const I *indptr_ = nullptr, *indices_ = nullptr;
  const double* scale_;
  Buffer<T> own_values_;
  Buffer<I> own_indptr_, own_indices_;
  // X_list by rows, while its Gram matrix is summed. A design belongs to one solver.
  mutable Buffer<index> row_begin_;
  mutable Buffer<std::int32_t> row_column_;
  mutable Buffer<double> row_value_;
};

}  // namespace

void Design::dots(ThreadPool& pool, const index* list, index count, const double* v, double* out) const {
  const index tasks = (count + kTaskColumns - 1) / kTaskColumns;
  const auto body = [&](index task, int) {
    const index first = task * kTaskColumns, many = std::min(kTaskColumns, count - first);
    if (list != nullptr) return dots(list + first, many, v, out + first);
    index columns[kTaskColumns];
    for (index k = 0; k < many; ++k) columns[k] = first + k;
    dots(columns, many, v, out + first);
  };
  if (pool.threads() == 1)
    for (index task = 0; task < tasks; ++task) body(task, 0);
  else
    pool.run(tasks, body, [] { return true; });
}

index design_bytes(const Operator& A) {
  const StoredMatrix* a = A.stored();
  if (a == nullptr) return 0;
  if (a->layout == StoredMatrix::Layout::dense) return sizeof(DenseDesign<double>);
  const index numbers = (a->dtype == Dtype::f32 ? 4 : 8) + (a->index_dtype == Dtype::i32 ? 4 : 8);
  const index copy = a->layout == StoredMatrix::Layout::csr ? a->nnz * numbers + 8 * (a->cols + 1) + 3 * 64 : 0;
  return static_cast<index>(sizeof(SparseDesign<double, index>)) + copy + 8 * (a->rows + 1) + 12 * a->nnz + 3 * 64;
}

std::unique_ptr<Design> make_design(const Operator& A) {
  const StoredMatrix* stored = A.stored();
  if (stored == nullptr)
    fail(Status::UNSUPPORTED, "coordinate descent reads columns and this operator stores none; legal: dense, csc, csr");
  return visit_real(stored->dtype, [&](auto zero) -> std::unique_ptr<Design> {
    using T = decltype(zero);
    if (stored->layout == StoredMatrix::Layout::dense) return std::make_unique<DenseDesign<T>>(*stored);
    if (stored->index_dtype == Dtype::i32) return std::make_unique<SparseDesign<T, std::int32_t>>(*stored);
    return std::make_unique<SparseDesign<T, std::int64_t>>(*stored);
  });
}

}  // namespace fenchel

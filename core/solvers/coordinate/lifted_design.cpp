#include "solvers/coordinate/lifted_design.hpp"

#include <algorithm>

#include "kernels/kernels.hpp"

namespace fenchel {

namespace {

constexpr index kPackDoubles = index{1} << 25;

index most_kept(index n, index p) { return std::min(p, std::max<index>(kPackDoubles / std::max<index>(n, 1), 64)); }

// Whether columns lie in memory as doubles, one entry after the other.
bool by_columns(const StoredMatrix& a) {
  return a.dtype == Dtype::f64 && a.row_stride == 1 && a.column_scale == nullptr;
}

}  // namespace

LiftedDesign::LiftedDesign(const Design& design, index outputs)
    : design_(design), n_(design.rows()), outputs_(outputs) {
  if (!design.sparse() && design.cols() > 0 && design.in_place(0) == nullptr) {
    cap_ = most_kept(n_, design.cols());
    pack_.resize(cap_ * n_);
    slot_ = Buffer<index>(design.cols(), -1);
    owner_.resize(cap_);
  }
  features_.resize(size());
  if (outputs_ == 1) return;
  turned_.resize(n_ * outputs_);
  first_.resize(size() + 1);
  products_.resize(size());
  rows_.resize(n_);
  values_.resize(n_);
}

index LiftedDesign::bytes(const StoredMatrix& matrix, index outputs) {
  const index n = matrix.rows, p = matrix.cols;
  index numbers = p * outputs;
  if (outputs > 1) numbers += n * outputs + 2 * p * outputs + 1 + 2 * n;
  if (matrix.layout == StoredMatrix::Layout::dense && !by_columns(matrix)) {
    const index slots = most_kept(n, p);
    numbers += slots * (n + 1) + p;
  }
  return 8 * numbers + 9 * 64;
}

void LiftedDesign::keep_columns(const index* list, index count) {
  if (cap_ == 0) return;
  const auto missing = [&] {
    index many = 0;
    for (index k = 0; k < count; ++k) {
      const index j = feature(list[k]);
      if (slot_[j] >= 0) continue;
      slot_[j] = cap_;  // counted
      features_[many++] = j;
    }
    for (index r = 0; r < many; ++r) slot_[features_[r]] = -1;
    return many;
  };
  index many = missing();
  if (used_ + many > cap_) {
    for (index s = 0; s < used_; ++s) slot_[owner_[s]] = -1;
    used_ = 0;
    many = missing();
    if (many > cap_) return;  // more than fit: straight from the matrix
  }
  std::sort(features_.data(), features_.data() + many);
  design_.gather(features_.data(), many, pack_.data() + used_ * n_, n_);
  for (index r = 0; r < many; ++r) {
    owner_[used_] = features_[r];
    slot_[features_[r]] = used_++;
  }
}

ColumnEntries LiftedDesign::column(index j) {
  if (const double* values = kept(j)) return {n_, nullptr, values};
  if (const double* values = design_.in_place(j)) return {n_, nullptr, values};
  const index count = design_.unpack(j, rows_.data(), values_.data());
  return {count, design_.sparse() ? rows_.data() : nullptr, values_.data()};
}

double LiftedDesign::dot(index c, const double* v) const {
  const double* column = kept(c);
  return column == nullptr ? design_.dot(c, v) : kernels::table<double>().dot(column, v, n_);
}

void LiftedDesign::axpy(index c, double a, double* v) const {
  if (const double* column = kept(c))
    kernels::table<double>().axpy(a, column, v, n_);
  else
    design_.axpy(c, a, v);
}

void LiftedDesign::axpy_weighted(index c, double a, const double* h, double* v) const {
  const double* column = kept(c);
  if (column == nullptr) return design_.axpy_weighted(c, a, h, v);
  for (index i = 0; i < n_; ++i) v[i] += a * h[i] * column[i];
}

void LiftedDesign::add(const index* list, index count, const double* a, double* v) {
  for (index k = 0; k < count;) {
    if (outputs_ == 1) {
      if (a[k] != 0) axpy(list[k], a[k], v);
      ++k;
      continue;
    }
    index end = k;
    bool any = false;
    for (; end < count && feature(list[end]) == feature(list[k]); ++end) any = any || a[end] != 0;
    if (any) {
      const ColumnEntries x = column(feature(list[k]));
      for (index e = 0; e < x.count; ++e) {
        double* row = v + x.row(e) * outputs_;
        for (index l = k; l < end; ++l) row[output(list[l])] += x.values[e] * a[l];
      }
    }
    k = end;
  }
}

void LiftedDesign::dots(ThreadPool* pool, const index* list, index count, const double* v, double* out) {
  if (outputs_ == 1)
    return pool != nullptr ? design_.dots(*pool, list, count, v, out) : design_.dots(list, count, v, out);
  index runs = 0;
  for (index k = 0; k < count; ++k) {
    if (k > 0 && feature(list[k]) == feature(list[k - 1])) continue;
    features_[runs] = feature(list[k]);
    first_[runs++] = k;
  }
  first_[runs] = count;
  for (index i = 0; i < n_; ++i)
    for (index k = 0; k < outputs_; ++k) turned_[k * n_ + i] = v[i * outputs_ + k];
  constexpr index chunk = 64;  // features whose columns stay in the cache while the outputs pass
  for (index begin = 0; begin < runs; begin += pool != nullptr ? runs : chunk) {
    const index many = pool != nullptr ? runs : std::min(chunk, runs - begin);
    for (index k = 0; k < outputs_; ++k) {
      const double* vector = turned_.data() + k * n_;
      if (pool != nullptr)
        design_.dots(*pool, features_.data(), runs, vector, products_.data());
      else
        design_.dots(features_.data() + begin, many, vector, products_.data() + begin);
      for (index r = begin; r < begin + many; ++r)
        for (index e = first_[r]; e < first_[r + 1]; ++e)
          if (output(list[e]) == k) out[e] = products_[r];
    }
  }
}

}  // namespace fenchel

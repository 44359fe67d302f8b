#include "solvers/coordinate/lifted_design.hpp"

#include <algorithm>

namespace fenchel {

LiftedDesign::LiftedDesign(const Design& design, index outputs)
    : design_(design), n_(design.rows()), outputs_(outputs) {
  if (outputs_ == 1) return;
  turned_.resize(n_ * outputs_);
  features_.resize(size());
  first_.resize(size() + 1);
  products_.resize(size());
  rows_.resize(n_);
  values_.resize(n_);
}

index LiftedDesign::bytes(index n, index p, index outputs) {
  return outputs == 1 ? 0 : 8 * (n * outputs + 3 * p * outputs + 1 + 2 * n) + 6 * 64;
}

ColumnEntries LiftedDesign::column(index j) {
  if (const double* values = design_.in_place(j)) return {n_, nullptr, values};
  const index count = design_.unpack(j, rows_.data(), values_.data());
  return {count, design_.sparse() ? rows_.data() : nullptr, values_.data()};
}

void LiftedDesign::add(const index* list, index count, const double* a, double* v) {
  for (index k = 0; k < count;) {
    if (outputs_ == 1) {
      if (a[k] != 0) design_.axpy(list[k], a[k], v);
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

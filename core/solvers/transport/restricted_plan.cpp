#include "solvers/transport/restricted_plan.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {

void RestrictedPlan::resize(index n, index m, index capacity) {
  n_ = n;
  m_ = m;
  start_.resize(n + 1);
  column_.resize(capacity);
  t_.resize(capacity);
  terms_.resize(m);
  col_sum_.resize(m);
  col_log_.resize(m);
}

void RestrictedPlan::load(const SparseSystem& system, const double* F, const double* G) {
  const SparsePlan& plan = system.plan();
  index to = 0;
  for (index i = 0; i < n_; ++i) {
    start_[i] = to;
    for (index k = plan.start[i]; k < plan.start[i] + plan.count[i]; ++k, ++to) {
      column_[to] = plan.column[k];
      t_[to] = system.value(k);
    }
  }
  start_[n_] = to;
  simd_.log2(t_.data(), t_.data(), to);
  for (index i = 0; i < n_; ++i)
    for (index k = start_[i]; k < start_[i + 1]; ++k) t_[k] -= F[i] + G[column_[k]];
}

void RestrictedPlan::extract(const double* F, const double* G, const double* row_threshold, const double* col_threshold,
                             double* p, double* q, SparseSystem& system) {
  system.clear();
  std::fill_n(q, m_, 0.0);
  for (index i = 0; i < n_; ++i) {
    const index count = start_[i + 1] - start_[i];
    const std::int32_t* column = column_.data() + start_[i];
    const double* t = t_.data() + start_[i];
    for (index k = 0; k < count; ++k) terms_[k] = t[k] + F[i] + G[column[k]];
    simd_.exp2(terms_.data(), terms_.data(), count);
    p[i] = 0;
    system.begin_row(i);
    for (index k = 0; k < count; ++k) {
      const double value = terms_[k];
      p[i] += value;
      q[column[k]] += value;
      if (value >= std::min(row_threshold[i], col_threshold[column[k]])) system.append(i, column[k], value);
    }
  }
  system.index_columns();
}

void RestrictedPlan::sweep(const Update& row, const Update& col, double* F, double* G, double* p) {
  col_sum_.fill(0.0);
  for (index i = 0; i < n_; ++i) {
    p[i] = 0;
    const index count = start_[i + 1] - start_[i];
    const std::int32_t* column = column_.data() + start_[i];
    const double* t = t_.data() + start_[i];
    if (!(F[i] > -kInf)) continue;
    for (index k = 0; k < count; ++k) terms_[k] = t[k] + G[column[k]];
    const double top = simd_.max_value(terms_.data(), count);
    if (!(top > -kInf && top < kInf)) continue;
    const double sum = simd_.exp2_shift(terms_.data(), -top, terms_.data(), count);
    const double log_ratio = top + F[i] + std::log2(sum) - row.log_weight[i];
    p[i] = row.weight[i] * std::exp2(log_ratio);
    const double next = row.base[i] + row.tau * (F[i] - row.base[i] - log_ratio);
    const double w =
        row.tau == 1.0 ? row.weight[i] / sum : std::exp2(top + next);  // terms over 2^top become the updated row's
    F[i] = next;
    for (index k = 0; k < count; ++k) col_sum_[column[k]] += w * terms_[k];
  }
  for (index j = 0; j < m_; ++j) col_sum_[j] = col.weight[j] > 0 && col_sum_[j] > 0 ? col_sum_[j] / col.weight[j] : 1.0;
  simd_.log2(col_sum_.data(), col_log_.data(), m_);
  for (index j = 0; j < m_; ++j)
    if (G[j] > -kInf) G[j] = col.base[j] + col.tau * (G[j] - col.base[j] - col_log_[j]);
}

}  // namespace fenchel

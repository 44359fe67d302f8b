#include "solvers/transport/restricted_plan.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {

void RestrictedPlan::resize(index n, index m, index capacity) {
  n_ = n;
  m_ = m;
  t_.resize(capacity);
  terms_.resize(m);
  col_sum_.resize(m);
  col_log_.resize(m);
}

void RestrictedPlan::load(SparseSystem& system, const double* F, const double* G) {
  const SparsePlan& plan = system.plan();
  for (index i = 0; i < n_; ++i) {
    const index start = plan.start[i];
    const index count = plan.count[i];
    for (index k = start; k < start + count; ++k) t_[k] = system.value(k);
    simd_.log2(t_.data() + start, t_.data() + start, count);
    for (index k = start; k < start + count; ++k) t_[k] -= F[i] + G[plan.column[k]];
  }
}

void RestrictedPlan::evaluate(SparseSystem& system, const double* F, const double* G, double* p, double* q) {
  const SparsePlan& plan = system.plan();
  std::fill_n(q, m_, 0.0);
  for (index i = 0; i < n_; ++i) {
    const index start = plan.start[i];
    const index count = plan.count[i];
    p[i] = 0;
    for (index k = 0; k < count; ++k) terms_[k] = t_[start + k] + F[i] + G[plan.column[start + k]];
    simd_.exp2(terms_.data(), terms_.data(), count);
    for (index k = 0; k < count; ++k) {
      p[i] += terms_[k];
      q[plan.column[start + k]] += terms_[k];
    }
    system.set_row(i, terms_.data());
  }
  system.refresh_columns();
}

// The row's terms over 2^top into terms_; returns their sum.
double RestrictedPlan::row_terms(const SparsePlan& plan, index i, const double* F, const double* G, double* top) {
  const index start = plan.start[i];
  const index count = plan.count[i];
  for (index k = 0; k < count; ++k) terms_[k] = t_[start + k] + G[plan.column[start + k]];
  *top = simd_.max_value(terms_.data(), count);
  if (!(*top > -kInf && *top < kInf)) return 0;
  const double sum = simd_.exp2_shift(terms_.data(), -*top, terms_.data(), count);
  *top += F[i];
  return sum;
}

void RestrictedPlan::sweep(const SparseSystem& system, const Update& row, const Update& col, double* F, double* G, double* p) {
  const SparsePlan& plan = system.plan();
  col_sum_.fill(0.0);
  for (index i = 0; i < n_; ++i) {
    p[i] = 0;
    if (!(F[i] > -kInf)) continue;
    double top = 0;
    const double sum = row_terms(plan, i, F, G, &top);
    if (!(sum > 0)) continue;
    const double log_ratio = top + std::log2(sum) - row.log_weight[i];
    p[i] = row.weight[i] * std::exp2(log_ratio);
    const double next = row.base[i] + row.tau * (F[i] - row.base[i] - log_ratio);
    // terms over 2^top become those of the updated row
    const double w = row.tau == 1.0 ? row.weight[i] / sum : std::exp2(top + next - F[i]);
    F[i] = next;
    const std::int32_t* column = plan.column.data() + plan.start[i];
    for (index k = 0; k < plan.count[i]; ++k) col_sum_[column[k]] += w * terms_[k];
  }
  for (index j = 0; j < m_; ++j) col_sum_[j] = col.weight[j] > 0 && col_sum_[j] > 0 ? col_sum_[j] / col.weight[j] : 1.0;
  simd_.log2(col_sum_.data(), col_log_.data(), m_);
  for (index j = 0; j < m_; ++j)
    if (G[j] > -kInf) G[j] = col.base[j] + col.tau * (G[j] - col.base[j] - col_log_[j]);
}

}  // namespace fenchel

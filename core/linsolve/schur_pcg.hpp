// schur_pcg.hpp -- [[diag d1, P], [P^T, diag d2]] [u; v] = [ra; rb] by Jacobi-preconditioned conjugate gradients on the
// Schur complement
//
//   (diag d2 - P^T diag(1/d1) P) v = rb - P^T (ra / d1),   u = (ra - P v) / d1.
//
// One engine for the Newton steps of entropic transport, for quadratic transport and for implicit derivatives. P is an
// object with
//   multiply(v, out)            out (n) = P v
//   multiply_transposed(u, out) out (m) = P^T u
//   normal(w, v, out)           out (m) = P^T diag(w) P v
//   square_sums(w, out)         out (m) = sum_i w_i P_ij^2, or returns false if that costs too much
// The matrix is positive semidefinite when d1 >= P 1 and d2 >= P^T 1; where both are equal it is singular along (1,
// -1), and `gauge` keeps v orthogonal to the constants.
#pragma once
#include <cmath>

#include "base/buffer.hpp"

namespace fenchel {

struct PcgLimits {
  double tol;  // relative to the right-hand side's norm
  index max_iter;
  bool gauge = false;
};

struct PcgReport {
  index iterations = 0;
  double residual = 0;  // relative, of the recurrence
};

class SchurPcg {
 public:
  void resize(index n, index m) {
    n_ = n;
    m_ = m;
    w_.resize(n);
    t_.resize(n);
    for (Buffer<double>* buffer : {&r_, &z_, &s_, &as_, &diagonal_}) buffer->resize(m);
  }
  static index bytes(index n, index m) { return 8 * (2 * n + 5 * m); }

  template <class Plan>
  PcgReport solve(Plan& plan, const double* d1, const double* d2, const double* ra, const double* rb,
                  const PcgLimits& limits, double* u, double* v) {
    for (index i = 0; i < n_; ++i) {
      w_[i] = d1[i] > 0 ? 1 / d1[i] : 0.0;
      t_[i] = ra[i] * w_[i];
    }
    plan.multiply_transposed(t_.data(), r_.data());
    for (index j = 0; j < m_; ++j) {
      r_[j] = d2[j] > 0 ? rb[j] - r_[j] : 0.0;
      v[j] = 0;
    }
    precondition(plan, d2);
    const PcgReport report = iterate(plan, d2, limits, v);
    plan.multiply(v, u);
    for (index i = 0; i < n_; ++i) u[i] = (ra[i] - u[i]) * w_[i];
    return report;
  }

 private:
  template <class Plan>
  void precondition(Plan& plan, const double* d2) {
    const bool exact = plan.square_sums(w_.data(), diagonal_.data());
    for (index j = 0; j < m_; ++j) {
      const double d = exact ? std::fmax(d2[j] - diagonal_[j], 1e-3 * d2[j]) : d2[j];
      diagonal_[j] = d > 0 ? 1 / d : 0.0;
    }
  }

  template <class Plan>
  PcgReport iterate(Plan& plan, const double* d2, const PcgLimits& limits, double* v) {
    PcgReport report;
    const double scale = norm(r_);
    if (!(scale > 0)) return report;
    if (limits.gauge) centre(r_, d2);
    double rz = apply_preconditioner();
    for (index j = 0; j < m_; ++j) s_[j] = z_[j];
    report.residual = 1;
    while (report.iterations < limits.max_iter && report.residual > limits.tol) {
      plan.normal(w_.data(), s_.data(), as_.data());
      double curvature = 0;
      for (index j = 0; j < m_; ++j) {
        as_[j] = d2[j] * s_[j] - as_[j];
        curvature += as_[j] * s_[j];
      }
      ++report.iterations;
      if (!(curvature > 0)) break;  // the null space, or round-off: what we have is the best there is
      const double alpha = rz / curvature;
      for (index j = 0; j < m_; ++j) {
        v[j] += alpha * s_[j];
        r_[j] -= alpha * as_[j];
      }
      if (limits.gauge) centre(r_, d2);
      report.residual = norm(r_) / scale;
      const double next = apply_preconditioner();
      const double beta = next / rz;
      rz = next;
      for (index j = 0; j < m_; ++j) s_[j] = z_[j] + beta * s_[j];
    }
    return report;
  }
  double apply_preconditioner() {
    double rz = 0;
    for (index j = 0; j < m_; ++j) {
      z_[j] = diagonal_[j] * r_[j];
      rz += z_[j] * r_[j];
    }
    return rz;
  }
  static double norm(const Buffer<double>& x) {
    double sum = 0;
    for (const double value : x) sum += value * value;
    return std::sqrt(sum);
  }
  // Residuals of a consistent singular system sum to zero; rounding is taken off where there is mass.
  static void centre(Buffer<double>& x, const double* d2) {
    double sum = 0;
    double mass = 0;
    for (index j = 0; j < x.size(); ++j) {
      sum += x[j];
      mass += d2[j];
    }
    for (index j = 0; j < x.size(); ++j) x[j] -= sum * (d2[j] / mass);
  }

  index n_ = 0, m_ = 0;
  Buffer<double> w_, t_;                      // (n)
  Buffer<double> r_, z_, s_, as_, diagonal_;  // (m)
};

}  // namespace fenchel

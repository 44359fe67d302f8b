// anderson.hpp -- type-II Anderson acceleration of a fixed-point map T in a weighted norm.
//
//   minimise over gamma  || r_k - sum_l gamma_l (r_{l+1} - r_l) ||_w^2 + ridge,   next x = T(x_k) - sum_l gamma_l
//   (T(x_{l+1}) - T(x_l)) r = T(x) - x.  Walker and Ni, Anderson Acceleration for Fixed-Point Iterations (2011),
//   eq. 2.2 with the differences of Fang and Saad (2009).
#pragma once
#include <algorithm>
#include <cmath>

#include "base/buffer.hpp"

namespace fenchel {

class Anderson {
 public:
  static constexpr int kMaxMemory = 20;

  void resize(index size, int memory) {
    size_ = size;
    memory_ = memory;
    last_r_.resize(size);
    last_t_.resize(size);
    dr_.resize(size * memory);
    dt_.resize(size * memory);
    clear();
  }
  static index bytes(index size, int memory) { return 8 * size * (2 + 2 * memory); }
  void clear() { seen_ = stored_ = 0; }

  // Takes in x and t = T(x), weight >= 0 (entries of weight 0 are ignored), and writes the extrapolated next x into t.
  void extrapolate(const double* weight, const double* x, double* t) {
    if (seen_ > 0) {
      const int slot = (seen_ - 1) % memory_;
      stored_ = std::min(stored_ + 1, memory_);
      for (index j = 0; j < size_; ++j) {
        const bool live = weight[j] > 0;
        dr_[slot * size_ + j] = live ? (t[j] - x[j]) - last_r_[j] : 0.0;
        dt_[slot * size_ + j] = live ? t[j] - last_t_[j] : 0.0;
      }
    }
    ++seen_;
    for (index j = 0; j < size_; ++j) {
      last_r_[j] = weight[j] > 0 ? t[j] - x[j] : 0.0;
      last_t_[j] = t[j];
    }
    double gamma[kMaxMemory];
    if (stored_ == 0 || !solve(weight, gamma)) return;
    for (int l = 0; l < stored_; ++l)
      for (index j = 0; j < size_; ++j)
        if (weight[j] > 0) t[j] -= gamma[l] * dt_[l * size_ + j];
  }

 private:
  double dot(const double* weight, const double* x, const double* y) const {
    double sum = 0;
    for (index j = 0; j < size_; ++j) sum += weight[j] * x[j] * y[j];
    return sum;
  }

  // Normal equations with a relative ridge, by Cholesky.
  bool solve(const double* weight, double* gamma) const {
    double a[kMaxMemory][kMaxMemory];
    double trace = 0;
    for (int k = 0; k < stored_; ++k) {
      for (int l = 0; l <= k; ++l) a[k][l] = dot(weight, dr_.data() + k * size_, dr_.data() + l * size_);
      gamma[k] = dot(weight, dr_.data() + k * size_, last_r_.data());
      trace += a[k][k];
    }
    if (!(trace > 0) || !std::isfinite(trace)) return false;
    for (int k = 0; k < stored_; ++k) {
      a[k][k] += 1e-10 * trace;
      for (int l = 0; l <= k; ++l) {
        for (int i = 0; i < l; ++i) a[k][l] -= a[k][i] * a[l][i];
        if (l < k)
          a[k][l] /= a[l][l];
        else if (a[k][k] > 0)
          a[k][k] = std::sqrt(a[k][k]);
        else
          return false;
      }
      for (int i = 0; i < k; ++i) gamma[k] -= a[k][i] * gamma[i];
      gamma[k] /= a[k][k];
    }
    for (int k = stored_ - 1; k >= 0; --k) {
      for (int i = k + 1; i < stored_; ++i) gamma[k] -= a[i][k] * gamma[i];
      gamma[k] /= a[k][k];
      if (!std::isfinite(gamma[k])) return false;
    }
    return true;
  }

  index size_ = 0;
  int memory_ = 0, seen_ = 0, stored_ = 0;
  Buffer<double> last_r_, last_t_;  // (size)
  Buffer<double> dr_, dt_;          // (memory, size), a ring
};

}  // namespace fenchel

// guarded_anderson.hpp -- type-II Anderson acceleration of a nonexpansive map T of one vector, with a guard.
//
//   r_k = T(v_k) - v_k,   gamma = argmin |r_k - sum_l gamma_l (r_{l+1} - r_l)|^2 + ridge,
//   v_{k+1} = T(v_k) - sum_l gamma_l (T(v_{l+1}) - T(v_l))
//
// A point that was extrapolated and turns out to have a longer step |r| than the point that it came from is taken back:
// the plain T of that point is next, and the memory is dropped. Plain steps never lengthen |r|, so that the sequence of
// accepted |r| falls whatever the extrapolations do. The inner products of the differences are kept, so that an
// iteration costs 2 memory + 1 of them.
//
// Walker and Ni, Anderson acceleration for fixed-point iterations (2011); Fu, Zhang and Boyd, Anderson accelerated
// Douglas-Rachford splitting (2020).
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/buffer.hpp"
#include "kernels/kernels.hpp"

namespace fenchel {

template <class T>
class GuardedAnderson {
 public:
  static constexpr int kMostMemory = 20;
  static constexpr double kStraight = 1e-8;      // of |r|^2: a change that means none
  static constexpr double kStrideGrowth = 1.01;  // of the shortest |r|^2 so far: what a stride may cost
  static constexpr double kMostWeight = sizeof(T) == 4 ? 1e2 : 1e5;  // beyond it the sum is rounding

  void resize(index size, int memory) {
    size_ = size;
    memory_ = std::min(memory, kMostMemory);
    if (memory_ == 0) return;
    for (Buffer<T>* b : {&last_r_, &last_t_, &plain_}) b->resize(size);
    dr_.resize(size * memory_);
    dt_.resize(size * memory_);
    forget();
  }
  static index bytes(index size, int memory) {
    return memory == 0 ? 0 : static_cast<index>(sizeof(T)) * size * (3 + 2 * std::min(memory, kMostMemory));
  }
  // T has changed, or v was moved by other means.
  void forget() {
    seen_ = 0;
    stride_ = 1;
    shortest_ = std::numeric_limits<double>::infinity();
    guess_ = false;
  }

  // t = T(v) comes in and the next v goes out. False: v was taken back, and its T is not what t holds.
  bool next(const T* v, T* t) {
    if (memory_ == 0) return true;
    double length = 0;
    for (index j = 0; j < size_; ++j) {
      const double d = static_cast<double>(t[j]) - static_cast<double>(v[j]);
      length += d * d;
    }
    if (guess_ && !(length <= (stride_ > 1 ? kStrideGrowth * shortest_ : last_length_))) {
      std::copy_n(plain_.data(), size_, t);
      const double shortest = shortest_;
      forget();
      shortest_ = shortest;
      return false;
    }
    guess_ = false;
    shortest_ = std::min(shortest_, length);
    if (seen_ > 0) store(v, t);
    for (index j = 0; j < size_; ++j) {
      last_r_[j] = t[j] - v[j];
      last_t_[j] = t[j];
    }
    ++seen_;
    last_length_ = length;
    const int held = std::min(seen_ - 1, memory_);
    if (held == 0) return true;
    const int newest = (seen_ - 2) % memory_;
    std::copy_n(t, size_, plain_.data());
    if (gram_[newest][newest] <= kStraight * length) {
      stride_ *= 2;
      const T further = static_cast<T>(stride_);
      for (index j = 0; j < size_; ++j) t[j] += further * last_r_[j];
      guess_ = true;
      return true;
    }
    stride_ = 1;
    double gamma[kMostMemory];
    if (!solve(held, gamma)) return true;
    for (int l = 0; l < held; ++l) {
      const T factor = static_cast<T>(gamma[l]);
      const T* column = dt_.data() + l * size_;
      for (index j = 0; j < size_; ++j) t[j] -= factor * column[j];
    }
    guess_ = true;
    return true;
  }

 private:
  double dot(const T* x, const T* y) const { return kernels::table<T>().dot(x, y, size_); }

  void store(const T* v, const T* t) {
    const int slot = (seen_ - 1) % memory_, held = std::min(seen_, memory_);
    T* dr = dr_.data() + slot * size_;
    T* dt = dt_.data() + slot * size_;
    for (index j = 0; j < size_; ++j) {
      dr[j] = (t[j] - v[j]) - last_r_[j];
      dt[j] = t[j] - last_t_[j];
    }
    for (int l = 0; l < held; ++l) gram_[slot][l] = gram_[l][slot] = dot(dr, dr_.data() + l * size_);
  }

  // The normal equations, scaled to a unit diagonal, with a ridge, by Cholesky.
  bool solve(int held, double* gamma) const {
    constexpr double kRidge = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());
    double a[kMostMemory][kMostMemory], scale[kMostMemory];
    for (int k = 0; k < held; ++k) {
      if (!(gram_[k][k] > 0)) return false;
      scale[k] = 1 / std::sqrt(gram_[k][k]);
    }
    for (int k = 0; k < held; ++k) {
      gamma[k] = scale[k] * dot(dr_.data() + k * size_, last_r_.data());
      for (int l = 0; l <= k; ++l) {
        a[k][l] = gram_[k][l] * scale[k] * scale[l] + (k == l ? kRidge : 0.0);
        for (int i = 0; i < l; ++i) a[k][l] -= a[k][i] * a[l][i];
        if (l < k) {
          a[k][l] /= a[l][l];
          gamma[k] -= a[k][l] * gamma[l];
        }
      }
      if (!(a[k][k] > 0)) return false;
      a[k][k] = std::sqrt(a[k][k]);
      gamma[k] /= a[k][k];
    }
    for (int k = held - 1; k >= 0; --k) {
      for (int i = k + 1; i < held; ++i) gamma[k] -= a[i][k] * gamma[i];
      gamma[k] /= a[k][k];
      if (!std::isfinite(gamma[k])) return false;
    }
    double size = 0;
    for (int k = 0; k < held; ++k) size += std::abs(gamma[k] *= scale[k]);
    return size <= kMostWeight;
  }

  index size_ = 0;
  int memory_ = 0, seen_ = 0;
  bool guess_ = false;  // the last next() extrapolated
  double last_length_ = 0, stride_ = 1, shortest_ = 0;
  double gram_[kMostMemory][kMostMemory] = {};
  Buffer<T> last_r_, last_t_, plain_;  // (size)
  Buffer<T> dr_, dt_;                  // (memory, size), a ring
};

}  // namespace fenchel

// capped_threshold.hpp -- the tau with sum_i clip(v_i - tau, 0, cap) = total, 0 <= total <= n cap.
//
// Newton's method on the piecewise linear, decreasing function, inside a bracket that halves when Newton leaves it.
// Entries that the bracket decides (0, cap, or free throughout) are summed up once and dropped: expected O(n).
#pragma once
#include "prox/vectors.hpp"

namespace fenchel {

template <class T>
index capped_threshold_bytes(index n) {
  return scratch_for<T>(n);
}

namespace detail {

template <class T>
class CappedSearch {
 public:
  CappedSearch(index n, const T* v, double cap, double total, T* open) : cap_(cap), total_(total), open_(open) {
    low_ = kInf, high_ = -kInf;
    for (index i = 0; i < n; ++i) {
      open_[i] = v[i];
      low_ = std::min(low_, static_cast<double>(v[i]));
      high_ = std::max(high_, static_cast<double>(v[i]));
    }
    count_ = n;
    shift_ = high_;
    low_ -= cap_;
  }

  double find() {
    if (!(high_ - low_ < kInf)) return kNaN;
    double tau = low_ + (high_ - low_) / 2;
    index old_full = -1, old_free = -1;
    bool newton = false;
    for (int round = 0; round < 2000; ++round) {
      evaluate(tau);
      if (newton && full_ == old_full && free_ == old_free) return tau;  // the root of this very piece
      old_full = full_, old_free = free_;
      const double excess = free_sum_ + static_cast<double>(full_) * cap_ - total_;  // of the free, still plus tau each
      const double root = free_ > 0 ? shift_ + excess / static_cast<double>(free_) : tau;
      const double at_tau = excess - static_cast<double>(free_) * (tau - shift_);
      if (at_tau == 0) return tau;
      (at_tau > 0 ? low_ : high_) = tau;
      const double middle = low_ + (high_ - low_) / 2;
      if (!(middle > low_ && middle < high_)) return root >= low_ && root <= high_ && free_ > 0 ? root : middle;
      decide();
      newton = free_ > 0 && root > low_ && root < high_;
      tau = newton ? root : middle;
    }
    return tau;
  }

 private:
  // Blocks keep the rounding of long sums small.
  static constexpr index kBlock = 256;

  void evaluate(double tau) {
    full_ = done_full_, free_ = done_free_, free_sum_ = done_sum_;
    for (index first = 0; first < count_; first += kBlock) {
      double sum = 0;
      for (index i = first; i < std::min(first + kBlock, count_); ++i) {
        const auto a = static_cast<double>(open_[i]);
        const double x = a - tau;
        const bool full = x >= cap_, free = x > 0 && !full;
        full_ += full ? 1 : 0;
        free_ += free ? 1 : 0;
        sum += free ? a - shift_ : 0;
      }
      free_sum_ += sum;
    }
  }
  void decide() {
    index left = 0;
    for (index first = 0, end = count_; first < end; first += kBlock) {
      double sum = 0;
      for (index i = first; i < std::min(first + kBlock, end); ++i) {
        const auto a = static_cast<double>(open_[i]);
        if (a - high_ >= cap_) {
          ++done_full_;
        } else if (a - high_ > 0 && a - low_ < cap_) {
          ++done_free_;
          sum += a - shift_;
        } else if (a - low_ > 0) {
          open_[left++] = open_[i];
        }
      }
      done_sum_ += sum;
    }
    count_ = left;
  }

  double cap_, total_, low_, high_, shift_, free_sum_ = 0, done_sum_ = 0;
  index count_, full_ = 0, free_ = 0, done_full_ = 0, done_free_ = 0;
  T* open_;
};

}  // namespace detail

// NaN where v holds a NaN or an infinity.
template <class T>
double capped_threshold(index n, const T* v, double cap, double total, Scratch scratch) {
  if (has_nan(n, v)) return kNaN;
  return detail::CappedSearch<T>(n, v, cap, total, scratch.take<T>(n)).find();
}

}  // namespace fenchel

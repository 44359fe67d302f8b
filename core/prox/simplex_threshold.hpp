// simplex_threshold.hpp -- the tau with sum_i max(u_i - tau, 0) = radius, where u = v or u = |v|.
//
// The root over any subset of the entries is a lower bound of tau. So one pass keeps what exceeds the bound of what it
// kept so far (Condat, Fast projection onto the simplex and the l1 ball, 2016, a chunk at a time with the compress
// kernel), and Michelot's rounds (1986) finish on the few that are left. Rounds that drag on end in a sort.
#pragma once
#include "prox/vectors.hpp"

namespace fenchel {

enum class Entries { plain, magnitudes };

namespace detail {

inline constexpr index kChunk = 2048;

template <class T>
class ThresholdSearch {
 public:
  ThresholdSearch(index n, double radius, Scratch scratch) : radius_(radius) {
    kept_ = scratch.take<T>(n);
    copy_ = scratch.take<T>(kChunk);
    places_ = scratch.take<std::int32_t>(kChunk);
  }
  static index bytes(index n) { return scratch_for<T>(n) + scratch_for<T>(kChunk) + scratch_for<std::int32_t>(kChunk); }

  // False when there is a NaN or an infinity that leaves no answer.
  template <Entries entries>
  bool read(index n, const T* v) {
    index refine_at = 4 * kChunk;
    for (index first = 0; first < n; first += kChunk) {
      const index length = std::min(kChunk, n - first);
      const T* chunk = v + first;
      if constexpr (entries == Entries::magnitudes) {
        for (index i = 0; i < length; ++i) copy_[i] = std::abs(chunk[i]);
        chunk = copy_;
      }
      const auto most = static_cast<double>(kernels::table<T>().max_value(chunk, length));
      if (!(most < kInf)) return false;
      if (count_ == 0) shift_ = std::max(most, static_cast<double>(std::numeric_limits<T>::lowest()));
      tau_ = std::max(tau_, most - radius_);
      const index found =
          kernels::table<T>().compress_row(chunk, length, threshold(), nullptr, places_, kept_ + count_);
      sum_ += shifted_sum(kept_ + count_, found);
      count_ += found;
      raise();
      if (count_ >= refine_at) {
        drop();
        refine_at = std::max(refine_at, 2 * count_);
      }
    }
    return count_ > 0;
  }

  double finish() {
    for (int round = 0; round < 40; ++round) {
      const index before = count_;
      drop();
      if (count_ == before) return tau_;
    }
    std::sort(kept_, kept_ + count_, [](T a, T b) { return a > b; });
    double sum = 0;
    for (index i = 0; i < count_; ++i) {
      sum += static_cast<double>(kept_[i]) - shift_;
      const double tau = shift_ + (sum - radius_) / static_cast<double>(i + 1);
      if (i + 1 == count_ || static_cast<double>(kept_[i + 1]) <= tau) return tau;
    }
    return tau_;
  }

 private:
  // The bound as a T, rounded downwards; it never lets -inf in.
  T threshold() const {
    const T lowest = std::numeric_limits<T>::lowest();
    if (!(tau_ > static_cast<double>(lowest))) return lowest;
    const T t = static_cast<T>(tau_);
    return static_cast<double>(t) > tau_ ? std::nextafter(t, lowest) : t;
  }
  double shifted_sum(const T* x, index n) const {
    return lane_sum(n, x, [this](double a) { return a - shift_; });
  }
  void raise() {
    if (count_ > 0) tau_ = std::max(tau_, shift_ + (sum_ - radius_) / static_cast<double>(count_));
  }
  // One of Michelot's rounds: forgets what lies below the bound and raises it.
  void drop() {
    const T t = threshold();
    index left = 0;
    for (index i = 0; i < count_; ++i) {
      const T x = kept_[i];
      kept_[left] = x;
      left += x >= t ? 1 : 0;
    }
    if (left == count_ || left == 0) return;
    count_ = left;
    sum_ = shifted_sum(kept_, count_);
    raise();
  }

  double radius_, tau_ = -kInf, shift_ = 0, sum_ = 0;
  index count_ = 0;
  T *kept_, *copy_;
  std::int32_t* places_;
};

}  // namespace detail

template <class T>
index simplex_threshold_bytes(index n) {
  return detail::ThresholdSearch<T>::bytes(n);
}

// NaN where v holds a NaN or +inf. tau <= 0 for magnitudes: v is inside the l1 ball.
template <Entries entries, class T>
double simplex_threshold(index n, const T* v, double radius, Scratch scratch) {
  detail::ThresholdSearch<T> search(n, radius, scratch);
  return search.template read<entries>(n, v) ? search.finish() : kNaN;
}

}  // namespace fenchel

// sorted_l1.cpp -- g(x) = lam sum_i w_i |x|_(i), |x|_(1) >= |x|_(2) >= ..., w_1 >= w_2 >= ... >= 0 (SLOPE, OWL)
//
// prox     of the sorted magnitudes: the isotonic regression of |v|_(i) - step lam w_i by pooling adjacent violators,
//          cut at 0. Entries of |v| at most step lam w_m, m the entries that are left, end at 0 and touch no other:
//          they are dropped before anything is sorted.
// offers   vjp (means over the pools), conjugate
// paper    Bogdan, van den Berg, Sabatti, Su and Candes, SLOPE - adaptive variable selection via convex optimization
//          (2015)
#include "prox/sorted_magnitudes.hpp"
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("lam", 1.0, 0.0, 1e150, "weight of the norm"),
    required(array_param("weights", 0.0, 1e150, "(n) weights, the largest first")),
};

class SortedL1 final : public ProxOf<SortedL1> {
 public:
  explicit SortedL1(const Params& params) : lam_(params.real("lam")), weights_(copy_doubles(params.array("weights"))) {
    for (std::size_t i = 1; i < weights_.size(); ++i)
      if (weights_[i] > weights_[i - 1])
        fail(Status::RANGE, "weights rises from % to % at element %; legal: never", weights_[i - 1], weights_[i],
             static_cast<index>(i));
    check_places(size());
  }
  unsigned caps() const override {
    return PROX_CONVEX | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE | PROX_EVEN | PROX_FULL_DOMAIN;
  }
  index size() const override { return static_cast<index>(weights_.size()); }
  index scratch_bytes(index n) const override {
    return scratch_for<Magnitude<double>>(n) + sort_magnitudes_bytes<double>(n) + 2 * scratch_for<double>(n) +
           scratch_for<index>(n + 1);
  }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    if (has_nan(n, v)) return all_nan(n, out);
    const Pools<T> pools = pool(n, v, static_cast<double>(step.scalar) * lam_, scratch);
    double value = 0;
    for (index b = 0; b < pools.count; ++b) {
      for (index i = pools.starts[b]; i < pools.starts[b + 1]; ++i) {
        value += level(i) * pools.means[b];
        T& size = pools.sorted[i].size;  // from here on the result with its sign
        size = std::copysign(static_cast<T>(pools.means[b]), v[pools.sorted[i].place]);
      }
    }
    std::fill(out, out + n, T(0));
    for (index i = 0; i < pools.starts[pools.count]; ++i) out[pools.sorted[i].place] = pools.sorted[i].size;
    return value;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const {
    if (has_nan(n, x)) return kNaN;
    auto* sorted = scratch.take<Magnitude<T>>(n);
    const index count = keep(n, x, 0.0, sorted);
    sort_magnitudes(count, sorted, scratch);
    double value = 0;
    for (index i = 0; i < count; ++i) value += level(i) * static_cast<double>(sorted[i].size);
    return value;
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    if (has_nan(n, v)) return void(all_nan(n, out));
    const Pools<T> pools = pool(n, v, static_cast<double>(step.scalar) * lam_, scratch);
    for (index b = 0; b < pools.count; ++b) {
      double sum = 0;
      for (index i = pools.starts[b]; i < pools.starts[b + 1]; ++i) {
        const auto place = pools.sorted[i].place;
        sum += v[place] < 0 ? -static_cast<double>(cotangent[place]) : static_cast<double>(cotangent[place]);
      }
      const double mean = sum / static_cast<double>(pools.starts[b + 1] - pools.starts[b]);
      for (index i = pools.starts[b]; i < pools.starts[b + 1]; ++i)
        pools.sorted[i].size = static_cast<T>(v[pools.sorted[i].place] < 0 ? -mean : mean);
    }
    std::fill(out, out + n, T(0));
    for (index i = 0; i < pools.starts[pools.count]; ++i) out[pools.sorted[i].place] = pools.sorted[i].size;
  }
  // 0 where every leading sum of |u|_(i) is at most that of lam w_i.
  template <class T>
  double conjugate_of(index n, const T* u, Scratch scratch) const {
    if (has_nan(n, u)) return kNaN;
    auto* sorted = scratch.take<Magnitude<T>>(n);
    const index count = keep(n, u, 0.0, sorted);
    sort_magnitudes(count, sorted, scratch);
    double excess = 0, bound = 0;
    for (index i = 0; i < count; ++i) {
      excess += static_cast<double>(sorted[i].size) - level(i);
      bound += level(i);
      if (excess > kSlack<T> * bound) return kInf;
    }
    return 0;
  }

 private:
  // The entries that are not 0 in the result, sorted, in pools of one common mean: pool b from starts[b] on.
  template <class T>
  struct Pools {
    index count;
    Magnitude<T>* sorted;
    index* starts;
    double* means;
  };

  double level(index i) const { return lam_ * weights_[static_cast<std::size_t>(i)]; }

  template <class T>
  static index keep(index n, const T* v, double least, Magnitude<T>* kept) {
    index count = 0;
    for (index i = 0; i < n; ++i) {
      const T a = std::abs(v[i]);
      kept[count] = {a, static_cast<std::uint32_t>(i)};
      count += static_cast<double>(a) > least ? 1 : 0;
    }
    return count;
  }

  template <class T>
  Pools<T> pool(index n, const T* v, double t, Scratch scratch) const {
    auto* sorted = scratch.take<Magnitude<T>>(n);
    const auto weight = [&](index i) { return t * weights_[static_cast<std::size_t>(i)]; };
    index left = keep(n, v, weight(n - 1), sorted);
    for (index before = n; left > 0 && left < before - before / 8;) {
      before = left;
      left = 0;
      const double least = weight(before - 1);
      for (index i = 0; i < before; ++i) {
        sorted[left] = sorted[i];
        left += static_cast<double>(sorted[i].size) > least ? 1 : 0;
      }
    }
    auto* means = scratch.take<double>(n);
    auto* starts = scratch.take<index>(n + 1);
    sort_magnitudes(left, sorted, scratch);

    index count = 0;
    for (index i = 0; i < left; ++i) {
      double mean = static_cast<double>(sorted[i].size) - weight(i), length = 1;
      index start = i;
      while (count > 0 && means[count - 1] <= mean) {
        const auto other = static_cast<double>(start - starts[count - 1]);
        mean += (means[count - 1] - mean) * (other / (other + length));
        length += other;
        start = starts[--count];
      }
      means[count] = mean;
      starts[count++] = start;
    }
    while (count > 0 && !(means[count - 1] > 0)) left = starts[--count];
    starts[count] = left;
    return {count, sorted, starts, means};
  }

  double lam_;
  std::vector<double> weights_;
};

}  // namespace

const TermInfo& term_sorted_l1() {
  static constexpr TermInfo info{TermKind::prox, "sorted_l1",
                                 "lam sum_i w_i |x|_(i), magnitudes and weights in descending order: SLOPE", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<SortedL1>(p); }};
  return info;
}

}  // namespace fenchel

// group_l2.cpp -- g(x) = sum_b lam w_b || x_b ||_2 + l1 || x ||_1 over disjoint blocks b, optionally with x >= 0
//
// prox     z = soft(v, step l1) (its positive part under x >= 0), then x_b = max(1 - step lam w_b / || z_b ||, 0) z_b
// offers   groups, vjp, conjugate. A coordinate in no group is not penalised. Rows of a matrix (l21): `size` = columns.
// paper    Yuan and Lin, Model selection and estimation in regression with grouped variables (2006); with l1: Simon,
//          Friedman, Hastie and Tibshirani, A sparse-group lasso (2013)
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("lam", 1.0, 0.0, 1e300, "weight of the norms"),
    integer_param("size", 0.0, 0.0, 9e15, "length of equal consecutive groups; 0: `group` says which is where"),
    indices_param("group", "(n) number of the group of each coordinate, from 0; -1: in none, not penalised"),
    array_param("weights", 0.0, kInf, "(groups) weights w_b; 0 leaves a group free, inf fixes it at 0"),
    real_param("l1", 0.0, 0.0, 1e300, "weight of the l1 norm of the grouped coordinates: the sparse group lasso"),
    integer_param("positive", 0.0, 0.0, 1.0, "1: also requires x >= 0"),
};

class GroupL2 final : public ProxOf<GroupL2> {
 public:
  explicit GroupL2(const Params& params)
      : lam_(params.real("lam")),
        l1_(params.real("l1")),
        positive_(params.flag("positive")),
        size_(params.integer("size")),
        weights_(copy_doubles(params.array("weights"))) {
    if (params.has("group") == (size_ > 0))
      fail(Status::RANGE, "group_l2 needs either the array group or size > 0; it was given %",
           size_ > 0 ? "both" : "neither");
    if (size_ > 0)
      equal_groups();
    else
      sort_groups(copy_indices(params.array("group")));
    if (!weights_.empty() && count_ != static_cast<index>(weights_.size()))
      fail(Status::SHAPE, "weights has % elements; legal: %, one a group", static_cast<index>(weights_.size()), count_);
    groups_ = {count_, starts_.data(), members_.data(),       weights_.empty() ? nullptr : weights_.data(), lam_,
               l1_,    positive_,      count_ < 0 ? size_ : 0};
    for (const double w : weights_) finite_ = finite_ && (w < kInf || lam_ == 0);
  }

  unsigned caps() const override {
    unsigned caps = PROX_CONVEX | PROX_HOMOGENEOUS | PROX_VJP | PROX_CONJUGATE;
    if (!positive_) caps |= PROX_EVEN | (finite_ ? PROX_FULL_DOMAIN : 0U);
    return groups() == nullptr ? caps : caps | PROX_GROUPS;
  }
  index size() const override { return count_ < 0 ? kAnySize : coordinates_; }
  // Solvers that read the groups know of no sign constraint, nor of groups whose number is not known yet.
  const Groups* groups() const override { return positive_ || count_ < 0 ? nullptr : &groups_; }
  const Groups* signed_groups() const override { return &groups_; }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch) const {
    double value = 0;
    const double t1 = static_cast<double>(step.scalar) * l1_;
    each_group(n, [&](double level, index count, auto at) {
      const double t = static_cast<double>(step.scalar) * level;
      const double norm = norm_of(count, [&](index k) { return inner(v[at(k)], t1); });
      const double scale = norm > t ? 1 - t / norm : norm == norm ? 0 : norm;
      double sum = 0;
      for (index k = 0; k < count; ++k) {
        const double x = scale == 0 ? 0 : scale * inner(v[at(k)], t1);
        out[at(k)] = static_cast<T>(x);
        sum += std::abs(x);
      }
      if (scale != 0) value += level * (norm - t) + l1_ * sum;
    });
    for (const index j : free_) out[j] = positive_ && v[j] < 0 ? T(0) : v[j];
    return value;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    double value = 0;
    bool legal = true;
    each_group(n, [&](double level, index count, auto at) {
      const double norm = norm_of(count, [&](index k) { return static_cast<double>(x[at(k)]); });
      double sum = 0;
      for (index k = 0; k < count; ++k) {
        sum += std::abs(static_cast<double>(x[at(k)]));
        legal = legal && !(positive_ && x[at(k)] < 0);
      }
      if (norm != 0) value += level * norm + l1_ * sum;
    });
    for (const index j : free_) legal = legal && !(positive_ && x[j] < 0);
    return legal ? value : kInf;
  }
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch) const {
    const double t1 = static_cast<double>(step.scalar) * l1_;
    each_group(n, [&](double level, index count, auto at) {
      const double t = static_cast<double>(step.scalar) * level;
      const double norm = norm_of(count, [&](index k) { return inner(v[at(k)], t1); });
      double along = 0;  // <z, cotangent> / norm
      for (index k = 0; k < count && norm > t; ++k)
        along += inner(v[at(k)], t1) / norm * static_cast<double>(cotangent[at(k)]);
      for (index k = 0; k < count; ++k) {
        const double z = inner(v[at(k)], t1);
        const double slope = (1 - t / norm) * static_cast<double>(cotangent[at(k)]) + t / norm * along * (z / norm);
        out[at(k)] = static_cast<T>(norm > t && z != 0 ? slope : norm == norm ? 0 : norm);
      }
    });
    for (const index j : free_) out[j] = positive_ && v[j] < 0 ? T(0) : cotangent[j];
  }
  template <class T>
  double conjugate_of(index n, const T* u, Scratch) const {
    bool legal = true;
    each_group(n, [&](double level, index count, auto at) {
      const double norm = norm_of(count, [&](index k) { return inner(u[at(k)], l1_); });
      legal = legal && norm <= level + kSlack<T> * std::max(level, l1_);
    });
    for (const index j : free_) legal = legal && (positive_ ? u[j] <= 0 : u[j] == 0);
    return inside(legal);
  }

 private:
  void equal_groups() {
    if (weights_.empty()) return;  // any number of groups
    count_ = static_cast<index>(weights_.size());
    if (size_ > (index{1} << 50) / count_)
      fail(Status::TOO_LARGE, "size % times % weights is out of range", size_, count_);
    coordinates_ = count_ * size_;
    starts_.resize(weights_.size() + 1);
    for (std::size_t b = 0; b < starts_.size(); ++b) starts_[b] = static_cast<index>(b) * size_;
    members_.resize(static_cast<std::size_t>(coordinates_));
    for (std::size_t j = 0; j < members_.size(); ++j) members_[j] = static_cast<index>(j);
  }
  // A counting sort of the coordinates by group.
  void sort_groups(const std::vector<index>& group) {
    coordinates_ = static_cast<index>(group.size());
    count_ = 0;
    for (const index b : group) {
      if (b < -1 || b >= coordinates_)
        fail(Status::RANGE, "group holds %; legal: -1 to % (numbers of groups, fewer than coordinates)", b,
             coordinates_ - 1);
      count_ = std::max(count_, b + 1);
    }
    starts_.assign(static_cast<std::size_t>(count_) + 1, 0);
    for (const index b : group)
      if (b >= 0) ++starts_[static_cast<std::size_t>(b) + 1];
    for (std::size_t b = 1; b < starts_.size(); ++b) starts_[b] += starts_[b - 1];
    members_.resize(static_cast<std::size_t>(starts_.back()));
    std::vector<index> next(starts_);
    for (std::size_t j = 0; j < group.size(); ++j) {
      if (group[j] >= 0)
        members_[static_cast<std::size_t>(next[static_cast<std::size_t>(group[j])]++)] = static_cast<index>(j);
      else
        free_.push_back(static_cast<index>(j));
    }
  }

  double level(index b) const {
    return lam_ == 0 ? 0 : weights_.empty() ? lam_ : lam_ * weights_[static_cast<std::size_t>(b)];
  }
  // What is left of v before its group is looked at.
  template <class T>
  double inner(T v, double t1) const {
    const double z = static_cast<double>(v);
    return positive_ ? (z > t1 ? z - t1 : z == z ? 0 : z) : soft(z, t1);
  }
  // f(level, count, position of the k-th member) for every group.
  template <class F>
  void each_group(index n, F&& f) const {
    if (size_ > 0) {
      if (n % size_ != 0) fail(Status::SHAPE, "x has % elements; legal: multiples of size %", n, size_);
      for (index b = 0; b < n / size_; ++b) f(level(b), size_, [first = b * size_](index k) { return first + k; });
      return;
    }
    for (index b = 0; b < count_; ++b) {
      const index* members = members_.data() + starts_[static_cast<std::size_t>(b)];
      f(level(b), starts_[static_cast<std::size_t>(b) + 1] - starts_[static_cast<std::size_t>(b)],
        [members](index k) { return members[k]; });
    }
  }

  double lam_, l1_;
  bool positive_, finite_ = true;
  index size_, count_ = -1, coordinates_ = 0;
  std::vector<double> weights_;
  std::vector<index> starts_, members_, free_;
  Groups groups_;
};

}  // namespace

const TermInfo& term_group_l2() {
  static constexpr TermInfo info{TermKind::prox, "group_l2",
                                 "sum_b lam w_b ||x_b||_2 + l1 ||x||_1 over disjoint groups: the (sparse) group lasso",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<GroupL2>(p); }};
  return info;
}

}  // namespace fenchel

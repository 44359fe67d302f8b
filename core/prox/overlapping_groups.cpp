// overlapping_groups.cpp -- g(x) = lam sum_b w_b || x_b ||_2 over groups b of coordinates that may overlap
//
// prox     x = v - sum_b z_b, || z_b || <= step lam w_b: blockwise ascent of the dual, z_b <- the projection of x_b +
// z_b,
//          in cycles until the duality gap sum_b (step lam w_b || x_b || - <z_b, x_b>), which bounds || x - x* ||^2 /
//          2, is at most tol min(step g(v), || v ||^2 / 2). Where max_iter ends the cycles first, the last point is
//          returned. Without overlaps the first cycle is exact
// paper    Jenatton, Mairal, Obozinski and Bach, Proximal methods for hierarchical sparse coding (2011), algorithm 1;
//          Jacob, Obozinski and Vert (2009) on the norm
#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("lam", 1.0, 0.0, 1e150, "weight of the norms"),
    required(
        indices_param("starts", "(groups + 1) where each group's members begin in `members`, and where the last ends")),
    required(indices_param("members", "coordinates, group by group; within a group each once")),
    array_param("weights", 0.0, 1e150, "(groups) weights w_b"),
    integer_param("size", 0.0, 0.0, 9e15, "length of x; 0: one more than the largest member"),
    real_param("tol", 0.0, 0.0, 1.0, "duality gap relative to the better of v and 0; 0: float64 1e-12, float32 1e-6"),
    integer_param("max_iter", 20000.0, 1.0, 1e9, "most cycles over the groups"),
};

class OverlappingGroups final : public ProxOf<OverlappingGroups> {
 public:
  explicit OverlappingGroups(const Params& params)
      : lam_(params.real("lam")),
        tol_(params.real("tol")),
        max_iter_(params.integer("max_iter")),
        size_(params.integer("size")),
        starts_(copy_indices(params.array("starts"))),
        members_(copy_indices(params.array("members"))),
        weights_(copy_doubles(params.array("weights"))) {
    const auto total = static_cast<index>(members_.size());
    if (starts_.size() < 2 || starts_.front() != 0 || starts_.back() != total)
      fail(Status::RANGE, "starts must begin with 0 and end with the number of members, %", total);
    for (std::size_t b = 0; b + 1 < starts_.size(); ++b)
      if (starts_[b + 1] < starts_[b]) fail(Status::RANGE, "starts falls after element %", static_cast<index>(b));
    check_length("weights", params.array("weights"), count());
    index most = -1;
    for (const index j : members_) most = std::max(most, j);
    if (size_ == 0) size_ = most + 1;
    check_members(most);
  }
  unsigned caps() const override { return PROX_CONVEX | PROX_HOMOGENEOUS | PROX_EVEN | PROX_FULL_DOMAIN; }
  index size() const override { return size_; }
  index scratch_bytes(index n) const override {
    return scratch_for<double>(n) + scratch_for<double>(static_cast<index>(members_.size()));
  }

  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    if (has_nan(n, v)) return all_nan(n, out);
    double *x = scratch.take<double>(n), *z = scratch.take<double>(static_cast<index>(members_.size()));
    const auto t = static_cast<double>(step.scalar);
    double squares = 0;
    for (index j = 0; j < n; ++j) {
      x[j] = static_cast<double>(v[j]);
      squares += x[j] * x[j];
    }
    std::fill(z, z + members_.size(), 0.0);
    const double tol = tol_ > 0 ? tol_ : sizeof(T) == 4 ? 1e-6 : 1e-12;
    const double best = std::min(t * value_of(n, x, scratch), squares / 2);
    const double target = std::max(tol * best, 1e-16 * squares);
    for (index cycle = 1; cycle <= max_iter_; ++cycle) {
      for (index b = 0; b < count(); ++b) ascend(b, t, x, z);
      if (cycle > 2 && cycle % 4 != 0) continue;
      if (gap(t, x, z) <= target) break;
    }
    for (index j = 0; j < n; ++j) out[j] = static_cast<T>(x[j]);
    return value_of(n, out, scratch);
  }
  template <class T>
  double value_of(index, const T* x, Scratch) const {
    double value = 0;
    for (index b = 0; b < count(); ++b) {
      const index first = start(b);
      const double norm =
          norm_of(start(b + 1) - first, [&](index k) { return static_cast<double>(x[member(first + k)]); });
      if (norm != 0) value += level(b) * norm;
    }
    return value;
  }

 private:
  index count() const { return static_cast<index>(starts_.size()) - 1; }
  index start(index b) const { return starts_[static_cast<std::size_t>(b)]; }
  index member(index k) const { return members_[static_cast<std::size_t>(k)]; }
  double level(index b) const { return weights_.empty() ? lam_ : lam_ * weights_[static_cast<std::size_t>(b)]; }
  void check_members(index most) const {
    std::vector<index> last(static_cast<std::size_t>(std::max(size_, most + 1)), -1);
    for (index b = 0; b < count(); ++b)
      for (index k = start(b); k < start(b + 1); ++k) {
        const index j = member(k);
        if (j < 0 || j >= size_) fail(Status::RANGE, "members holds %; legal: 0 to %", j, size_ - 1);
        if (last[static_cast<std::size_t>(j)] == b) fail(Status::RANGE, "group % holds coordinate % twice", b, j);
        last[static_cast<std::size_t>(j)] = b;
      }
  }
  void ascend(index b, double step, double* x, double* z) const {
    const index first = start(b), length = start(b + 1) - first;
    const double t = step * level(b);
    const double norm = norm_of(length, [&](index k) { return x[member(first + k)] + z[first + k]; });
    const double scale = norm > t ? t / norm : 1;
    for (index k = first; k < first + length; ++k) {
      const double sum = x[member(k)] + z[k];
      z[k] = scale * sum;
      x[member(k)] = sum - z[k];
    }
  }
  double gap(double step, const double* x, const double* z) const {
    double sum = 0;
    for (index b = 0; b < count(); ++b) {
      const index first = start(b), end = start(b + 1);
      double inner = 0, squares = 0;
      for (index k = first; k < end; ++k) {
        inner += x[member(k)] * z[k];
        squares += x[member(k)] * x[member(k)];
      }
      sum += step * level(b) * std::sqrt(squares) - inner;
    }
    return sum;
  }

  double lam_, tol_;
  index max_iter_, size_;
  std::vector<index> starts_, members_;
  std::vector<double> weights_;
};

}  // namespace

const TermInfo& term_overlapping_groups() {
  static constexpr TermInfo info{TermKind::prox, "overlapping_groups",
                                 "lam sum_b w_b ||x_b||_2 over groups that may overlap, to a certified duality gap",
                                 kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<OverlappingGroups>(p); }};
  return info;
}

}  // namespace fenchel

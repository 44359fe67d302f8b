// mirror_system.cpp -- the active system of mirror descent with the entropy on {x >= 0, sum x = r}, the fixed point
// x = r x exp(-s grad f(x)) / sum:
//
//   F(x) = x o (grad f(x) - lambda) = 0,   lambda = <x, grad f> / r
//
// With D = diag(sqrt(x)), s = sqrt(x / r), Q = I - s s' and d x = D u its derivative by a perturbation r of the
// gradient is symmetric and positive semidefinite, the multipliers of the bounds on its diagonal:
//
//   K = Q (diag(grad f - lambda) + D H D) Q + s s',   R = Q D
//
// No active set is chosen: as x_j -> 0 the diagonal is its multiplier and dx_j -> 0. Beck and Teboulle, Mirror descent
// (2003); Blondel et al. (2022), table 1. The free tail has D = I and no multiplier.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "solvers/bilevel/active_system.hpp"

namespace fenchel {
namespace {

class MirrorSystem final : public ActiveSystem {
 public:
  MirrorSystem(const SolutionPoint& point, double radius) : p_(point), inner_(point.size() - point.tail()) {
    for (Buffer<double>* buffer : {&root_, &unit_, &multiplier_, &v_, &w_}) buffer->resize(p_.size());
    double mass = 0, pull = 0;
    for (index j = 0; j < inner_; ++j) {
      const double x = std::max(p_.x[j], 0.0);
      root_[j] = std::sqrt(x);
      mass += x;
      pull += x * p_.gradient[j];
    }
    if (!(std::abs(mass - radius) <= 1e-3 * radius))
      fail(Status::RANGE, "x sums to % over the simplex; legal: %", mass, radius);
    const double lambda = pull / mass;
    for (index j = 0; j < p_.size(); ++j) {
      const bool free = j >= inner_;
      unit_[j] = free ? 0.0 : root_[j] / std::sqrt(mass);
      multiplier_[j] = free ? 0.0 : root_[j] > 0 ? std::max(p_.gradient[j] - lambda, 0.0) : 1.0;
      if (free) root_[j] = 1;
    }
    find_optimality();
    for (index j = 0; j < inner_; ++j) least_.push_back(std::max(p_.gradient[j] - lambda, 0.0));
  }

  index size() const override { return p_.size(); }
  void reduce(const double* full, double* reduced) override {
    for (index j = 0; j < size(); ++j) reduced[j] = root_[j] * full[j];
    centre(reduced);
  }
  void expand(const double* reduced, double* full) override {
    std::copy(reduced, reduced + size(), full);
    centre(full);
    for (index j = 0; j < size(); ++j) full[j] *= root_[j];
  }
  bool definite() const override { return false; }
  bool regular() const override { return true; }
  double optimality() const override { return optimality_; }
  index ambiguous(double x_error, double gradient_error) const override {
    index count = 0;
    for (index j = 0; j < inner_; ++j)
      if (p_.x[j] <= x_error && least_[static_cast<std::size_t>(j)] <= gradient_error) ++count;
    return count;
  }
  void newton_rhs(double* reduced) override {
    reduce(p_.gradient.data(), reduced);
    for (index j = 0; j < size(); ++j) reduced[j] = -reduced[j];
  }
  void newton_point(const double* y, double* x) override {
    expand(y, x);
    for (index j = 0; j < size(); ++j) x[j] = j < inner_ ? std::max(x[j] + p_.x[j], 0.0) : x[j] + p_.x[j];
  }

  void apply(const double* u, double* out) override {
    std::copy(u, u + size(), v_.begin());
    const double along = centre(v_.data());
    for (index j = 0; j < size(); ++j) w_[j] = root_[j] * v_[j];
    const Smooth* f = p_.problem->f();
    if (f == nullptr)
      std::fill(out, out + size(), 0.0);
    else
      f->hvp(p_.x.data(), w_.data(), out, p_.scratch());
    for (index j = 0; j < size(); ++j) out[j] = root_[j] * out[j] + multiplier_[j] * v_[j];
    centre(out);
    for (index j = 0; j < size(); ++j) out[j] += along * unit_[j];
  }

 private:
  // v := Q v; the part taken out.
  double centre(double* v) const {
    const double along = kernels::table<double>().dot(unit_.data(), v, size());
    kernels::table<double>().axpy(-along, unit_.data(), v, size());
    return along;
  }
  // As of the projected gradient, with the step 1 / L.
  void find_optimality() {
    const Smooth* f = p_.problem->f();
    const double L = f == nullptr ? 1.0 : f->lipschitz();
    const double step = L > 0 && L < kInf ? 1 / L : 1.0;
    for (index j = 0; j < inner_; ++j) v_[j] = p_.x[j] - step * p_.gradient[j];
    p_.g()->prox(inner_, v_.data(), Step<double>{step}, w_.data(), p_.scratch());
    double sum = 0;
    for (index j = 0; j < inner_; ++j) sum += (p_.x[j] - w_[j]) * (p_.x[j] - w_[j]) / (step * step);
    for (index j = inner_; j < size(); ++j) sum += p_.gradient[j] * p_.gradient[j];
    optimality_ = std::sqrt(sum);
  }

  const SolutionPoint& p_;
  const index inner_;
  double optimality_ = 0;
  Buffer<double> root_, unit_, multiplier_, v_, w_;  // sqrt(x), s, grad f - lambda; spares
  std::vector<double> least_;                        // the multipliers themselves
};

}  // namespace

std::unique_ptr<ActiveSystem> make_mirror_system(const SolutionPoint& point, double radius) {
  return std::make_unique<MirrorSystem>(point, radius);
}

}  // namespace fenchel

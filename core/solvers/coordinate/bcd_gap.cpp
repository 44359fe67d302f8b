#include "solvers/coordinate/bcd_gap.hpp"

namespace fenchel {
namespace {

constexpr double kBalanced = 1e-9;  // of |u|: a sum of slopes this small is rounding
constexpr double kEdge = 1e-14;     // of l1: outside by rounding of the factor

}  // namespace

BcdGap::BcdGap(const CompositeProblem& problem) {
  const LinearModel* model = problem.f()->linear_model();
  const Prox* g = problem.summands().empty() ? nullptr : problem.summands().front().g.get();
  if (model == nullptr || g == nullptr || model->outputs() != 1 || !model->loss->convex()) return;
  if (!model->loss->scalable() || g->soft_box() == nullptr || (g->caps() & PROX_CONVEX) == 0) return;
  model_ = model;
  simple_ = BcdSimple(g, model->features());
  z_.resize(model->samples());
  u_.resize(model->samples());
  a_.resize(model->features());
  memory_.resize(model->A->scratch_bytes());
}

// The largest alpha in [0, 1] with v_j = -(alpha a_j + c_j) in the domain of g_j* for every j; negative without one.
double BcdGap::largest_factor(double slope_sum) const {
  double alpha = 1;
  if (model_->intercept && std::abs(slope_sum) > 0) {
    double squares = 0;
    for (const double u : u_) squares += u * u;
    if (std::abs(slope_sum) > kBalanced * std::sqrt(squares)) return -1;
  }
  for (index j = 0; j < model_->features(); ++j) {
    if (simple_.l2(j) > 0) continue;
    const double c = model_->linear.empty() ? 0.0 : model_->linear[static_cast<std::size_t>(j)];
    const double l1 = simple_.l1(j);
    for (const double side : {1.0, -1.0}) {  // side * v_j <= l1, unless x_j is bounded there
      if (side > 0 ? simple_.upper(j) < kInf : simple_.lower(j) > -kInf) continue;
      const double slope = -side * a_[j], room = l1 + side * c;
      if (room < 0) return -1;  // alpha = 0 is not in the domain: not worth more
      if (slope > 0 && slope * alpha > room) alpha = room / slope;
    }
  }
  return alpha;
}

double BcdGap::conjugate(index j, double v) const {
  const double l1 = simple_.l1(j), l2 = simple_.l2(j), low = simple_.lower(j), high = simple_.upper(j);
  const double rest = std::clamp(0.0, low, high);
  if (l1 == kInf) return 0;  // x_j = 0
  const auto at = [&](double x) { return v * x - l1 * std::abs(x) - 0.5 * l2 * x * x; };
  const double excess = v > l1 ? v - l1 : v < -l1 ? v + l1 : 0.0;
  if (l2 > 0) return at(std::clamp(excess / l2, low, high));
  const double edge = v > 0 ? high : low;
  if (excess == 0 || std::abs(excess) <= kEdge * l1) return at(rest);
  return std::isfinite(edge) ? std::max(at(edge), at(rest)) : kInf;
}

double BcdGap::dual(const double* x) {
  if (model_ == nullptr) return -kInf;
  const index m = model_->samples(), p = model_->features();
  const double* s = model_->weights.empty() ? nullptr : model_->weights.data();
  model_->A->apply(x, z_.data(), Scratch(memory_));
  for (index i = 0; i < m; ++i) {
    if (model_->intercept) z_[i] += x[p];
    if (!model_->offset.empty()) z_[i] += model_->offset[static_cast<std::size_t>(i)];
  }
  model_->loss->slopes(m, z_.data(), model_->y.data(), s, u_.data());
  model_->A->adjoint(u_.data(), a_.data(), Scratch(memory_));
  double sum = 0;
  for (const double u : u_) sum += u;
  const double alpha = largest_factor(sum);
  if (!(alpha >= 0)) return -kInf;
  for (index i = 0; i < m; ++i) z_[i] = -alpha * u_[i];  // theta
  double value = model_->loss->dual(m, z_.data(), model_->y.data(), s);
  for (index i = 0; i < m && !model_->offset.empty(); ++i) value -= z_[i] * model_->offset[static_cast<std::size_t>(i)];
  for (index j = 0; j < p; ++j) {
    const double c = model_->linear.empty() ? 0.0 : model_->linear[static_cast<std::size_t>(j)];
    value -= conjugate(j, -(alpha * a_[j] + c));
  }
  // What the rounding of the intercept's condition is worth.
  if (model_->intercept) value -= std::abs(sum * x[p]);
  return std::isfinite(value) ? value : -kInf;
}

}  // namespace fenchel

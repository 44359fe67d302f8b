#include "solvers/coordinate/block_update_projection.hpp"

#include "solvers/coordinate/bcd_dense.hpp"
#include "solvers/coordinate/block_update_search.hpp"

namespace fenchel {
namespace {

constexpr double kNear = 1e-4;

}  // namespace

void TwoMetric::resize(index largest) {
  for (Buffer<double>* buffer : {&slope_, &low_, &high_, &way_, &right_}) buffer->resize(largest);
  free_.resize(largest);
  free_members_.resize(largest);
  H_.resize(largest * largest);
}

// The slope of the objective on each coordinate's side, 0 where it is held, and the ends of the side.
void TwoMetric::sides(const Block& block) {
  for (index i = 0; i < block.size; ++i) {
    const index j = block.members[i];
    const double x = state_.x()[j], l1 = state_.simple.l1(j);
    low_[i] = state_.simple.lower(j);
    high_[i] = state_.simple.upper(j);
    double slope = state_.g[i] + state_.simple.l2(j) * x;
    if (l1 > 0) {
      const bool up = x > 0 || (x == 0 && slope < -l1);
      const bool down = x < 0 || (x == 0 && slope > l1);
      if (up) low_[i] = std::max(low_[i], 0.0);
      if (down) high_[i] = std::min(high_[i], 0.0);
      slope = up ? slope + l1 : down ? slope - l1 : 0.0;
    }
    if ((slope > 0 && x <= low_[i]) || (slope < 0 && x >= high_[i])) slope = 0;
    slope_[i] = slope;
  }
}

// way_ before projection; returns <slope, way>.
double TwoMetric::direction(const Block& block) {
  const index k = block.size;
  double reach = 0;  // length of the diagonal step: what is near shrinks with it
  for (index i = 0; i < k; ++i) {
    const index j = block.members[i];
    const double c = state_.curvature(j) + state_.simple.l2(j), x = state_.x()[j];
    way_[i] = -slope_[i] / (c * static_cast<double>(k));
    const double move = std::clamp(x + way_[i], low_[i], high_[i]) - x;
    reach += move * move;
  }
  const double near = std::min(kNear, std::sqrt(reach));
  index free = 0;
  for (index i = 0; i < k; ++i) {
    const double x = state_.x()[block.members[i]];
    if (slope_[i] == 0 && state_.simple.held(block.members[i], x)) continue;
    if ((slope_[i] > 0 && x - low_[i] <= near) || (slope_[i] < 0 && high_[i] - x <= near)) continue;
    free_[free] = i;
    free_members_[free++] = block.members[i];
  }
  if (free > 0) {
    state_.model->hessian({free_members_.data(), free}, H_.data());
    double trace = 0;
    for (index a = 0; a < free; ++a) {
      H_[a * free + a] += state_.simple.l2(free_members_[a]);
      trace += H_[a * free + a];
      right_[a] = -slope_[free_[a]];
    }
    if (!state_.model->quadratic())
      for (index a = 0; a < free; ++a) H_[a * free + a] += 1e-12 * trace + 1e-300;
    factor_block(free, H_.data());
    solve_block(free, H_.data(), right_.data());
    ++state_.newton_steps;
    for (index a = 0; a < free; ++a) way_[free_[a]] = right_[a];
  }
  double product = 0;
  for (index i = 0; i < k; ++i) product += slope_[i] * way_[i];
  return product;
}

double TwoMetric::search(const Block& block) {
  const double noise = search_noise(state_.model->value());
  double t = 1;
  for (int shrink = 0; shrink < kMostShrinks; ++shrink) {
    double slope = 0;
    for (index i = 0; i < block.size; ++i) {
      const double x = state_.x()[block.members[i]];
      const double after = std::clamp(x + t * way_[i], low_[i], high_[i]);
      state_.d[i] = after == x + t * way_[i] ? t * way_[i] : after - x;
      slope += slope_[i] * state_.d[i];
    }
    if (!(slope < 0)) return 0;
    state_.model->aim(block, state_.d.data());
    const double change = state_.model->change(1) + state_.simple_change(block, state_.d.data(), 1);
    if (change <= kArmijo * slope || (-slope <= noise && change <= noise)) return 1;
    ++state_.backtracks;
    t = std::isfinite(change) ? t * interpolated_step(slope, 1, change, 0, 0) : 0.1 * t;
  }
  return 0;
}

double TwoMetric::propose(const Block& block) {
  state_.model->gradient(block, state_.g.data());
  sides(block);
  if (!(direction(block) < 0)) return 0;
  return search(block);
}

}  // namespace fenchel

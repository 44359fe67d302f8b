#include "solvers/coordinate/block_update_model.hpp"

#include "solvers/coordinate/bcd_dense.hpp"

namespace fenchel {
namespace {

constexpr int kSweeps = 500;
constexpr int kSweepsPerFinish = 5;
constexpr double kSettled = 1e-15;

}  // namespace

void BlockModel::resize(index largest) {
  for (Buffer<double>* buffer : {&slope_, &trial_}) buffer->resize(largest);
  free_.resize(largest);
  factor_.resize(largest * largest);
}

double BlockModel::value(const Block& block, const double* g, const double* H, const double* d) {
  const index k = block.size;
  double sum = state_.simple_change(block, d, 1);
  for (index i = 0; i < k; ++i) {
    double row = 0;
    for (index j = 0; j < k; ++j) row += H[i * k + j] * d[j];
    sum += d[i] * (g[i] + 0.5 * row);
  }
  return sum;
}

// One pass of exact minimisations over the coordinates; returns the largest move relative to the point.
double BlockModel::sweep(const Block& block, const double* H, double* d) {
  const index k = block.size;
  double moved = 0;
  for (index i = 0; i < k; ++i) {
    const index j = block.members[i];
    const double c = std::max(H[i * k + i], 1e-300);
    const double x = state_.x()[j];
    const double before = x + d[i];
    const double after = state_.simple.prox(j, before - slope_[i] / c, 1 / c);
    const double step = after - before;
    if (step == 0) continue;
    d[i] = after == 0 ? -x : d[i] + step;
    for (index l = 0; l < k; ++l) slope_[l] += H[l * k + i] * step;
    moved = std::max(moved, std::abs(step) / std::max(std::abs(after) + std::abs(x), 1e-300));
  }
  return moved;
}

// With the coordinates that sit at kinks or bounds left there, the rest solve a linear system; taken if it stays on the
// same side of every kink and lowers the model.
bool BlockModel::finish(const Block& block, const double* g, const double* H, double* d) {
  const index k = block.size;
  index free = 0;
  for (index i = 0; i < k; ++i)
    if (!state_.simple.held(block.members[i], state_.x()[block.members[i]] + d[i])) free_[free++] = i;
  if (free == 0) return false;
  for (index a = 0; a < free; ++a) {
    const index i = free_[a], j = block.members[i];
    const double z = state_.x()[j] + d[i];
    const double l1 = state_.simple.l1(j);
    trial_[a] = -(slope_[i] + state_.simple.l2(j) * z + (z > 0 ? l1 : -l1));
    for (index b = 0; b < free; ++b) factor_[a * free + b] = H[i * k + free_[b]];
    factor_[a * free + a] += state_.simple.l2(j);
  }
  factor_block(free, factor_.data());
  solve_block(free, factor_.data(), trial_.data());
  for (index a = 0; a < free; ++a) {
    const index j = block.members[free_[a]];
    const double before = state_.x()[j] + d[free_[a]], after = before + trial_[a];
    const bool crossed = state_.simple.l1(j) > 0 && before * after <= 0;
    if (crossed || after < state_.simple.lower(j) || after > state_.simple.upper(j)) return false;
  }
  const double old = value(block, g, H, d);
  for (index a = 0; a < free; ++a) d[free_[a]] += trial_[a];
  if (value(block, g, H, d) <= old) return true;
  for (index a = 0; a < free; ++a) d[free_[a]] -= trial_[a];
  return false;
}

double BlockModel::solve(const Block& block, const double* g, const double* H, double* d) {
  const index k = block.size;
  for (index i = 0; i < k; ++i) {
    d[i] = 0;
    slope_[i] = g[i];
  }
  for (int round = 1; round <= kSweeps; ++round) {
    if (sweep(block, H, d) <= kSettled) break;
    if (k == 1 || round % kSweepsPerFinish != 0 || !state_.simple.soft_box()) continue;
    if (!finish(block, g, H, d)) continue;
    for (index i = 0; i < k; ++i) {
      slope_[i] = g[i];
      for (index j = 0; j < k; ++j) slope_[i] += H[i * k + j] * d[j];
    }
    if (sweep(block, H, d) <= 1e-12) break;  // the held ones stay held
  }
  return std::max(0.0, -value(block, g, H, d));
}

double BlockModel::bound_decrease(const Block& block) {
  if (!state_.simple.kinks()) {
    state_.smooth_gradient(block);
    return 0.5 * state_.solve(block, state_.g.data());
  }
  state_.model->gradient(block, state_.g.data());
  state_.model->bound(block, state_.H.data());
  return solve(block, state_.g.data(), state_.H.data(), state_.d.data());
}

}  // namespace fenchel

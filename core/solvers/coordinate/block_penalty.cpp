#include "solvers/coordinate/block_penalty.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {

bool BlockPenalty::takes(const Prox* g) {
  return g == nullptr || g->soft_box() != nullptr || g->signed_groups() != nullptr;
}

BlockPenalty::BlockPenalty(const Prox* g, index size, index outputs) : size_(size) {
  if (!takes(g))
    fail(Status::UNSUPPORTED,
         "cd takes l1, l2 and bounds, or group norms, in this model; methods that work: adaptive, fista");
  for (Buffer<double>* buffer : {&level_, &l1_, &l2_, &lower_, &upper_}) buffer->resize(size);
  starts_.resize(size + 1);
  members_.resize(size);
  l1_.fill(0);
  l2_.fill(0);
  level_.fill(0);
  lower_.fill(-kInf);
  upper_.fill(kInf);
  if (g != nullptr && g->soft_box() == nullptr)
    take_groups(*g->signed_groups());
  else
    take_box(g == nullptr ? SoftBox{} : *g->soft_box(), outputs);
  for (index b = 0; b < count_; ++b) largest_ = std::max(largest_, length(b));
}

void BlockPenalty::take_box(const SoftBox& box, index outputs) {
  count_ = size_ / outputs;
  for (index b = 0; b <= count_; ++b) starts_[b] = b * outputs;
  for (index c = 0; c < size_; ++c) {
    const double w = box.weights == nullptr ? 1.0 : box.weights[c];
    members_[c] = c;
    lower_[c] = box.lowers == nullptr ? box.lower : box.lowers[c];
    upper_[c] = box.uppers == nullptr ? box.upper : box.uppers[c];
    l1_[c] = box.l1 == 0 ? 0.0 : w * box.l1;
    l2_[c] = box.l2 == 0 ? 0.0 : w * box.l2;
    if (std::isinf(l1_[c]) || std::isinf(l2_[c])) l1_[c] = l2_[c] = lower_[c] = upper_[c] = 0;  // x_c = 0
  }
}

void BlockPenalty::take_groups(const Groups& groups) {
  const double lower = groups.positive ? 0.0 : -kInf;
  lower_.fill(lower);
  if (groups.equal > 0) {
    if (size_ % groups.equal != 0)
      fail(Status::SHAPE, "x has % elements; legal: multiples of size %", size_, groups.equal);
    count_ = size_ / groups.equal;
    for (index b = 0; b <= count_; ++b) starts_[b] = b * groups.equal;
    for (index c = 0; c < size_; ++c) members_[c] = c;
    for (index b = 0; b < count_; ++b) level_[b] = groups.lam;
    l1_.fill(groups.l1);
    return;
  }
  index at = 0;
  l2_.fill(1);  // coordinates not met yet
  for (index b = 0; b < groups.count; ++b) {
    if (groups.starts[b + 1] == groups.starts[b]) continue;  // nobody in it
    const double w = groups.weights == nullptr ? 1.0 : groups.weights[b];
    const double level = groups.lam == 0 ? 0.0 : groups.lam * w;
    level_[count_] = std::isinf(level) ? 0.0 : level;
    starts_[count_++] = at;
    for (index k = groups.starts[b]; k < groups.starts[b + 1]; ++k) {
      const index c = groups.members[k];
      members_[at++] = c;
      l1_[c] = groups.l1;
      l2_[c] = 0;
      if (std::isinf(level)) l1_[c] = lower_[c] = upper_[c] = 0;
    }
  }
  for (index c = 0; c < size_; ++c) {  // in no group: each alone, without a penalty
    if (l2_[c] == 0) continue;
    l2_[c] = 0;
    starts_[count_++] = at;
    members_[at++] = c;
  }
  starts_[count_] = at;
}

bool BlockPenalty::free_block(index b) const {
  if (level(b) > 0) return false;
  for (index k = 0; k < length(b); ++k)
    if (free(members(b)[k])) return true;
  return false;
}

bool BlockPenalty::fixed_block(index b) const {
  for (index k = 0; k < length(b); ++k)
    if (lower_[members(b)[k]] != upper_[members(b)[k]]) return false;
  return true;
}

bool BlockPenalty::only_norm(index b) const {
  const index c = members(b)[0];
  return level(b) > 0 && l1(c) == 0 && lower_[c] < 0;
}

bool BlockPenalty::homogeneous() const {
  for (index c = 0; c < size_; ++c)
    if (l2_[c] != 0 || (lower_[c] != 0 && lower_[c] != -kInf) || (upper_[c] != 0 && upper_[c] != kInf)) return false;
  return true;
}

double BlockPenalty::prox1(index c, double v, double curvature) const {
  const double a = v * curvature, l = l1(c), s = a > l ? a - l : a < -l ? a + l : a == a ? 0.0 : a;
  const double x = s / (curvature + l2(c));
  return x < lower_[c] ? lower_[c] : x > upper_[c] ? upper_[c] : x;
}

void BlockPenalty::prox(index b, double* v, double curvature) const {
  const index* c = members(b);
  const index size = length(b);
  const double t = level(b) / curvature;
  double norm = 0;
  for (index k = 0; k < size; ++k) {
    v[k] = prox1(c[k], v[k], curvature);
    norm += v[k] * v[k];
  }
  if (t == 0) return;
  norm = std::sqrt(norm);
  const double scale = norm > t ? 1 - t / norm : norm == norm ? 0.0 : norm;
  for (index k = 0; k < size; ++k) v[k] *= scale;
}

double BlockPenalty::value(index b, const double* x) const {
  double squares = 0, rest = 0;
  for (index k = 0; k < length(b); ++k) {
    if (x[k] == 0) continue;
    const index c = members(b)[k];
    squares += x[k] * x[k];
    rest += l1(c) * std::abs(x[k]) + 0.5 * l2(c) * x[k] * x[k];
  }
  return level(b) * std::sqrt(squares) + rest;
}

double BlockPenalty::distance1(index c, double x, double grad) const {
  const double low = x > 0 ? l1(c) : -l1(c), high = x < 0 ? -l1(c) : l1(c), v = -grad - l2(c) * x;
  if (v < low && x > lower_[c]) return low - v;
  if (v > high && x < upper_[c]) return v - high;
  return 0;
}

double BlockPenalty::distance(index b, const double* x, const double* grad) const {
  const index* c = members(b);
  double norm = 0, sum = 0;
  if (level(b) > 0)
    for (index k = 0; k < length(b); ++k) norm += x[k] * x[k];
  norm = std::sqrt(norm);
  for (index k = 0; k < length(b); ++k) {
    const double part = norm > 0 ? level(b) * x[k] / norm : 0.0;
    const double d = distance1(c[k], x[k], grad[k] + part);
    sum += d * d;
  }
  // At 0 the norm takes up to `level` of what l1 and the sign leave.
  return level(b) > 0 && norm == 0 ? std::max(std::sqrt(sum) - level(b), 0.0) : std::sqrt(sum);
}

double BlockPenalty::size_of(index b, const double* v) const {
  double sum = 0;
  for (index k = 0; k < length(b); ++k) {
    const double rest = inner(members(b)[k], v[k]);
    sum += rest * rest;
  }
  return std::sqrt(sum);
}

double BlockPenalty::conjugate1(index c, double v) const {
  const double l = l1(c);
  double x;
  if (l2(c) > 0)
    x = std::clamp((v > l ? v - l : v < -l ? v + l : 0.0) / l2(c), lower_[c], upper_[c]);
  else
    x = v > l ? upper_[c] : v < -l ? lower_[c] : std::clamp(0.0, lower_[c], upper_[c]);
  if (std::isinf(x)) return kInf;
  return v * x - (x == 0 ? 0.0 : l * std::abs(x) + 0.5 * l2(c) * x * x);
}

}  // namespace fenchel

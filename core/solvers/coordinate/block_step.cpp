#include "solvers/coordinate/block_step.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {
namespace {

constexpr int kSweeps = 4, kProxSteps = 8;

// The root r > 0 of sum_i (b_i / (lambda_i r + level))^2 = 1, given that it exists.
double radius(index size, const double* b, const double* lambda, double top, double level, double norm) {
  const double low = (norm - level) / top;
  double r = low;
  for (int round = 0; round < 100; ++round) {
    double sum = 0, slope = 0;
    for (index i = 0; i < size; ++i) {
      const double d = lambda[i] * r + level, ratio = b[i] / d;
      sum += ratio * ratio;
      slope += ratio * ratio * lambda[i] / d;
    }
    if (!(slope > 0) || !std::isfinite(sum)) return r;
    const double move = (std::sqrt(sum) - 1) * sum / slope;
    const double next = std::max(r + move, low);
    if (std::abs(next - r) <= 1e-15 * r) return next;
    if (move < 0 && round > 0) return next;  // rounding: exact arithmetic only moves to the right
    r = next;
  }
  return r;
}

}  // namespace

BlockStep::BlockStep(const BlockPenalty& penalty) : penalty_(penalty) {
  for (Buffer<double>* buffer : {&b_, &y_, &r_, &start_}) buffer->resize(penalty.largest());
}

void BlockStep::update(index b, const BlockCurve& curve, const double* gradient, double* x) {
  const index size = penalty_.length(b);
  if (curve.matrix == nullptr) {
    for (index k = 0; k < size; ++k) x[k] -= gradient[k] / curve.top;
    penalty_.prox(b, x, curve.top);
  } else if (penalty_.only_norm(b)) {
    norm_alone(penalty_.level(b), size, curve, gradient, x);
  } else if (penalty_.level(b) == 0) {
    sweeps(b, curve, gradient, x);
  } else {
    prox_steps(b, curve, gradient, x);
  }
}

void BlockStep::norm_alone(double level, index size, const BlockCurve& curve, const double* gradient, double* x) {
  double square = 0;
  for (index i = 0; i < size; ++i) {
    const double* v = curve.matrix + i * size;
    double g = 0, y = 0;
    for (index k = 0; k < size; ++k) {
      g += v[k] * gradient[k];
      y += v[k] * x[k];
    }
    b_[i] = g - curve.values[i] * y;
    square += b_[i] * b_[i];
  }
  const double norm = std::sqrt(square);
  if (norm <= level) {
    std::fill(x, x + size, 0.0);
    return;
  }
  const double r = radius(size, b_.data(), curve.values, curve.top, level, norm);
  std::fill(x, x + size, 0.0);
  for (index i = 0; i < size; ++i) {
    const double y = -b_[i] * r / (curve.values[i] * r + level), *v = curve.matrix + i * size;
    for (index k = 0; k < size; ++k) x[k] += y * v[k];
  }
}

void BlockStep::sweeps(index b, const BlockCurve& curve, const double* gradient, double* x) {
  const index size = penalty_.length(b);
  std::copy(gradient, gradient + size, r_.data());
  for (int sweep = 0; sweep < (size == 1 ? 1 : kSweeps); ++sweep) {
    bool moved = false;
    for (index k = 0; k < size; ++k) {
      const double L = std::max(curve.matrix[k * size + k], 1e-15 * curve.top);
      const double next = penalty_.prox1(penalty_.members(b)[k], x[k] - r_[k] / L, L), d = next - x[k];
      if (d == 0) continue;
      moved = true;
      x[k] = next;
      for (index l = 0; l < size; ++l) r_[l] += d * curve.matrix[k * size + l];
    }
    if (!moved) return;
  }
}

void BlockStep::prox_steps(index b, const BlockCurve& curve, const double* gradient, double* x) {
  const index size = penalty_.length(b);
  const double L = curve.top;
  std::copy(x, x + size, start_.data());
  double first = 0;
  for (int step = 0; step < kProxSteps; ++step) {
    std::copy(gradient, gradient + size, r_.data());
    for (index k = 0; k < size && step > 0; ++k) {
      const double d = x[k] - start_[k];
      for (index l = 0; l < size && d != 0; ++l) r_[l] += d * curve.matrix[k * size + l];
    }
    double moved = 0;
    for (index k = 0; k < size; ++k) y_[k] = x[k] - r_[k] / L;
    penalty_.prox(b, y_.data(), L);
    for (index k = 0; k < size; ++k) {
      moved = std::max(moved, std::abs(y_[k] - x[k]));
      x[k] = y_[k];
    }
    if (step == 0) first = moved;
    if (moved <= 0.01 * first) return;
  }
}

}  // namespace fenchel

#include "solvers/coordinate/bcd_dense.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {
namespace {

constexpr double kPivot = 1e-12;  // of the coordinate's own diagonal: below it depends on the earlier ones
constexpr index kSquaredSide = 40;
constexpr int kSquarings = 7;

double row_sum_bound(index k, const double* H) {
  double most = 0, trace = 0;
  for (index i = 0; i < k; ++i) {
    double sum = 0;
    for (index j = 0; j < k; ++j) sum += std::abs(H[i * k + j]);
    most = std::max(most, sum);
    trace += H[i * k + i];
  }
  return std::min(most, std::max(trace, 0.0));
}

}  // namespace

void factor_block(index k, double* H) {
  for (index j = 0; j < k; ++j) {
    double* row = H + j * k;
    const double own = row[j];
    double pivot = own;
    for (index i = 0; i < j; ++i) pivot -= row[i] * row[i];
    const bool dependent = !(pivot > kPivot * own) || !(own > 0);
    row[j] = dependent ? 0.0 : std::sqrt(pivot);
    for (index i = j + 1; i < k; ++i) {
      double* other = H + i * k;
      if (dependent) {
        other[j] = 0;
        continue;
      }
      double sum = other[j];
      for (index l = 0; l < j; ++l) sum -= other[l] * row[l];
      other[j] = sum / row[j];
    }
  }
}

double solve_block(index k, const double* factor, double* d) {
  double squares = 0;
  for (index j = 0; j < k; ++j) {
    const double* row = factor + j * k;
    double sum = d[j];
    for (index i = 0; i < j; ++i) sum -= row[i] * d[i];
    d[j] = row[j] > 0 ? sum / row[j] : 0.0;
    squares += d[j] * d[j];
  }
  for (index j = k; j-- > 0;) {
    double sum = d[j];
    for (index i = j + 1; i < k; ++i) sum -= factor[i * k + j] * d[i];
    d[j] = factor[j * k + j] > 0 ? sum / factor[j * k + j] : 0.0;
  }
  return squares;
}

double block_norm(index k, const double* H, double* work) {
  const double bound = row_sum_bound(k, H);
  if (k == 1) return std::abs(H[0]);
  if (k > kSquaredSide || !(bound > 0) || !std::isfinite(bound)) return bound;
  double* power = work;
  double* square = work + k * k;
  for (index i = 0; i < k * k; ++i) power[i] = H[i] / bound;
  double log_scale = 0;  // log of what the power was divided by, per its exponent
  double exponent = 1;
  for (int s = 0; s < kSquarings; ++s) {
    double frobenius = 0;
    for (index i = 0; i < k; ++i) {
      for (index j = 0; j < k; ++j) {
        double sum = 0;
        for (index l = 0; l < k; ++l) sum += power[i * k + l] * power[l * k + j];
        square[i * k + j] = sum;
        frobenius += sum * sum;
      }
    }
    frobenius = std::sqrt(frobenius);
    exponent *= 2;
    log_scale += std::log(frobenius) / exponent;
    for (index i = 0; i < k * k; ++i) power[i] = square[i] / frobenius;
  }
  // A hair of room for the roundings of the squarings.
  return std::min(bound, bound * std::exp(log_scale) * (1 + 1e-10));
}

}  // namespace fenchel

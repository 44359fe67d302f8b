#include "solvers/bilevel/oracles/bilevel_oracles.hpp"

#include <cmath>
#include <cstring>

#include "base/error.hpp"
#include "solvers/bilevel/oracles/double_vectors.hpp"

namespace fenchel {
namespace {

// An oracle that forgets to write is found by what it leaves: no number.
void expect(double* out, index count) {
  if (out != nullptr) out[0] = out[count - 1] = kNaN;
}

}  // namespace

BilevelCalls::BilevelCalls(const BilevelOracles& oracles)
    : o_(oracles), last_x_(size_of(o_.n)), last_theta_(size_of(o_.m)), point_(size_of(std::max(o_.n, o_.m))) {
  plus_.resize(point_.size());
  minus_.resize(point_.size());
}

std::uint32_t BilevelCalls::fresh(const double* x, const double* theta) {
  const auto changed = [this](std::vector<double>& last, const double* now) {
    const std::size_t bytes = last.size() * sizeof(double);
    if (seen_ && std::memcmp(last.data(), now, bytes) == 0) return false;
    std::memcpy(last.data(), now, bytes);
    return true;
  };
  const bool x_changed = changed(last_x_, x);
  const bool theta_changed = changed(last_theta_, theta);
  seen_ = true;
  return (x_changed ? kFreshX : 0u) | (theta_changed ? kFreshTheta : 0u);
}

void BilevelCalls::refuse(const char* oracle, std::int32_t code) {
  if (code != 0) seen_ = false;  // what the caller keeps of this point may be half done
  if (code < 0)
    throw Error(Status::CALLBACK, std::string(oracle) + " returned " + to_text(static_cast<index>(code)), code);
  if (code > 0) throw OutsideDomain{oracle, code};
}

void BilevelCalls::check(const char* oracle, const double* values, index count) const {
  if (values == nullptr) return;
  for (index i = 0; i < count; ++i)
    if (!std::isfinite(values[i])) throw OutsideDomain{oracle, 0};
}

double BilevelCalls::lower(const double* x, const double* theta, double* dx, double* dtheta) {
  double value = kNaN;
  ++counts.lower;
  expect(dx, o_.n);
  expect(dtheta, o_.m);
  refuse("lower", o_.lower(o_.user, x, theta, fresh(x, theta), &value, dx, dtheta));
  check("lower", &value, 1);
  check("lower", dx, o_.n);
  check("lower", dtheta, o_.m);
  return value;
}

double BilevelCalls::upper(const double* x, const double* theta, double* dx, double* dtheta) {
  double value = kNaN;
  ++counts.upper;
  expect(dx, o_.n);
  expect(dtheta, o_.m);
  refuse("upper", o_.upper(o_.user, x, theta, fresh(x, theta), &value, dx, dtheta));
  check("upper", &value, 1);
  check("upper", dx, o_.n);
  check("upper", dtheta, o_.m);
  return value;
}

// d/dr of dh/dx, or of dh/dtheta (by_theta), along a direction of x, or of theta.
void BilevelCalls::difference(const double* x, const double* theta, const double* direction, bool along_x,
                              bool by_theta, double* out) {
  counts.differences = true;
  const index size = along_x ? o_.n : o_.m, length = by_theta ? o_.m : o_.n;
  const double* base = along_x ? x : theta;
  const double norm = norm2(direction, size);
  if (!(norm > 0)) return fill(out, length, 0.0);
  const double h = std::cbrt(0x1p-52) * (1 + norm2(base, size)) / norm;
  for (const double sign : {1.0, -1.0}) {
    for (index i = 0; i < size; ++i) point_[size_of(i)] = base[i] + sign * h * direction[i];
    double* const into = sign > 0 ? plus_.data() : minus_.data();
    lower(along_x ? point_.data() : x, along_x ? theta : point_.data(), by_theta ? nullptr : into,
          by_theta ? into : nullptr);
  }
  for (index i = 0; i < length; ++i) out[i] = (plus_[size_of(i)] - minus_[size_of(i)]) / (2 * h);
}

void BilevelCalls::hvp(const double* x, const double* theta, const double* v, double* out, index count) {
  counts.hvps += count;
  expect(out, count * o_.n);
  if (o_.lower_hvp != nullptr)
    refuse("lower_hvp", o_.lower_hvp(o_.user, x, theta, fresh(x, theta), count, v, out));
  else
    for (index k = 0; k < count; ++k) difference(x, theta, v + k * o_.n, true, false, out + k * o_.n);
  check("lower_hvp", out, count * o_.n);
}

void BilevelCalls::cross_t(const double* x, const double* theta, const double* v, double* out, index count) {
  counts.cross += count;
  expect(out, count * o_.m);
  if (o_.lower_cross_t != nullptr)
    refuse("lower_cross_t", o_.lower_cross_t(o_.user, x, theta, fresh(x, theta), count, v, out));
  else
    for (index k = 0; k < count; ++k) difference(x, theta, v + k * o_.n, true, true, out + k * o_.m);
  check("lower_cross_t", out, count * o_.m);
}

void BilevelCalls::cross(const double* x, const double* theta, const double* v, double* out, index count) {
  counts.cross += count;
  expect(out, count * o_.n);
  if (o_.lower_cross != nullptr)
    refuse("lower_cross", o_.lower_cross(o_.user, x, theta, fresh(x, theta), count, v, out));
  else
    for (index k = 0; k < count; ++k) difference(x, theta, v + k * o_.m, false, false, out + k * o_.n);
  check("lower_cross", out, count * o_.n);
}

double BilevelCalls::prox(const double* v, const double* theta, double step, double* out) {
  if (o_.prox == nullptr) {
    copy(v, o_.n, out);
    return 0;
  }
  double value = kNaN;
  ++counts.prox;
  expect(out, o_.n);
  refuse("prox", o_.prox(o_.user, v, theta, step, out, &value));
  check("prox", out, o_.n);
  check("prox", &value, 1);
  return value;
}

void BilevelCalls::prox_vjp(const double* v, const double* theta, double step, const double* c, double* dv,
                            double* dtheta) {
  if (o_.prox == nullptr) {
    if (dv != nullptr) copy(c, o_.n, dv);
    if (dtheta != nullptr) fill(dtheta, o_.m, 0.0);
    return;
  }
  if (o_.prox_vjp == nullptr)
    fail(Status::UNSUPPORTED, "prox_vjp is missing: a problem with prox has no derivative without it");
  expect(dv, o_.n);
  expect(dtheta, o_.m);
  refuse("prox_vjp", o_.prox_vjp(o_.user, v, theta, step, c, dv, dtheta));
  check("prox_vjp", dv, o_.n);
  check("prox_vjp", dtheta, o_.m);
}

bool BilevelCalls::precondition(const double* x, const double* theta, const double* r, double* out) {
  if (o_.precondition == nullptr) return false;
  expect(out, o_.n);
  refuse("precondition", o_.precondition(o_.user, x, theta, fresh(x, theta), r, out));
  check("precondition", out, o_.n);
  return true;
}

BilevelConstants BilevelCalls::constants(const double* theta) {
  BilevelConstants found;
  if (o_.constants == nullptr) return found;
  refuse("constants", o_.constants(o_.constants_fn, o_.user, theta, &found));
  for (const double value : {found.mu, found.lipschitz, found.hessian_lipschitz, found.cross_norm,
                             found.cross_lipschitz, found.upper_lipschitz})
    if (!(value >= 0)) fail(Status::RANGE, "constants wrote %; legal: >= 0; unknown: mu 0, the others inf", value);
  if (!(found.mu <= found.lipschitz * (1 + 1e-9)) || !(found.mu < kInf))  // else every bound would be 0
    fail(Status::RANGE, "constants wrote mu %; legal: finite, at most lipschitz = %", found.mu, found.lipschitz);
  return found;
}

}  // namespace fenchel

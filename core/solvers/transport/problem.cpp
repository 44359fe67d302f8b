#include "solvers/transport/problem.hpp"

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "kernels/kernels.hpp"

namespace fenchel {
namespace {

// Every declared range, checked with NaN refused.
template <class Settings>
void check_ranges(const Settings& settings) {
  Settings::template each<Settings>([&](const declared::Field& field, auto member, auto) {
    const auto value = static_cast<double>(settings.*member);
    if (!(value >= field.lower && value <= field.upper))
      fail(Status::RANGE, "% is %: legal are % to %", field.name, value, field.lower, field.upper);
  });
}

}  // namespace

void check_spec(const TransportSpec& spec) {
  if (!(spec.eps > 0 && spec.eps < kInf)) fail(Status::RANGE, "eps is %: it must be finite and > 0", spec.eps);
  check_ranges(spec);
}

void check_settings(const SinkhornSettings& settings) { check_ranges(settings); }

TransportProblem::TransportProblem(std::shared_ptr<const Geometry> geometry, const ArrayView& a, const ArrayView& b,
                                   const TransportSpec& spec) {
  assign(std::move(geometry), a, b, spec);
}

void TransportProblem::load(const ArrayView& view, const char* name, index size, Buffer<double>& store, Side& side) {
  store.resize(3 * size);
  double* weight = store.data();
  double mass = 0;
  for (index i = 0; i < size; ++i) {
    const double w = view.ndim == 0 ? 1.0 / static_cast<double>(size) : view.real(i);
    if (!std::isfinite(w)) fail(Status::NOT_FINITE, "%[%] is %: every weight must be finite", name, i, w);
    if (w < 0) fail(Status::NEGATIVE, "%[%] is %: every weight must be >= 0", name, i, w);
    weight[i] = w;
    mass += w;
  }
  if (!(mass > 0)) fail(Status::MASS, "% sums to %: its total mass must be > 0", name, mass);
  if (!std::isfinite(mass)) fail(Status::MASS, "% sums to %: its total mass must be finite", name, mass);
  side = {size, weight, weight + size, weight + 2 * size, mass, kInf};
}

void TransportProblem::assign(std::shared_ptr<const Geometry> geometry, const ArrayView& a, const ArrayView& b,
                              const TransportSpec& spec) {
  check_spec(spec);
  const index n = geometry->rows();
  const index m = geometry->cols();
  load(a, "a", n, a_store_, a_);
  load(b, "b", m, b_store_, b_);
  a_.rho = spec.rho_a;
  b_.rho = spec.rho_b;
  if (balanced()) {
    const double tolerance = geometry->dtype() == Dtype::f32 ? 1e-4 : 1e-6;
    if (!(std::fabs(a_.mass - b_.mass) <= tolerance * std::max(a_.mass, b_.mass)))
      fail(Status::MASS,
           "a sums to % and b to %: a balanced problem needs equal masses (relative difference <= %), or set rho_a or "
           "rho_b",
           a_.mass, b_.mass, tolerance);
    for (index j = 0; j < m; ++j) b_store_[j] *= a_.mass / b_.mass;
    b_.mass = a_.mass;
  }
  if (spec.symmetric != 0) {
    if (n != m) fail(Status::SHAPE, "symmetric is 1 but the cost is % x %: it must be square", n, m);
    if (spec.rho_a != spec.rho_b)
      fail(Status::RANGE, "symmetric is 1 but rho_a is % and rho_b %: they must be equal", spec.rho_a, spec.rho_b);
    for (index i = 0; i < n; ++i)
      if (std::fabs(a_store_[i] - b_store_[i]) > 1e-6 * a_store_[i])
        fail(Status::RANGE, "symmetric is 1 but a[%] is % and b[%] is %: a and b must be equal", i, a_store_[i], i,
             b_store_[i]);
  }
  const bool kl = static_cast<RegType>(spec.reg_type) == RegType::kl;
  for (Buffer<double>* store : {&a_store_, &b_store_}) {
    const index size = store == &a_store_ ? n : m;
    double* data = store->data();
    kernels::table<double>().log2(data, data + size, size);
    for (index i = 0; i < size; ++i) data[2 * size + i] = kl ? data[size + i] : 0.0;
  }
  mass_ = balanced() ? a_.mass : std::sqrt(a_.mass) * std::sqrt(b_.mass);
  geometry_ = std::move(geometry);
  spec_ = spec;
}

}  // namespace fenchel

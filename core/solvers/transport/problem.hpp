// problem.hpp -- an entropic transport problem: geometry, weights, spec. Immutable, shared.
#pragma once
#include <memory>

#include "base/array_view.hpp"
#include "base/buffer.hpp"
#include "geometry/geometry.hpp"
#include "solvers/transport/declared.hpp"

namespace fenchel {

// One side of the problem. A potential phi is kept as an exponent: log2(e) phi / eps + base, base = log2(weight) for
// reg_type kl and 0 for entropy, so that P_ij = exp2(F_i + G_j - k C_ij) in both.
struct Side {
  index size = 0;
  const double* weight = nullptr;
  const double* log_weight = nullptr;  // log2, -inf where the weight is 0
  const double* base = nullptr;        // log_weight (kl) or zeros (entropy)
  double mass = 0;
  double rho = kInf;
  bool constrained() const { return rho == kInf; }
  double tau(double eps) const { return constrained() ? 1.0 : rho / (rho + eps); }  // damping of an update
  double kappa(double eps) const {
    return constrained() ? 0.0 : eps / rho;
  }  // target marginal = weight exp2(-kappa phi)
};

class TransportProblem {
 public:
  // a, b may have ndim 0 (uniform). Shapes and dtypes are checked by the caller; this checks values, masses and the
  // spec.
  TransportProblem(std::shared_ptr<const Geometry> geometry, const ArrayView& a, const ArrayView& b,
                   const TransportSpec& spec);

  // For batches: takes the place of the old problem without allocating where sizes do not grow.
  void assign(std::shared_ptr<const Geometry> geometry, const ArrayView& a, const ArrayView& b,
              const TransportSpec& spec);

  const Geometry& geometry() const { return *geometry_; }
  const std::shared_ptr<const Geometry>& geometry_ptr() const { return geometry_; }
  const TransportSpec& spec() const { return spec_; }
  RegType reg_type() const { return static_cast<RegType>(spec_.reg_type); }
  const Side& a() const { return a_; }
  const Side& b() const { return b_; }
  bool balanced() const { return a_.constrained() && b_.constrained(); }
  double mass() const {
    return mass_;
  }  // what residuals are relative to: that of a (balanced), else the geometric mean

 private:
  void load(const ArrayView& view, const char* name, index size, Buffer<double>& store, Side& side);
  std::shared_ptr<const Geometry> geometry_;
  TransportSpec spec_;
  Buffer<double> a_store_, b_store_;  // weight, log_weight, base in turn
  Side a_, b_;
  double mass_ = 0;
};

// Throws RANGE, naming field, value and legal range.
void check_spec(const TransportSpec& spec);
void check_settings(const SinkhornSettings& settings);

}  // namespace fenchel

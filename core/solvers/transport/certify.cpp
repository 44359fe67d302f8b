// certify.cpp -- what the returned pair proves: fresh marginal errors, primal value of a feasible plan, dual value,
// gap.
//
// The feasible plan is R = diag(x) P diag(y) + u c^T / |c|: rows and columns are scaled down to their marginals and the
// missing mass is added as a product (Altschuler, Weed, Rigollet 2017, alg. 2). Where one side alone is a constraint,
// scaling that side to its marginal is enough; where none is, R = P.
#include <algorithm>
#include <cmath>

#include "solvers/transport/state.hpp"

namespace fenchel {
namespace {

struct Rounding {
  Buffer<double>& x;  // (n)
  Buffer<double>& y;  // (m)
  Buffer<double>& c;  // (m) column deficits
  double deficit = 0;
};

void factors(const TransportState& s, Rounding& r) {
  const bool rows = s.a().constrained();
  const bool cols = s.b().constrained();
  for (index i = 0; i < s.n(); ++i) {
    const double p = s.p[i];
    r.x[i] = !rows || p <= 0 ? 1.0 : cols ? std::min(1.0, s.a().weight[i] / p) : s.a().weight[i] / p;
  }
  for (index j = 0; j < s.m(); ++j) {
    const double q = rows && cols ? s.q_x[j] : s.q[j];
    r.y[j] = !cols || q <= 0 ? 1.0 : rows ? std::min(1.0, s.b().weight[j] / q) : s.b().weight[j] / q;
    r.c[j] = rows && cols ? std::max(0.0, s.b().weight[j] - r.y[j] * q) : 0.0;
    r.deficit += r.c[j];
  }
}

double kl(const Side& side, const double* marginal) {
  double sum = 0;
  for (index i = 0; i < side.size; ++i) {
    const double w = side.weight[i];
    const double v = marginal[i];
    sum += w - v + (v > 0 && w > 0 ? v * std::log(v / w) : 0.0);
  }
  return side.rho * sum;
}

void values_of(TransportState& s) {
  Rounding r{s.best_F, s.best_G, s.deficit};
  factors(s, r);
  const bool balanced = s.problem->balanced();
  const bool kl_form = s.problem->reg_type() == RegType::kl;
  const RoundedPlan plan{r.x.data(),
                         r.y.data(),
                         balanced ? s.a().weight : nullptr,
                         balanced ? r.c.data() : nullptr,
                         r.deficit,
                         kl_form ? s.a().log_weight : nullptr,
                         kl_form ? s.b().log_weight : nullptr};
  double plain_cost = 0;
  Buffer<double>& row_sums = s.F_in;
  const PlanSums sums = s.engine->rounded_sums(s.F.data(), s.G.data(), plan, row_sums.data(), &plain_cost);
  const double reference = kl_form ? s.a().mass * s.b().mass : 0.0;
  TransportResult& out = s.result;
  out.cost = plain_cost;
  out.primal = sums.cost + s.eps * (kLn2 * sums.entropy - sums.mass + reference);
  if (!s.a().constrained()) out.primal += kl(s.a(), s.b().constrained() ? row_sums.data() : s.p.data());
  if (!s.b().constrained()) {
    if (s.a().constrained()) {  // columns of diag(x) P with x = a / p exactly: q is not theirs
      s.engine->apply(s.F.data(), s.G.data(), true, 1, r.x.data(), s.q_x.data());
      out.primal += kl(s.b(), s.q_x.data());
    } else {
      out.primal += kl(s.b(), s.q.data());
    }
  }
  out.dual = dual_value(s, out.mass);
  out.gap = out.primal - out.dual;
  out.certificate = static_cast<declared::I32>(std::isfinite(out.gap) ? Certificate::GAP : Certificate::RESIDUAL);
}

}  // namespace

void certify(TransportState& state, bool values) {
  TransportResult& out = state.result;
  out.error_a = out.error_b = out.mass = out.cost = out.primal = out.dual = out.gap = kNaN;
  out.certificate = static_cast<declared::I32>(Certificate::NONE);
  if (!values && !state.fresh) return;
  state.measure();
  out.error_a = state.error_a;
  out.error_b = state.error_b;
  out.mass = 0;
  for (index i = 0; i < state.n(); ++i) out.mass += state.p[i];
  out.certificate = static_cast<declared::I32>(Certificate::RESIDUAL);
  if (values) values_of(state);
}

}  // namespace fenchel

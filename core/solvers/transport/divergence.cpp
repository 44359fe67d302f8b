// divergence.cpp -- the debiased divergence of point clouds, and its gradients by the envelope theorem.
//
//   S = OT(a, b) - OT(a, a)/2 - OT(b, b)/2 + eps/2 (sum a - sum b)^2,   all kl, values from the dual
//   dS/dx_i = dOT(a, b)/dx_i - (the one-sided derivative of OT(a, a))_i,   dS/da alike
//   paper   Feydy, Sejourne, Vialard, Amari, Trouve, Peyre (2019), eq. 3 and prop. 2; Sejourne et al. (2019), eq. 12 for unbalanced masses
#include "base/buffer.hpp"
#include "solvers/transport/transport_solver.hpp"

namespace fenchel {
namespace {


// A packed double or float view over owned memory.
ArrayView packed(void* data, Dtype dtype, index n, index d) {
  ArrayView view;
  const index size = dtype == Dtype::f32 ? 4 : 8;
  view.dtype = dtype;
  view.data = data;
  view.ndim = d > 0 ? 2 : 1;
  view.shape[0] = n;
  view.shape[1] = d;
  view.strides[0] = d > 0 ? d * size : size;
  view.strides[1] = size;
  return view;
}

// out = gradient of `solver`, plus `sign` times what out already holds when accumulate.
void combine(const TransportSolver& solver, TransportSolver::Wrt wrt, const ArrayView& out, bool subtract) {
  if (out.ndim == 0) return;
  const index d = out.ndim == 2 ? out.shape[1] : 0;
  Buffer<double> store(out.shape[0] * std::max<index>(d, 1));
  const ArrayView part = packed(store.data(), out.dtype, out.shape[0], d);
  solver.gradient(wrt, part);
  for (index i = 0; i < out.shape[0]; ++i)
    for (index k = 0; k < std::max<index>(d, 1); ++k) out.set_real(subtract ? out.real(i, k) - part.real(i, k) : part.real(i, k), i, k);
}

}  // namespace

double sinkhorn_divergence(const ArrayView& x, const ArrayView& y, const ArrayView& a, const ArrayView& b, int cost, const TransportSpec& spec_in,
                           TransportMethod method, const SinkhornSettings& settings, const DivergenceOutputs& out) {
  using Wrt = TransportSolver::Wrt;
  TransportSpec spec = spec_in;
  if (spec.reg_type != static_cast<declared::I32>(RegType::kl)) fail(Status::UNSUPPORTED, "reg_type is % (entropy): the Sinkhorn divergence is defined with kl", spec.reg_type);
  spec.symmetric = 0;
  TransportSpec own_a = spec;
  TransportSpec own_b = spec;
  own_a.symmetric = own_b.symmetric = 1;
  own_a.rho_b = spec.rho_a;  // each self term relaxes both sides as its measure is relaxed
  own_b.rho_a = spec.rho_b;
  const auto solve = [&](const ArrayView& p, const ArrayView& q, const ArrayView& wp, const ArrayView& wq, const TransportSpec& s) {
    auto problem = std::make_shared<TransportProblem>(make_point_cloud(p, q, cost), wp, wq, s);
    auto solver = std::make_unique<TransportSolver>(std::move(problem), method, settings);
    solver->solve(nullptr, {});
    return solver;
  };
  const auto ab = solve(x, y, a, b, spec);
  const auto aa = solve(x, x, a, a, own_a);
  const auto bb = solve(y, y, b, b, own_b);
  const double difference = ab->problem().balanced() ? 0.0 : ab->problem().a().mass - ab->problem().b().mass;
  combine(*ab, Wrt::x, out.x_grad, false);
  combine(*aa, Wrt::x, out.x_grad, true);
  combine(*ab, Wrt::y, out.y_grad, false);
  combine(*bb, Wrt::x, out.y_grad, true);
  combine(*ab, Wrt::a, out.a_grad, false);
  combine(*aa, Wrt::a, out.a_grad, true);
  combine(*ab, Wrt::b, out.b_grad, false);
  combine(*bb, Wrt::a, out.b_grad, true);
  for (index i = 0; out.a_grad.ndim != 0 && i < out.a_grad.shape[0]; ++i) out.a_grad.set_real(out.a_grad.real(i) + spec.eps * difference, i);
  for (index j = 0; out.b_grad.ndim != 0 && j < out.b_grad.shape[0]; ++j) out.b_grad.set_real(out.b_grad.real(j) - spec.eps * difference, j);
  if (out.results != nullptr) {
    out.results[0] = ab->result();
    out.results[1] = aa->result();
    out.results[2] = bb->result();
  }
  return ab->result().dual - 0.5 * aa->result().dual - 0.5 * bb->result().dual + 0.5 * spec.eps * difference * difference;
}

}  // namespace fenchel

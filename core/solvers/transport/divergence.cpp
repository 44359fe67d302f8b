// divergence.cpp -- the debiased divergence of point clouds, and its gradients by the envelope theorem.
//
//   S = OT(a, b) - OT(a, a)/2 - OT(b, b)/2 + eps/2 (sum a - sum b)^2,   all kl, values from the dual
//   dS/dx_i = dOT(a, b)/dx_i - (the one-sided derivative of OT(a, a))_i,   dS/da alike
//   paper   Feydy, Sejourne, Vialard, Amari, Trouve, Peyre (2019), eq. 3 and prop. 2; Sejourne et al. (2019), eq. 12
//   for unbalanced masses
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

// The gradient of `plus` less that of `minus`, to be written where `out` is once nothing can fail any more.
class Difference {
 public:
  Difference(const TransportSolver& plus, TransportSolver::Wrt wrt_plus, const TransportSolver& minus,
             TransportSolver::Wrt wrt_minus, const ArrayView& out, double shift)
      : out_(out) {
    if (out.ndim == 0) return;
    d_ = out.ndim == 2 ? out.shape[1] : 1;
    const index size = out.shape[0] * d_;
    values_.resize(size);
    Buffer<double> other(size);
    const index columns = out.ndim == 2 ? d_ : 0;
    plus.gradient(wrt_plus, packed(values_.data(), out.dtype, out.shape[0], columns));
    minus.gradient(wrt_minus, packed(other.data(), out.dtype, out.shape[0], columns));
    const ArrayView a = packed(values_.data(), out.dtype, size, 0);
    const ArrayView b = packed(other.data(), out.dtype, size, 0);
    for (index i = 0; i < size; ++i) a.set_real(a.real(i) - b.real(i) + shift, i);
  }
  void write() {
    if (out_.ndim == 0) return;
    const ArrayView from = packed(values_.data(), out_.dtype, values_.size(), 0);
    for (index i = 0; i < values_.size(); ++i) out_.set_real(from.real(i), i / d_, i % d_);
  }

 private:
  ArrayView out_;
  index d_ = 1;
  Buffer<double> values_;  // of out's dtype, which is no wider
};

}  // namespace

double sinkhorn_divergence(const ArrayView& x, const ArrayView& y, const ArrayView& a, const ArrayView& b, int cost,
                           const TransportSpec& spec_in, TransportMethod method, const SinkhornSettings& settings,
                           const DivergenceOutputs& out) {
  using Wrt = TransportSolver::Wrt;
  TransportSpec spec = spec_in;
  if (spec.reg_type != static_cast<declared::I32>(RegType::kl))
    fail(Status::UNSUPPORTED, "reg_type is % (entropy): the Sinkhorn divergence is defined with kl", spec.reg_type);
  spec.symmetric = 0;
  TransportSpec own_a = spec;
  TransportSpec own_b = spec;
  own_a.symmetric = own_b.symmetric = 1;
  own_a.rho_b = spec.rho_a;  // each self term relaxes both sides as its measure is relaxed
  own_b.rho_a = spec.rho_b;
  const auto solve = [&](const ArrayView& p, const ArrayView& q, const ArrayView& wp, const ArrayView& wq,
                         const TransportSpec& s) {
    auto problem = std::make_shared<TransportProblem>(make_point_cloud(p, q, cost), wp, wq, s);
    auto solver = std::make_unique<TransportSolver>(std::move(problem), method, settings);
    solver->solve(nullptr, {});
    return solver;
  };
  const auto ab = solve(x, y, a, b, spec);
  const auto aa = solve(x, x, a, a, own_a);
  const auto bb = solve(y, y, b, b, own_b);
  const double difference = ab->problem().balanced() ? 0.0 : ab->problem().a().mass - ab->problem().b().mass;
  const double push = spec.eps * difference;
  Difference gradients[] = {{*ab, Wrt::x, *aa, Wrt::x, out.x_grad, 0.0},
                            {*ab, Wrt::y, *bb, Wrt::x, out.y_grad, 0.0},
                            {*ab, Wrt::a, *aa, Wrt::a, out.a_grad, push},
                            {*ab, Wrt::b, *bb, Wrt::a, out.b_grad, -push}};
  for (Difference& gradient : gradients) gradient.write();
  if (out.results != nullptr) {
    out.results[0] = ab->result();
    out.results[1] = aa->result();
    out.results[2] = bb->result();
  }
  return ab->result().dual - 0.5 * aa->result().dual - 0.5 * bb->result().dual +
         0.5 * spec.eps * difference * difference;
}

}  // namespace fenchel

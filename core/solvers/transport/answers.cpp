// answers.cpp -- what a solved problem gives out: potentials, plan (dense, CSR), products, envelope gradients.
#include <algorithm>
#include <cmath>

#include "solvers/transport/solver_impl.hpp"

namespace fenchel {
namespace {

// Potentials in units of the cost; where a weight is 0 (kl) the soft c-transform of the other side.
void side_potential(const TransportState& state, const Side& side, const Buffer<double>& X, bool rows, double* out) {
  const double unit = state.eps * kLn2;
  bool empty = false;
  for (index i = 0; i < side.size; ++i) {
    out[i] = X[i] > -kInf ? unit * (X[i] - side.base[i]) : -kInf;
    empty = empty || !(X[i] > -kInf);
  }
  if (!empty || state.problem->reg_type() == RegType::entropy) return;
  Buffer<double> lse(side.size);
  if (rows)
    state.engine->lse_rows(state.G.data(), lse.data());
  else
    state.engine->lse_cols(state.F.data(), lse.data());
  for (index i = 0; i < side.size; ++i)
    if (!(X[i] > -kInf)) out[i] = -side.tau(state.eps) * unit * lse[i];
}

void write_vector(const double* values, const ArrayView& out) {
  for (index i = 0; i < out.shape[0]; ++i) out.set_real(values[i], i);
}

struct RowWriter {
  const ArrayView& out;
  index m;
  static void write(void* user, index row, int, const void* values) {
    const auto* self = static_cast<const RowWriter*>(user);
    if (self->out.dtype == Dtype::f32)
      for (index j = 0; j < self->m; ++j) self->out.at<float>(row, j) = static_cast<const float*>(values)[j];
    else
      for (index j = 0; j < self->m; ++j) self->out.at<double>(row, j) = static_cast<const double*>(values)[j];
  }
};

double entry(Dtype dtype, const void* values, index j) {
  return dtype == Dtype::f32 ? static_cast<double>(static_cast<const float*>(values)[j])
                             : static_cast<const double*>(values)[j];
}

// A row's entries above the threshold: counted, then written where the counts say.
struct CsrWriter {
  double threshold;
  Dtype dtype;
  index m;
  index* count;        // (n)
  const index* start;  // (n + 1), null while counting
  const ArrayView* indices;
  const ArrayView* values;
  static void visit(void* user, index row, int, const void* data) {
    const auto* self = static_cast<const CsrWriter*>(user);
    index found = 0;
    for (index j = 0; j < self->m; ++j) {
      const double value = entry(self->dtype, data, j);
      if (!(value > self->threshold)) continue;
      if (self->start != nullptr) self->put(self->start[row] + found, j, value);
      ++found;
    }
    if (self->start == nullptr) self->count[row] = found;
  }
  void put(index at, index j, double value) const {
    if (indices->dtype == Dtype::i32)
      indices->at<std::int32_t>(at) = static_cast<std::int32_t>(j);
    else
      indices->at<std::int64_t>(at) = j;
    values->set_real(value, at);
  }
};

void count_rows(const TransportState& state, double threshold, Buffer<index>& count) {
  CsrWriter writer{threshold, state.problem->geometry().dtype(), state.m(), count.data(), nullptr, nullptr, nullptr};
  with_pool(state, [&](ThreadPool&) {
    state.engine->for_each_row(state.F.data(), state.G.data(), CsrWriter::visit, &writer);
  });
}

// dValue/dweight: rho (1 - exp(-phi/rho)) - eps (p_i/a_i - mass of the other side) for kl; the first term alone for
// entropy.
void weight_gradient(const TransportState& state, const Side& side, const Side& other, const double* potential,
                     double* out) {
  const bool kl = state.problem->reg_type() == RegType::kl;
  for (index i = 0; i < side.size; ++i) {
    const double relative =
        side.constrained() ? 1.0 : std::exp(-potential[i] / side.rho);  // p_i / weight_i at the optimum
    out[i] = side.constrained() ? potential[i] : -side.rho * std::expm1(-potential[i] / side.rho);
    if (kl) out[i] -= state.eps * (relative - other.mass);
  }
  if (!state.problem->balanced()) return;
  double sum = 0;
  index support = 0;
  for (index i = 0; i < side.size; ++i) {
    if (!(side.weight[i] > 0)) continue;
    sum += out[i];
    ++support;
  }
  for (index i = 0; i < side.size; ++i) out[i] -= sum / static_cast<double>(support);
}

}  // namespace

void TransportSolver::potentials(const ArrayView& phi, const ArrayView& psi) const {
  const TransportState& s = impl_->state;
  Buffer<double> out(std::max(s.n(), s.m()));
  if (phi.ndim != 0) {
    side_potential(s, s.a(), s.F, true, out.data());
    write_vector(out.data(), phi);
  }
  if (psi.ndim != 0) {
    side_potential(s, s.b(), s.G, false, out.data());
    write_vector(out.data(), psi);
  }
}

void TransportSolver::plan(const ArrayView& out) const {
  const TransportState& s = impl_->state;
  RowWriter writer{out, s.m()};
  with_pool(s, [&](ThreadPool&) { s.engine->for_each_row(s.F.data(), s.G.data(), RowWriter::write, &writer); });
}

index TransportSolver::plan_count(double threshold) const {
  const TransportState& s = impl_->state;
  Buffer<index> count(s.n());
  count_rows(s, threshold, count);
  index nnz = 0;
  for (const index c : count) nnz += c;
  return nnz;
}

void TransportSolver::plan_csr(double threshold, index nnz, const ArrayView& indptr, const ArrayView& indices,
                               const ArrayView& values) const {
  const TransportState& s = impl_->state;
  Buffer<index> start(s.n() + 1);
  Buffer<index> count(s.n());
  count_rows(s, threshold, count);
  start[0] = 0;
  for (index i = 0; i < s.n(); ++i) start[i + 1] = start[i] + count[i];
  if (start[s.n()] != nnz)
    fail(Status::SHAPE, "nnz is % but % entries exceed the threshold %: ask for the count first", nnz, start[s.n()],
         threshold);
  for (index i = 0; i <= s.n(); ++i) indptr.at<std::int64_t>(i) = start[i];
  CsrWriter writer{threshold, s.problem->geometry().dtype(), s.m(), nullptr, start.data(), &indices, &values};
  with_pool(s, [&](ThreadPool&) { s.engine->for_each_row(s.F.data(), s.G.data(), CsrWriter::visit, &writer); });
}

void TransportSolver::apply(bool transpose, bool normalize, const ArrayView& v, const ArrayView& out) const {
  const TransportState& s = impl_->state;
  const index from = transpose ? s.n() : s.m();
  const index to = transpose ? s.m() : s.n();
  const index r = v.ndim == 1 ? 1 : v.shape[1];
  Buffer<double> in(from * r);
  Buffer<double> result(to * r);
  Buffer<double> marginal(normalize ? s.n() + s.m() : 0);
  for (index c = 0; c < r; ++c)
    for (index j = 0; j < from; ++j) in[c * from + j] = v.real(j, v.ndim == 1 ? 0 : c);
  with_pool(s, [&](ThreadPool&) {
    s.engine->apply(s.F.data(), s.G.data(), transpose, r, in.data(), result.data());
    if (normalize) s.engine->marginals(s.F.data(), s.G.data(), marginal.data(), marginal.data() + s.n());
  });
  const double* mass = marginal.data() + (transpose ? s.n() : 0);
  for (index i = 0; i < to; ++i) {
    for (index c = 0; c < r; ++c) {
      const double value = result[c * to + i];
      out.set_real(!normalize ? value : mass[i] > 0 ? value / mass[i] : 0.0, i, out.ndim == 1 ? 0 : c);
    }
  }
}

void TransportSolver::gradient(Wrt wrt, const ArrayView& out) const {
  const TransportState& s = impl_->state;
  if (wrt == Wrt::cost) return plan(out);
  if (wrt == Wrt::a || wrt == Wrt::b) {
    const bool rows = wrt == Wrt::a;
    const Side& side = rows ? s.a() : s.b();
    Buffer<double> potential(side.size);
    Buffer<double> grad(side.size);
    side_potential(s, side, rows ? s.F : s.G, rows, potential.data());
    weight_gradient(s, side, rows ? s.b() : s.a(), potential.data(), grad.data());
    return write_vector(grad.data(), out);
  }
  const index d = s.problem->geometry().dim();
  if (d == 0) fail(Status::UNSUPPORTED, "a gradient with respect to % needs a point cloud", wrt == Wrt::x ? "x" : "y");
  const index count = wrt == Wrt::x ? s.n() : s.m();
  Buffer<double> grad(count * d);
  with_pool(s, [&](ThreadPool&) {
    s.engine->point_gradient(s.F.data(), s.G.data(), wrt == Wrt::y, nullptr, nullptr, grad.data());
  });
  for (index i = 0; i < count; ++i)
    for (index k = 0; k < d; ++k) out.set_real(grad[i * d + k], i, k);
}

void write_cost(const Geometry& geometry, const ArrayView& out) {
  RowWriter writer{out, geometry.cols()};
  const auto engine = geometry.make_engine(1);
  engine->for_each_cost_row(RowWriter::write, &writer);
}

}  // namespace fenchel

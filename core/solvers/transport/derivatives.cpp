// derivatives.cpp -- implicit derivatives of the solution map (a, b, C) -> (phi, psi, P) at the returned potentials.
//
// With natural exponents X_i = phi_i/eps + [kl] log a_i the optimality conditions are P 1 = t_a, P^T 1 = t_b, t_a = a
// exp(-phi/rho_a). Their differential is the symmetric system
//     M (U; V) = r,   M = [[diag(p + kappa_a p), P], [P^T, diag(q + kappa_b q)]],   U = dphi/eps, V = dpsi/eps, kappa =
//     eps/rho r_1 = (P o dC) 1 / eps - [kl] P (db/b) + [entropy] (p/a) da,   r_2 alike,   dP = P o (U_i + V_j + [kl]
//     (da_i/a_i + db_j/b_j) - dC_ij/eps)
// and the adjoint with cotangents (phi', psi', P'), G = P o P', is
//     M (u; v) = (eps phi' + G 1; eps psi' + G^T 1),   C' = (P o (u (+) v) - G)/eps,
//     a' = [kl] ((1 + kappa_a) p o u - eps phi')/a + [entropy] p o u / a.
// Balanced, M is singular along (1, -1); cotangents are composed with the gauge sum a phi = sum b psi and weights live
// where sum da = sum db. Weights that are zero stay zero: their derivatives, and those of their potentials, are
// reported as 0. Theory: Luise, Rudi, Pontil, Ciliberto (2018), thm 1; Cuturi et al., OTT (2022), sec. 3.
#include <algorithm>
#include <cmath>

#include "linsolve/schur_pcg.hpp"
#include "solvers/transport/solver_impl.hpp"
#include "solvers/transport/sparse_system.hpp"

namespace fenchel {
namespace {

constexpr double kDropped = 1e-18;  // entries below this share of the marginals cannot be seen in the result

// P by passes, where its entries do not fit.
class StreamedPlan {
 public:
  explicit StreamedPlan(const TransportState& s) : s_(s) {}
  void multiply(const double* v, double* out) { s_.engine->apply(s_.F.data(), s_.G.data(), false, 1, v, out); }
  void multiply_transposed(const double* u, double* out) {
    s_.engine->apply(s_.F.data(), s_.G.data(), true, 1, u, out);
  }
  void normal(const double* w, const double* v, double* out) {
    s_.engine->normal_product(s_.F.data(), s_.G.data(), w, v, out);
  }
  bool square_sums(const double*, double*) { return false; }

 private:
  const TransportState& s_;
};

// Reads row `row` of P with value(j).
double value_at(Dtype dtype, const void* values, index j) {
  return dtype == Dtype::f32 ? static_cast<double>(static_cast<const float*>(values)[j])
                             : static_cast<const double*>(values)[j];
}

class Differential {
 public:
  Differential(const TransportState& s, double tol)
      : s_(s),
        kl_(s.problem->reg_type() == RegType::kl),
        tol_(tol > 0                                       ? tol
             : s.problem->geometry().dtype() == Dtype::f32 ? 1e-5
                                                           : 1e-10) {
    if (!s.problem->geometry().entrywise())
      fail(Status::UNSUPPORTED, "derivatives of the solution are not available for a grid");
    if (s.problem->spec().symmetric != 0)
      fail(Status::UNSUPPORTED, "derivatives of the solution of a symmetric problem: create it with symmetric = 0");
    for (Buffer<double>* buffer : {&p_, &u_, &r1_, &d1_, &phi_}) buffer->resize(s.n());
    for (Buffer<double>* buffer : {&q_, &v_, &r2_, &d2_, &psi_}) buffer->resize(s.m());
    exponents(s.a(), s.F, phi_);
    exponents(s.b(), s.G, psi_);
  }

  // Entries above kDropped, if the memory of about one more cost row per column allows; p and q in the same pass.
  void collect(ThreadPool& pool) {
    const double n = static_cast<double>(s_.n());
    const double m = static_cast<double>(s_.m());
    const index capacity = static_cast<index>(
        std::min(n * m, std::max(64 * (n + m), 0.25 * n * m * (s_.problem->geometry().dim() == 0 ? 1.0 : 0.0))));
    sparse_.reserve(s_.n(), s_.m(), capacity, s_.problem->geometry().dtype());
    sparse_.attach(&pool, nullptr);
    Buffer<double> row(s_.n());
    Buffer<double> col(s_.m());
    for (index i = 0; i < s_.n(); ++i) row[i] = kDropped * s_.a().weight[i] / m;
    for (index j = 0; j < s_.m(); ++j) col[j] = kDropped * s_.b().weight[j] / n;
    s_.engine->extract(s_.F.data(), s_.G.data(), row.data(), col.data(), p_.data(), q_.data(), sparse_.plan());
    stored_ = !sparse_.plan().overflow;
    if (stored_) sparse_.index_columns();
  }

  // Solves M (u; v) = (r1; r2) into u_ and v_.
  void solve() {
    const double ka = s_.a().kappa(s_.eps);
    const double kb = s_.b().kappa(s_.eps);
    for (index i = 0; i < s_.n(); ++i) d1_[i] = (1 + ka) * p_[i];
    for (index j = 0; j < s_.m(); ++j) d2_[j] = (1 + kb) * q_[j];
    SchurPcg pcg;
    pcg.resize(s_.n(), s_.m());
    const PcgLimits limits{tol_, 10000, s_.problem->balanced()};
    StreamedPlan streamed(s_);
    const PcgReport report =
        stored_ ? pcg.solve(sparse_, d1_.data(), d2_.data(), r1_.data(), r2_.data(), limits, u_.data(), v_.data())
                : pcg.solve(streamed, d1_.data(), d2_.data(), r1_.data(), r2_.data(), limits, u_.data(), v_.data());
    if (!(report.residual <= 10 * tol_))
      fail(Status::SINGULAR,
           "the derivative's linear system reached a relative residual of % after % iterations: tol is %",
           report.residual, report.iterations, tol_);
  }

  void vjp(const TransportBundle& bundle);
  void jvp(const TransportBundle& bundle);

 private:
  void exponents(const Side& side, const Buffer<double>& X, Buffer<double>& potential) const {
    for (index i = 0; i < side.size; ++i) potential[i] = X[i] > -kInf ? s_.eps * kLn2 * (X[i] - side.base[i]) : 0.0;
  }
  void load(const ArrayView& view, const Side& side, Buffer<double>& out) const {
    out.resize(side.size);
    for (index i = 0; i < side.size; ++i) out[i] = view.ndim != 0 && side.weight[i] > 0 ? view.real(i) : 0.0;
  }
  static double sum(const Buffer<double>& x) {
    double total = 0;
    for (const double value : x) total += value;
    return total;
  }
  static double dot(const Side& side, const Buffer<double>& x) {
    double total = 0;
    for (index i = 0; i < side.size; ++i) total += side.weight[i] * x[i];
    return total;
  }
  static double dot(const Buffer<double>& x, const Buffer<double>& y) {
    double total = 0;
    for (index i = 0; i < x.size(); ++i) total += x[i] * y[i];
    return total;
  }
  static void write(const Buffer<double>& x, const ArrayView& out) {
    if (out.ndim != 0)
      for (index i = 0; i < x.size(); ++i) out.set_real(x[i], i);
  }
  static void write_points(const Buffer<double>& grad, const ArrayView& out) {
    if (out.ndim == 0) return;
    for (index i = 0; i < out.shape[0]; ++i)
      for (index k = 0; k < out.shape[1]; ++k) out.set_real(grad[i * out.shape[1] + k], i, k);
  }
  void tangent_mean(const Side& side, Buffer<double>& x) const {
    if (!s_.problem->balanced()) return;
    index support = 0;
    for (index i = 0; i < side.size; ++i) support += side.weight[i] > 0 ? 1 : 0;
    const double mean = sum(x) / static_cast<double>(support);
    for (index i = 0; i < side.size; ++i) x[i] = side.weight[i] > 0 ? x[i] - mean : 0.0;
  }
  Buffer<double> weight_cotangent(const Side& side, const Buffer<double>& marginal, const Buffer<double>& u,
                                  const Buffer<double>& cotangent, const Buffer<double>& potential, double gauge) const;
  Buffer<double> point_cotangent(const TransportBundle& bundle, bool side_y);
  Buffer<double> point_tangent(const TransportBundle& bundle);

  // A pass over rows of P, one thread, in order, so that column sums may be added in place.
  template <class Visit>
  void rows(Visit&& visit) {
    const auto call = [](void* user, index row, int, const void* values) {
      (*static_cast<std::remove_reference_t<Visit>*>(user))(row, values);
    };
    s_.engine->detach();
    s_.engine->for_each_row(s_.F.data(), s_.G.data(), call, &visit);
  }

  const TransportState& s_;
  bool kl_;
  double tol_;
  SparseSystem sparse_;
  bool stored_ = false;
  Buffer<double> p_, u_, r1_, d1_, phi_;  // (n)
  Buffer<double> q_, v_, r2_, d2_, psi_;  // (m)
};

Buffer<double> Differential::weight_cotangent(const Side& side, const Buffer<double>& marginal, const Buffer<double>& u,
                                              const Buffer<double>& cotangent, const Buffer<double>& potential,
                                              double gauge) const {
  const double kappa = side.kappa(s_.eps);
  Buffer<double> grad(side.size);
  for (index i = 0; i < side.size; ++i) {
    const double w = side.weight[i];
    grad[i] = 0;
    if (!(w > 0)) continue;
    grad[i] = kl_ ? ((1 + kappa) * marginal[i] * u[i] - s_.eps * cotangent[i]) / w : marginal[i] * u[i] / w;
    grad[i] += gauge * potential[i];
  }
  tangent_mean(side, grad);
  return grad;
}

void Differential::vjp(const TransportBundle& bundle) {
  const Dtype dtype = s_.problem->geometry().dtype();
  Buffer<double> phi, psi;
  load(bundle.phi, s_.a(), phi);
  load(bundle.psi, s_.b(), psi);
  double gauge = 0;
  if (s_.problem->balanced()) {
    gauge = (sum(phi) - sum(psi)) / (2 * s_.problem->mass());
    for (index i = 0; i < s_.n(); ++i) phi[i] -= gauge * s_.a().weight[i];
    for (index j = 0; j < s_.m(); ++j) psi[j] += gauge * s_.b().weight[j];
  }
  for (index i = 0; i < s_.n(); ++i) r1_[i] = s_.eps * phi[i];
  for (index j = 0; j < s_.m(); ++j) r2_[j] = s_.eps * psi[j];
  if (bundle.plan.ndim != 0) {
    rows([&](index i, const void* values) {
      double row = 0;
      for (index j = 0; j < s_.m(); ++j) {
        const double g = value_at(dtype, values, j) * bundle.plan.real(i, j);
        row += g;
        r2_[j] += g;
      }
      r1_[i] += row;
    });
  }
  with_pool(s_, [&](ThreadPool& pool) {
    collect(pool);
    solve();
  });
  const Buffer<double> a_grad = weight_cotangent(s_.a(), p_, u_, phi, phi_, -gauge);
  const Buffer<double> b_grad = weight_cotangent(s_.b(), q_, v_, psi, psi_, gauge);
  const Buffer<double> x_grad = point_cotangent(bundle, false);
  const Buffer<double> y_grad = point_cotangent(bundle, true);
  // Nothing is written before everything that can fail is done.
  write(a_grad, bundle.a);
  write(b_grad, bundle.b);
  write_points(x_grad, bundle.x);
  write_points(y_grad, bundle.y);
  if (bundle.cost.ndim != 0) {
    rows([&](index i, const void* values) {
      for (index j = 0; j < s_.m(); ++j) {
        const double weight = u_[i] + v_[j] - (bundle.plan.ndim != 0 ? bundle.plan.real(i, j) : 0.0);
        bundle.cost.set_real(value_at(dtype, values, j) * weight / s_.eps, i, j);
      }
    });
  }
}

// x'_i = sum_j C'_ij dc(x_i, y_j)/dx_i, y' alike: the plan's rows become those of C' on the way into the gradient
// kernel.
Buffer<double> Differential::point_cotangent(const TransportBundle& bundle, bool side_y) {
  struct Edit {
    const Differential* self;
    const ArrayView* plan;
    bool by_column;
    static void call(void* user, index line, void* values) {
      const auto* edit = static_cast<const Edit*>(user);
      const Differential& d = *edit->self;
      const Buffer<double>& own = edit->by_column ? d.v_ : d.u_;
      const Buffer<double>& other = edit->by_column ? d.u_ : d.v_;
      for (index k = 0; k < other.size(); ++k) {
        double weight = own[line] + other[k];
        if (edit->plan->ndim != 0) weight -= edit->by_column ? edit->plan->real(k, line) : edit->plan->real(line, k);
        weight /= d.s_.eps;
        if (d.s_.problem->geometry().dtype() == Dtype::f32)
          static_cast<float*>(values)[k] *= static_cast<float>(weight);
        else
          static_cast<double*>(values)[k] *= weight;
      }
    }
  };
  if ((side_y ? bundle.y : bundle.x).ndim == 0) return {};
  Buffer<double> grad((side_y ? s_.m() : s_.n()) * s_.problem->geometry().dim());
  Edit edit{this, &bundle.plan, side_y};
  with_pool(s_, [&](ThreadPool&) {
    s_.engine->point_gradient(s_.F.data(), s_.G.data(), side_y, Edit::call, &edit, grad.data());
  });
  return grad;
}

// The tangent of C from those of the points, (n, m); empty without.
Buffer<double> Differential::point_tangent(const TransportBundle& bundle) {
  if (bundle.x.ndim == 0 && bundle.y.ndim == 0) return {};
  const index d = s_.problem->geometry().dim();
  const auto pack = [d](const ArrayView& view) {
    Buffer<double> out(view.ndim == 0 ? 0 : view.shape[0] * d);
    for (index i = 0; i < out.size(); ++i) out[i] = view.real(i / d, i % d);
    return out;
  };
  const Buffer<double> dx = pack(bundle.x);
  const Buffer<double> dy = pack(bundle.y);
  Buffer<double> tangent(s_.n() * s_.m());
  struct Store {
    double* to;
    index m;
    static void call(void* user, index row, int, const void* values) {
      const auto* self = static_cast<const Store*>(user);
      std::copy_n(static_cast<const double*>(values), self->m, self->to + row * self->m);
    }
  } store{tangent.data(), s_.m()};
  s_.engine->for_each_tangent_row(dx.empty() ? nullptr : dx.data(), dy.empty() ? nullptr : dy.data(), Store::call,
                                  &store);
  return tangent;
}

void Differential::jvp(const TransportBundle& bundle) {
  const Dtype dtype = s_.problem->geometry().dtype();
  const bool balanced = s_.problem->balanced();
  Buffer<double> da, db;
  load(bundle.a, s_.a(), da);
  load(bundle.b, s_.b(), db);
  tangent_mean(s_.a(), da);
  tangent_mean(s_.b(), db);
  const Buffer<double> points = point_tangent(bundle);
  const auto cost_tangent = [&](index i, index j) {
    return (bundle.cost.ndim != 0 ? bundle.cost.real(i, j) : 0.0) + (points.empty() ? 0.0 : points[i * s_.m() + j]);
  };
  Buffer<double> alpha(s_.n());
  Buffer<double> beta(s_.m());
  for (index i = 0; i < s_.n(); ++i) alpha[i] = kl_ && s_.a().weight[i] > 0 ? da[i] / s_.a().weight[i] : 0.0;
  for (index j = 0; j < s_.m(); ++j) beta[j] = kl_ && s_.b().weight[j] > 0 ? db[j] / s_.b().weight[j] : 0.0;
  with_pool(s_, [&](ThreadPool& pool) { collect(pool); });
  r2_.fill(0.0);
  rows([&](index i, const void* values) {
    double row = 0;
    for (index j = 0; j < s_.m(); ++j) {
      const double p = value_at(dtype, values, j);
      const double c = cost_tangent(i, j) / s_.eps;
      row += p * (c - beta[j]);
      r2_[j] += p * (c - alpha[i]);
    }
    r1_[i] = row + (kl_ || !(s_.a().weight[i] > 0) ? 0.0 : p_[i] * da[i] / s_.a().weight[i]);
  });
  if (!kl_)
    for (index j = 0; j < s_.m(); ++j) r2_[j] += s_.b().weight[j] > 0 ? q_[j] * db[j] / s_.b().weight[j] : 0.0;
  with_pool(s_, [&](ThreadPool& pool) {
    sparse_.attach(&pool, nullptr);  // collect's pool is gone
    solve();
  });
  if (bundle.plan.ndim != 0) {
    rows([&](index i, const void* values) {
      for (index j = 0; j < s_.m(); ++j)
        bundle.plan.set_real(
            value_at(dtype, values, j) * (u_[i] + v_[j] + alpha[i] + beta[j] - cost_tangent(i, j) / s_.eps), i, j);
    });
  }
  for (index i = 0; i < s_.n(); ++i) u_[i] *= s_.eps;
  for (index j = 0; j < s_.m(); ++j) v_[j] *= s_.eps;
  if (balanced) {
    const double shift = (dot(s_.b(), v_) + dot(db, psi_) - dot(s_.a(), u_) - dot(da, phi_)) / (2 * s_.problem->mass());
    for (index i = 0; i < s_.n(); ++i) u_[i] += s_.a().weight[i] > 0 ? shift : 0.0;
    for (index j = 0; j < s_.m(); ++j) v_[j] -= s_.b().weight[j] > 0 ? shift : 0.0;
  }
  write(u_, bundle.phi);
  write(v_, bundle.psi);
}

void check_points(const TransportProblem& problem, const TransportBundle& bundle) {
  if ((bundle.x.ndim != 0 || bundle.y.ndim != 0) && problem.geometry().dim() == 0)
    fail(Status::UNSUPPORTED, "derivatives with respect to x and y need a point cloud");
}

}  // namespace

void TransportSolver::vjp(double tol, const TransportBundle& bundle) const {
  check_points(problem(), bundle);
  Differential(impl_->state, tol).vjp(bundle);
}

void TransportSolver::jvp(double tol, const TransportBundle& bundle) const {
  check_points(problem(), bundle);
  Differential(impl_->state, tol).jvp(bundle);
}

}  // namespace fenchel

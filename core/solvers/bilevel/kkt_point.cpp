#include "solvers/bilevel/kkt_point.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"

namespace fenchel {
namespace {

void load(const ArrayView& view, Buffer<double>& out) {
  if (view.ndim == 0) return;
  const index rows = view.shape[0], cols = view.ndim == 2 ? view.shape[1] : 1;
  out.resize(rows * cols);
  for (index i = 0; i < rows; ++i)
    for (index j = 0; j < cols; ++j) out[i * cols + j] = view.ndim == 2 ? view.real(i, j) : view.real(i);
}

double largest(const Buffer<double>& v) {
  double most = 0;
  for (const double e : v) most = std::max(most, std::abs(e));
  return most;
}

void row_norms(index rows, index n, const Buffer<double>& A, Buffer<double>& norms) {
  norms.resize(rows);
  for (index i = 0; i < rows; ++i)
    norms[i] = std::sqrt(kernels::table<double>().dot(A.data() + i * n, A.data() + i * n, n));
}

}  // namespace

KktPoint::KktPoint(const KktBundle& at) : n(at.x.shape[0]) {
  load(at.P, P);
  for (index i = 0; i < n && !P.empty(); ++i)
    for (index j = 0; j < i; ++j) P[i * n + j] = P[j * n + i] = 0.5 * (P[i * n + j] + P[j * n + i]);
  load(at.q, q);
  load(at.E, E);
  load(at.e, e);
  load(at.G, G);
  load(at.h, h);
  load(at.x, x);
  load(at.nu, nu);
  load(at.lam, lam);
  p = e.size();
  m = h.size();
  row_norms(p, n, E, e_norm);
  row_norms(m, n, G, g_norm);
  stationarity.resize(n);
  shortfall.resize(p);
  slack.resize(m);
  refresh();
  wide = largest(x);
  for (index i = 0; i < p; ++i) wide = std::max(wide, e_norm[i] > 0 ? std::abs(e[i]) / e_norm[i] : 0.0);
  for (index i = 0; i < m; ++i)  // a bound far away says nothing of the size of x
    if (force(i) > 0) wide = std::max(wide, std::abs(h[i]) / std::max(g_norm[i], 1e-300));
  steep = largest(q);
  for (index i = 0; i < p; ++i) steep = std::max(steep, std::abs(nu[i]) * e_norm[i]);
  for (index i = 0; i < m; ++i) steep = std::max(steep, std::abs(lam[i]) * g_norm[i]);
  if (!(wide > 0)) wide = 1;
  if (!(steep > 0)) steep = std::max(largest(P) * wide, 1e-300);
}

void KktPoint::refresh() {
  const auto& kernels = kernels::table<double>();
  std::copy(q.begin(), q.end(), stationarity.begin());
  for (index i = 0; i < n && !P.empty(); ++i) stationarity[i] += kernels.dot(P.data() + i * n, x.data(), n);
  for (index i = 0; i < p; ++i) {
    kernels.axpy(nu[i], E.data() + i * n, stationarity.data(), n);
    shortfall[i] = e[i] - kernels.dot(E.data() + i * n, x.data(), n);
  }
  for (index i = 0; i < m; ++i) {
    kernels.axpy(lam[i], G.data() + i * n, stationarity.data(), n);
    slack[i] = h[i] - kernels.dot(G.data() + i * n, x.data(), n);
  }
}

double KktPoint::residual() const {
  double sum = 0;
  for (const double s : stationarity) sum += s * s;
  for (const double s : shortfall) sum += s * s;
  for (index i = 0; i < m; ++i) sum += std::pow(std::min(lam[i], slack[i]), 2);
  return std::sqrt(sum);
}

double KktPoint::relative() const {
  double most = largest(stationarity) / steep;
  for (index i = 0; i < p; ++i)
    most = std::max(most, e_norm[i] > 0 ? std::abs(shortfall[i]) / (e_norm[i] * wide) : std::abs(shortfall[i]));
  for (index i = 0; i < m; ++i) most = std::max(most, std::abs(std::min(force(i), room(i))));
  return most;
}

std::vector<index> KktPoint::active() const {
  std::vector<index> out;
  for (index i = 0; i < m; ++i)
    if (force(i) > room(i)) out.push_back(i);
  return out;
}

}  // namespace fenchel

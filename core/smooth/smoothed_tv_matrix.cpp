#include "smooth/smoothed_tv.hpp"

namespace fenchel {

TvMatrix::TvMatrix(const RoundedVariation& tv, const NewtonMatrix* before) : tv_(tv) {
  const index rows = tv.D->rows();
  for (Buffer<double>* v : {&z_, &p_, &u_, &q_}) v->resize(rows);
  factor_.resize(tv.points);
  s_.resize(tv.points);
  const auto* old = dynamic_cast<const TvMatrix*>(before);
  if (old != nullptr && old->p_.size() == rows && old->tv_.points == tv.points)
    std::copy(old->p_.begin(), old->p_.end(), p_.begin());
  else
    p_.fill(0);
}

void TvMatrix::prepare(const double* x, bool exact, Scratch scratch) {
  tv_.D->apply(x, z_.data(), scratch);
  tv_.each_point([&]<int K>(index i) {
    const double r2 = tv_.square<K>(z_.data(), i), s = std::sqrt(tv_.rounded(r2));
    const bool bends = tv_.bends(r2);
    s_[i] = s;
    factor_[i] = tv_.lam / s;
    for (int k = 0; k < K; ++k) {
      const index at = i + k * tv_.points;
      z_[at] /= s;
      u_[at] = bends ? z_[at] : 0;
      q_[at] = exact ? u_[at] : p_[at];
    }
  });
}

void TvMatrix::apply(const double* v, double* out, Scratch scratch) const {
  double* w = scratch.take<double>(tv_.D->rows());
  tv_.D->apply(v, w, scratch);
  tv_.each_point([&]<int K>(index i) {
    double along_u = 0, along_q = 0;
    for (int k = 0; k < K; ++k) {
      const index at = i + k * tv_.points;
      along_u += u_[at] * w[at];
      along_q += q_[at] * w[at];
    }
    for (int k = 0; k < K; ++k) {
      const index at = i + k * tv_.points;
      w[at] = factor_[i] * (w[at] - 0.5 * (q_[at] * along_u + u_[at] * along_q));
    }
  });
  tv_.D->adjoint(w, out, scratch);
}

double TvMatrix::entry(index i, int k, int l) const {
  const index a = i + k * tv_.points, b = i + l * tv_.points;
  return (k == l ? 1.0 : 0.0) - 0.5 * (q_[a] * u_[b] + u_[a] * q_[b]);
}

// Entry i of x is -1 in the differences at point i along each axis that does not end there, and its successor is 1 in
// one of them.
bool TvMatrix::diagonal(double* out, Scratch) const {
  const index n = tv_.shape.size;
  std::fill_n(out, n, 0.0);
  const int count = static_cast<int>(tv_.axes.size());
  for (index i = 0; i < n; ++i) {
    const auto inside = [&](int k) {
      const int axis = tv_.axes[static_cast<std::size_t>(k)];
      return i / tv_.shape.stride(axis) % tv_.shape.length[axis] != tv_.shape.length[axis] - 1;
    };
    for (int k = 0; k < count; ++k) {
      if (!inside(k)) continue;
      const index point = tv_.together == 1 ? i + k * n : i;  // where each difference is alone, those of axis k
      const int own = tv_.together == 1 ? 0 : k;
      const double single = factor_[point] * entry(point, own, own);
      out[i + tv_.shape.stride(tv_.axes[static_cast<std::size_t>(k)])] += single;
      out[i] += single;
      for (int l = 0; tv_.together > 1 && l < k; ++l)
        if (inside(l)) out[i] += 2 * factor_[i] * entry(i, k, l);
    }
  }
  return true;
}

void TvMatrix::advance(const double* dx, Scratch scratch) {
  double* w = scratch.take<double>(tv_.D->rows());
  tv_.D->apply(dx, w, scratch);
  tv_.each_point([&]<int K>(index i) {
    double along = 0;
    for (int k = 0; k < K; ++k) along += u_[i + k * tv_.points] * w[i + k * tv_.points];
    for (int k = 0; k < K; ++k) {
      const index at = i + k * tv_.points;
      p_[at] = z_[at] + (w[at] - p_[at] * along) / s_[i];
    }
    const double length = std::sqrt(tv_.square<K>(p_.data(), i));
    if (length > 1)
      for (int k = 0; k < K; ++k) p_[i + k * tv_.points] /= length;
  });
}

}  // namespace fenchel

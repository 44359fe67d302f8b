// block_curvature.cpp -- the Hessian of one block and what couples it to the intercepts.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/gemm.hpp"
#include "linsolve/symmetric_eigen.hpp"
#include "solvers/coordinate/block_model.hpp"

namespace fenchel {

// B = sum_i S_i and its pseudo-inverse: a shift of all outputs of a multinomial model changes nothing.
void BlockModel::find_intercept_hessian() {
  const index K = outputs_;
  double* B = intercept_.data();
  std::fill(B, B + K * K, 0.0);
  if (K == 1) {
    if (in_.h == nullptr)
      B[0] = static_cast<double>(n_);
    else
      for (index i = 0; i < n_; ++i) B[0] += in_.h[i];
    Bplus_[0] = B[0] > 0 ? 1 / B[0] : 0.0;
    return;
  }
  for (index i = 0; i < n_; ++i) {
    const double s = in_.s == nullptr ? 1.0 : in_.s[i];
    const double* p = in_.h + i * K;
    for (index o = 0; o < K && s > 0; ++o) {
      for (index l = 0; l < K; ++l) B[o * K + l] -= s * p[o] * p[l];
      B[o * K + o] += s * (p[o] + in_.rho);
    }
  }
  double* vectors = gather_.data();
  double* values = move_.data();
  std::copy(B, B + K * K, vectors);
  Bplus_.fill(0);
  const Scratch scratch(eigen_memory_.data(), eigen_memory_.size());
  if (symmetric_eigen(K, vectors, values, -kInf, scratch) != K) return;
  double top = 0;
  for (index a = 0; a < K; ++a) top = std::max(top, values[a]);
  for (index a = 0; a < K; ++a) {
    if (!(values[a] > 1e-12 * top)) continue;
    const double* v = vectors + a * K;
    for (index o = 0; o < K; ++o)
      for (index l = 0; l < K; ++l) Bplus_[o * K + l] += v[o] * v[l] / values[a];
  }
}

// f_c of the block's coordinates.
void BlockModel::find_intercept_terms(index w) {
  const index b = in_.list[w], K = outputs_;
  known_[b] |= kTermsKnown;
  for (index k = at_[w]; k < at_[w + 1]; ++k) {
    double* f = f_.data() + c_[k] * K;
    if (K == 1) {
      design_.square(c_[k], in_.h, f);
      continue;
    }
    std::fill(f, f + K, 0.0);
    const index o = lifted_.output(c_[k]);
    const ColumnEntries x = lifted_.column(lifted_.feature(c_[k]));
    for (index e = 0; e < x.count; ++e) {
      const index i = x.row(e);
      const double s = in_.s == nullptr ? 1.0 : in_.s[i], *p = in_.h + i * K;
      const double value = x.values[e] * s, weight = value * p[o];
      for (index l = 0; l < K; ++l) f[l] -= weight * p[l];
      f[o] += weight + value * in_.rho;
    }
  }
}

BlockCurve BlockModel::curve(index w) {
  const index b = in_.list[w];
  BlockCurve out;
  out.top = top_[b];
  if (has_matrix(b)) {
    out.matrix = matrix_.data() + matrix_at_[b];
    out.values = values_.data() + penalty_.start(b);
  }
  return out;
}

void BlockModel::find_curve(index w) {
  const index b = in_.list[w], size = penalty_.length(b);
  known_[b] |= kCurveKnown;
  if (!has_matrix(b)) {
    top_[b] = std::max(guess_top(w), 1e-200);
    return;
  }
  double *matrix = matrix_.data() + matrix_at_[b], *values = values_.data() + penalty_.start(b);
  block_matrix(w, matrix);
  if (size == 1) {
    values[0] = std::max(matrix[0], 0.0);
    if (penalty_.only_norm(b)) matrix[0] = 1;
    top_[b] = std::max(values[0], 1e-200);
    return;
  }
  double* vectors = penalty_.only_norm(b) ? matrix : gather_.data();
  if (vectors != matrix) std::copy(matrix, matrix + size * size, vectors);
  double trace = 0;
  for (index k = 0; k < size; ++k) trace += matrix[k * size + k];
  top_[b] = 0;
  const Scratch scratch(eigen_memory_.data(), eigen_memory_.size());
  if (symmetric_eigen(size, vectors, values, -kInf, scratch) != size) trace = kNaN;
  for (index k = 0; k < size; ++k) {
    values[k] = std::max(values[k], 0.0);
    top_[b] = std::max(top_[b], values[k]);
  }
  top_[b] = trace == trace ? std::max(top_[b] * (1 + 1e-12), 1e-200) : trace;
}

// Twice the largest curvature of a coordinate: sweeps raise it where that is too small.
double BlockModel::guess_top(index w) {
  double most = 0;
  for (index k = at_[w]; k < at_[w + 1]; ++k) {
    if (outputs_ == 1) {
      most = std::max(most, design_.square(c_[k], in_.h, nullptr));
      continue;
    }
    const ColumnEntries x = lifted_.column(lifted_.feature(c_[k]));
    const index o = lifted_.output(c_[k]);
    double sum = 0;
    for (index e = 0; e < x.count; ++e) {
      const index i = x.row(e);
      const double p = in_.h[i * outputs_ + o];
      sum += x.values[e] * x.values[e] * (in_.s == nullptr ? 1.0 : in_.s[i]) * (p * (1 - p) + in_.rho);
    }
    most = std::max(most, sum);
  }
  return 2 * most;
}

void BlockModel::block_matrix(index w, double* out) {
  const index first = at_[w], size = at_[w + 1] - first;
  if (gram_mode_) {
    for (index k = 0; k < size; ++k)
      for (index l = 0; l < size; ++l) out[k * size + l] = gram_[place_[first + k] * ld_ + place_[first + l]];
    return;
  }
  if (outputs_ == 1 && !sparse_) return matrix_of_columns(w, out);
  if (outputs_ == 1)
    matrix_by_scatter(w, out);
  else if (lifted_.feature(c_[first]) == lifted_.feature(c_[first + size - 1]))
    matrix_of_feature(w, out);
  else
    matrix_by_products(w, out);
  centre(w, out);
}

// The effect of the best intercepts.
void BlockModel::centre(index w, double* out) {
  if (!in_.intercept) return;
  const index first = at_[w], size = at_[w + 1] - first, K = outputs_;
  for (index k = 0; k < size; ++k) {
    const double* f = f_.data() + c_[first + k] * K;
    for (index o = 0; o < K; ++o) {
      spread_[o] = 0;
      for (index l = 0; l < K; ++l) spread_[o] += Bplus_[o * K + l] * f[l];
    }
    for (index l = 0; l < size; ++l)
      for (index o = 0; o < K; ++o) out[k * size + l] -= spread_[o] * f_[c_[first + l] * K + o];
  }
}

void BlockModel::matrix_of_columns(index w, double* out) {
  const index first = at_[w], size = at_[w + 1] - first;
  const auto& kernels = kernels::table<double>();
  gather_scaled(c_.data() + first, size, gather_.data());
  if (size > 8)
    return gemm<double>(Trans::no, Trans::yes, size, size, n_, 1.0, gather_.data(), n_, gather_.data(), n_, 0.0, out,
                        size, work_.data());
  for (index k = 0; k < size; ++k)
    for (index l = 0; l <= k; ++l)
      out[k * size + l] = out[l * size + k] = kernels.dot(gather_.data() + k * n_, gather_.data() + l * n_, n_);
}

void BlockModel::matrix_by_scatter(index w, double* out) {
  const index first = at_[w], size = at_[w + 1] - first;
  std::fill(gather_.data(), gather_.data() + n_, 0.0);
  for (index k = 0; k < size; ++k) {
    const double one = 1;
    const auto scatter = [&](double a) {
      if (in_.h == nullptr)
        design_.axpy(c_[first + k], a, gather_.data());
      else
        design_.axpy_weighted(c_[first + k], a, in_.h, gather_.data());
    };
    scatter(one);
    for (index l = 0; l <= k; ++l) out[k * size + l] = out[l * size + k] = design_.dot(c_[first + l], gather_.data());
    scatter(-one);  // to zero again, exactly
  }
}

// sum_i x_i^2 S_i on the outputs of the block.
void BlockModel::matrix_of_feature(index w, double* out) {
  const index first = at_[w], size = at_[w + 1] - first, K = outputs_;
  std::fill(out, out + size * size, 0.0);
  const ColumnEntries x = lifted_.column(lifted_.feature(c_[first]));
  for (index e = 0; e < x.count; ++e) {
    const index i = x.row(e);
    const double value = x.values[e] * x.values[e] * (in_.s == nullptr ? 1.0 : in_.s[i]), *p = in_.h + i * K;
    for (index k = 0; k < size; ++k) {
      const double pk = p[lifted_.output(c_[first + k])], weight = value * pk;
      for (index l = 0; l <= k; ++l) out[k * size + l] -= weight * p[lifted_.output(c_[first + l])];
      out[k * size + k] += weight + value * in_.rho;
    }
  }
  for (index k = 0; k < size; ++k)
    for (index l = 0; l < k; ++l) out[l * size + k] = out[k * size + l];
}

// A block of several features and several outputs: S X e_k, column by column.
void BlockModel::matrix_by_products(index w, double* out) {
  const index first = at_[w], last = at_[w + 1], size = last - first;
  const double one = 1;
  for (index k = 0; k < size; ++k) {
    std::fill(gather_.data(), gather_.data() + n_ * outputs_, 0.0);
    add_to_state(first + k, first + k + 1, &one, gather_.data());
    products(first, last, gather_.data(), out + k * size);
  }
}

}  // namespace fenchel

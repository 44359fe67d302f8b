// tile_engine_sweep.hpp -- the fused Sinkhorn iteration of TileEngine: one exponential an entry, one read of the cost.
//
// With e_ij = exp2(F_i - log2 a_i + G_j - k C_ij) and s_i = sum_j e_ij, the row marginal of the incoming pair is p_i =
// a_i s_i, the balanced update is F_i - log2 s_i, and the columns of the updated plan are sum_i (a_i / s_i) e_ij, read
// from the same tile.
#pragma once

namespace fenchel {

template <class T, class Source>
double TileEngine<T, Source>::shifted_row(const Tile& tile, index r, T shift, double* top) {
  T* row = tile.data + r * ld_;
  source_.arg_rows(tile.row + r, args(&shift, G_.data(), static_cast<T>(k_), 1, row));
  const T max = simd_.max_value(row, m_);
  *top = static_cast<double>(max);
  if (!(max > -std::numeric_limits<T>::infinity()) || max == std::numeric_limits<T>::infinity()) return 0;
  return simd_.exp2_shift(row, -max, row, m_);
}

// The factor that turns a row e (over 2^top) into the row of the updated plan: a exp2(F_new - F + top).
template <class T, class Source>
double TileEngine<T, Source>::row_weight_after(const Update& row, double distance, double sum, double top) const {
  if (row.tau == 1.0) return 1.0 / sum;
  return std::exp2((row.tau - 1.0) * (distance - top)) * std::pow(sum, -row.tau);
}

template <class T, class Source>
void TileEngine<T, Source>::sweep(const Update& row, const Update& col, double* F, double* G, double* p) {
  if constexpr (std::is_same_v<T, float>) {  // update the pair that is evaluated
    for (index i = 0; i < n_; ++i)
      if (F[i] > -kInf) F[i] = rounded(relative_exponent(F, i)) + (F[i] - relative_exponent(F, i));
    for (index j = 0; j < m_; ++j) G[j] = rounded(G[j]);
  }
  each_tile(F, G, true, [&](index chunk, const Tile& tile) {
    if (tile.row == chunk * rows_per_chunk_) sums_.begin(chunk, tile.worker);
    T w[kTile];
    for (index r = 0; r < tile.rows; ++r) {
      const index i = tile.row + r;
      double sum = tile.sums[r];
      double top = 0;
      if (!(F[i] > -kInf)) {
        w[r] = 0;
        row_sum_[i] = 1;
        row_exp_[i] = 0;
        p[i] = 0;
        continue;
      }
      if (!(sum > 1 / kSumLimit && sum < kSumLimit))
        sum = shifted_row(tile, r, static_cast<T>(relative_exponent(F, i)), &top);
      row_sum_[i] = sum;
      row_exp_[i] = top;
      p[i] = row_factor(i) * (top == 0 ? sum : sum * std::exp2(top));
      w[r] = static_cast<T>(sum > 0 ? row.weight[i] * row_weight_after(row, F[i] - row.base[i], sum, top) : 0.0);
    }
    sums_.add(simd_, chunk, tile.worker, tile.data, ld_, tile.rows, w);
    if (tile.row + tile.rows == std::min(n_, (chunk + 1) * rows_per_chunk_)) sums_.end(simd_, chunk, tile.worker);
  });
  simd64_.log2(row_sum_.data(), scratch_.data(), n_);
  for (index i = 0; i < n_; ++i) {
    if (!(F[i] > -kInf)) continue;
    F[i] = row.base[i] + row.tau * (F[i] - row.base[i] - (scratch_[i] + row_exp_[i]));
  }
  sums_.total(col_sum_.data());
  bool bad = false;
  for (index j = 0; j < m_; ++j) {
    const double relative = col_sum_[j] / col.weight[j];
    if (col.weight[j] > 0 && !(relative > 1 / kSumLimit && relative < kSumLimit)) bad = true;
    col_sum_[j] = col.weight[j] > 0 ? relative : 1.0;
  }
  simd64_.log2(col_sum_.data(), scratch_.data(), m_);
  if (bad) lse_cols(F, col_lse_.data());  // a column lost to underflow: form all of them exactly, take those
  for (index j = 0; j < m_; ++j) {
    if (!(G[j] > -kInf)) continue;
    double log_ratio = scratch_[j];
    if (bad && !(col_sum_[j] > 1 / kSumLimit && col_sum_[j] < kSumLimit))
      log_ratio = G[j] + col_lse_[j] - col.log_weight[j];
    G[j] = col.base[j] + col.tau * (G[j] - col.base[j] - log_ratio);
  }
}

}  // namespace fenchel

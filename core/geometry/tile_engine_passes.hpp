// tile_engine_passes.hpp -- the other reductions of TileEngine: marginals, log-sums, products, rounding, sparse
// extraction.
#pragma once

namespace fenchel {

template <class T, class Source>
void TileEngine<T, Source>::marginals_capped(const double* F, const double* G, const double* cap, double* p, double* q,
                                             double* q_x) {
  each_tile(F, G, true, [&](index chunk, const Tile& tile) {
    if (tile.row == chunk * rows_per_chunk_) {
      sums_.begin(chunk, tile.worker);
      if (q_x != nullptr) sums_x_.begin(chunk, tile.worker);
    }
    T w[kTile];
    T wx[kTile];
    for (index r = 0; r < tile.rows; ++r) {
      const index i = tile.row + r;
      const double a = F[i] > -kInf ? row_factor(i) : 0.0;
      p[i] = a > 0 ? a * tile.sums[r] : 0.0;
      w[r] = static_cast<T>(a);
      if (q_x != nullptr) wx[r] = static_cast<T>(cap != nullptr && p[i] > cap[i] ? a * (cap[i] / p[i]) : a);
    }
    sums_.add(simd_, chunk, tile.worker, tile.data, ld_, tile.rows, w);
    if (q_x != nullptr) sums_x_.add(simd_, chunk, tile.worker, tile.data, ld_, tile.rows, wx);
    if (tile.row + tile.rows == std::min(n_, (chunk + 1) * rows_per_chunk_)) {
      sums_.end(simd_, chunk, tile.worker);
      if (q_x != nullptr) sums_x_.end(simd_, chunk, tile.worker);
    }
  });
  sums_.total(q);
  if (q_x != nullptr) sums_x_.total(q_x);
}

template <class T, class Source>
void TileEngine<T, Source>::lse_rows(const double* G, double* out) {
  cast(G, m_, G_.data());
  parallel(chunks_, [&](index chunk, int worker) {
    const index end = std::min(n_, (chunk + 1) * rows_per_chunk_);
    for (index i = chunk * rows_per_chunk_; i < end; ++i) {
      double top = 0;
      double sum = 0;
      const Tile tile{i, 1, tile_of(worker), &sum, worker};
      sum = shifted_row(tile, 0, T(0), &top);
      out[i] = sum > 0 ? top + std::log2(sum) : top;
    }
  });
}

// Two passes: the columns' largest exponents, then the sums around them.
template <class T, class Source>
void TileEngine<T, Source>::lse_cols(const double* F, double* out) {
  Buffer<T>& top = top_;
  top.fill(-std::numeric_limits<T>::infinity());
  std::fill_n(G_.data(), m_, T(0));
  const auto each_row = [&](auto&& body) {
    parallel(chunks_, [&](index chunk, int worker) {
      const index end = std::min(n_, (chunk + 1) * rows_per_chunk_);
      for (index i = chunk * rows_per_chunk_; i < end; ++i) {
        const T shift = static_cast<T>(F[i]);
        source_.arg_rows(i, args(&shift, G_.data(), static_cast<T>(k_), 1, row_of(worker, 0)));
        body(chunk, worker, i == chunk * rows_per_chunk_, i + 1 == end, row_of(worker, 0));
      }
    });
  };
  each_row([&](index chunk, int, bool, bool, const T* row) { simd_.max_into(row, m_, top.data() + chunk * ld_); });
  for (index c = 1; c < chunks_; ++c) simd_.max_into(top.data() + c * ld_, m_, top.data());
  each_row([&](index chunk, int worker, bool first, bool last, const T* row) {
    if (first) sums_.begin(chunk, worker);
    T* part = row_of(worker, 1);
    std::fill_n(part, m_, T(0));
    simd_.exp2_into(row, top.data(), m_, part);
    const T one = 1;
    sums_.add(simd_, chunk, worker, part, ld_, 1, &one);
    if (last) sums_.end(simd_, chunk, worker);
  });
  sums_.total(out);
  for (index j = 0; j < m_; ++j) out[j] = static_cast<double>(top[j]) + std::log2(out[j]);
  for (index j = 0; j < m_; ++j)
    if (!(top[j] > -std::numeric_limits<T>::infinity())) out[j] = -kInf;
}

template <class T, class Source>
void TileEngine<T, Source>::apply(const double* F, const double* G, bool transpose, index r, const double* v,
                                  double* out) {
  if (transpose) {
    for (index c = 0; c < r; ++c) {  // P^T v, a column of v at a time
      each_tile(F, G, true, [&](index chunk, const Tile& tile) {
        if (tile.row == chunk * rows_per_chunk_) sums_.begin(chunk, tile.worker);
        T w[kTile];
        for (index s = 0; s < tile.rows; ++s) {
          const index i = tile.row + s;
          w[s] = F[i] > -kInf ? static_cast<T>(row_factor(i) * v[c * n_ + i]) : T(0);
        }
        sums_.add(simd_, chunk, tile.worker, tile.data, ld_, tile.rows, w);
        if (tile.row + tile.rows == std::min(n_, (chunk + 1) * rows_per_chunk_)) sums_.end(simd_, chunk, tile.worker);
      });
      sums_.total(out + c * m_);
    }
    return;
  }
  Buffer<T> columns(r * ld_, T(0));
  for (index c = 0; c < r; ++c) cast(v + c * m_, m_, columns.data() + c * ld_);
  each_tile(F, G, true, [&](index, const Tile& tile) {
    double dots[kTile];
    for (index c = 0; c < r; ++c) {
      simd_.dot_rows(tile.data, ld_, tile.rows, m_, columns.data() + c * ld_, dots);
      for (index s = 0; s < tile.rows; ++s) {
        const index i = tile.row + s;
        out[c * n_ + i] = F[i] > -kInf ? row_factor(i) * dots[s] : 0.0;
      }
    }
  });
}

template <class T, class Source>
PlanSums TileEngine<T, Source>::rounded_sums(const double* F, const double* G, const RoundedPlan& plan,
                                             double* row_sums, double* plain_cost) {
  Buffer<T>& y = round_y_;
  Buffer<T>& deficit = round_c_;
  Buffer<T>& log_ref = round_ref_;
  cast(plan.y, m_, y.data());
  const bool rank_one = plan.target_a != nullptr && plan.deficit > 0;
  if (rank_one) cast(plan.deficit_b, m_, deficit.data());
  for (index j = 0; j < m_; ++j)
    log_ref[j] = plan.log_ref_b != nullptr && plan.log_ref_b[j] > -kInf ? static_cast<T>(plan.log_ref_b[j]) : T(0);
  Buffer<double>& part = part_;
  part.fill(0.0);
  each_tile(F, G, true, [&](index chunk, const Tile& tile) {
    double dots[kTile];
    simd_.dot_rows(tile.data, ld_, tile.rows, m_, y.data(), dots);
    for (index r = 0; r < tile.rows; ++r) {
      const index i = tile.row + r;
      const bool live = F[i] > -kInf;
      const double w = live ? plan.x[i] * row_factor(i) : 0.0;
      row_sums[i] = w * dots[r];
      const double u = rank_one && live ? std::max(0.0, plan.target_a[i] - row_sums[i]) / plan.deficit : 0.0;
      if (!live) continue;
      const T* cost = source_.cost_row(i, args(nullptr, nullptr, T(-1), 1, row_of(tile.worker, 0)));
      T* e = tile.data + r * ld_;
      double* sums = part.data() + chunk * 4;
      double dot = 0;
      simd_.dot_rows(e, ld_, 1, m_, cost, &dot);
      sums[3] += row_factor(i) * dot;
      simd_.objective_row(e, cost, m_, static_cast<T>(w), y.data(), static_cast<T>(u),
                          rank_one ? deficit.data() : nullptr,
                          plan.log_ref_a != nullptr ? static_cast<T>(plan.log_ref_a[i]) : T(0), log_ref.data(), sums);
    }
  });
  PlanSums total;
  *plain_cost = 0;
  for (index c = 0; c < chunks_; ++c) {
    total.cost += part[c * 4];
    total.entropy += part[c * 4 + 1];
    total.mass += part[c * 4 + 2];
    *plain_cost += part[c * 4 + 3];
  }
  return total;
}

template <class T, class Source>
void TileEngine<T, Source>::extract(const double* F, const double* G, const double* row_threshold,
                                    const double* col_threshold, double* p, double* q, SparsePlan& out) {
  cast(col_threshold, m_, v_.data());
  std::atomic<index> used{0};
  each_tile(F, G, false, [&](index chunk, const Tile& tile) {
    if (tile.row == chunk * rows_per_chunk_) sums_.begin(chunk, tile.worker);
    T w[kTile];
    for (index r = 0; r < tile.rows; ++r) {
      const index i = tile.row + r;
      p[i] = tile.sums[r];
      w[r] = 1;
      out.start[i] = 0;
      out.count[i] = 0;
      if (!(F[i] > -kInf) || used.load(std::memory_order_relaxed) > out.capacity()) continue;
      std::int32_t* columns = indices_.data() + tile.worker * ld_;
      T* values = row_of(tile.worker, 0);
      const index kept =
          simd_.compress_row(tile.data + r * ld_, m_, static_cast<T>(row_threshold[i]), v_.data(), columns, values);
      const index start = used.fetch_add(kept, std::memory_order_relaxed);
      if (start + kept > out.capacity()) continue;
      out.start[i] = start;
      out.count[i] = static_cast<std::int32_t>(kept);
      std::copy_n(columns, kept, out.column.data() + start);
      if constexpr (std::is_same_v<T, float>)
        std::copy_n(values, kept, out.value32.data() + start);
      else
        std::copy_n(values, kept, out.value64.data() + start);
    }
    sums_.add(simd_, chunk, tile.worker, tile.data, ld_, tile.rows, w);
    if (tile.row + tile.rows == std::min(n_, (chunk + 1) * rows_per_chunk_)) sums_.end(simd_, chunk, tile.worker);
  });
  sums_.total(q);
  out.nnz = used.load();
  out.overflow = out.nnz > out.capacity();
}

template <class T, class Source>
void TileEngine<T, Source>::normal_product(const double* F, const double* G, const double* w, const double* v,
                                           double* out) {
  cast(v, m_, v_.data());
  each_tile(F, G, true, [&](index chunk, const Tile& tile) {
    if (tile.row == chunk * rows_per_chunk_) sums_.begin(chunk, tile.worker);
    double dots[kTile];
    T z[kTile];
    simd_.dot_rows(tile.data, ld_, tile.rows, m_, v_.data(), dots);
    for (index r = 0; r < tile.rows; ++r) {
      const index i = tile.row + r;
      const double a = F[i] > -kInf ? row_factor(i) : 0.0;
      z[r] = static_cast<T>(a * (a * dots[r]) * w[i]);
    }
    sums_.add(simd_, chunk, tile.worker, tile.data, ld_, tile.rows, z);
    if (tile.row + tile.rows == std::min(n_, (chunk + 1) * rows_per_chunk_)) sums_.end(simd_, chunk, tile.worker);
  });
  sums_.total(out);
}

template <class T, class Source>
void TileEngine<T, Source>::for_each_row(const double* F, const double* G, RowSink sink, void* user) {
  each_tile(F, G, false, [&](index, const Tile& tile) {
    for (index r = 0; r < tile.rows; ++r) sink(user, tile.row + r, tile.worker, tile.data + r * ld_);
  });
}

template <class T, class Source>
void TileEngine<T, Source>::for_each_cost_row(RowSink sink, void* user) {
  std::fill_n(G_.data(), m_, T(0));
  parallel(chunks_, [&](index chunk, int worker) {
    const index end = std::min(n_, (chunk + 1) * rows_per_chunk_);
    for (index i = chunk * rows_per_chunk_; i < end; ++i)
      sink(user, i, worker, source_.cost_row(i, args(nullptr, nullptr, T(-1), 1, row_of(worker, 0))));
  });
}

}  // namespace fenchel

// tile_engine.hpp -- the PassEngine of geometries whose entries can be produced row by row: matrices and point clouds.
//
// Data flows one way: a Source produces a tile of kTileRows rows of e = exp2(F_i - log2 a_i + G_j - k C_ij), consumers
// read it while it is in cache. Template parameters: T, the dtype; Source, with exp_rows, arg_rows and cost_row
// (matrix.cpp, point_cloud.cpp).
#pragma once
#include <algorithm>
#include <cmath>

#include "geometry/column_sums.hpp"
#include "geometry/pass_engine.hpp"
#include "kernels/kernels.hpp"

namespace fenchel {

template <class T, class Source>
class TileEngine : public PassEngine {
 public:
  TileEngine(const Source& source, index n, index m, int max_threads)
      : PassEngine(static_cast<double>(n) * static_cast<double>(m)),
        source_(source),
        n_(n),
        m_(m),
        ld_((m + 31) / 32 * 32),
        chunks_(row_chunks(n, m).count),
        rows_per_chunk_(row_chunks(n, m).rows),
        G_(ld_),
        v_(ld_),
        tiles_(max_threads * kTile * ld_),
        rows_(max_threads * 2 * ld_),
        indices_(max_threads * ld_),
        sums_(chunks_, m, max_threads),
        sums_x_(chunks_, m, max_threads),
        top_(chunks_ * ld_),
        round_y_(ld_, T(0)),
        round_c_(ld_, T(0)),
        round_ref_(ld_, T(0)),
        part_(chunks_ * 4),
        row_sum_(n),
        row_exp_(n),
        col_sum_(m),
        col_lse_(m),
        scratch_(std::max(n, m)) {
    set_row_weights(nullptr, nullptr);
  }

  // Another source of the same size.
  bool rebind(const Source& source, index n, index m) {
    if (n != n_ || m != m_) return false;
    source_ = source;
    return true;
  }

  static index bytes(index n, index m, int max_threads) {
    const index ld = (m + 31) / 32 * 32;
    const index t = max_threads;
    return static_cast<index>(sizeof(T)) * ld * (5 + row_chunks(n, m).count + t * (kTile + 2)) + t * ld * 4 +
           2 * ColumnSums<T>::bytes(row_chunks(n, m).count, m, max_threads) + 8 * (2 * n + 2 * m + std::max(n, m));
  }

  void sweep(const Update& row, const Update& col, double* F, double* G, double* p) override;
  void marginals(const double* F, const double* G, double* p, double* q) override {
    marginals_capped(F, G, nullptr, p, q, nullptr);
  }
  void marginals_capped(const double* F, const double* G, const double* cap, double* p, double* q,
                        double* q_x) override;
  void lse_rows(const double* G, double* out) override;
  void lse_cols(const double* F, double* out) override;
  void apply(const double* F, const double* G, bool transpose, index r, const double* v, double* out) override;
  PlanSums rounded_sums(const double* F, const double* G, const RoundedPlan& plan, double* row_sums,
                        double* plain_cost) override;
  void extract(const double* F, const double* G, const double* row_threshold, const double* col_threshold, double* p,
               double* q, SparsePlan& out) override;
  void normal_product(const double* F, const double* G, const double* w, const double* v, double* out) override;
  void for_each_row(const double* F, const double* G, RowSink sink, void* user) override;
  void for_each_cost_row(RowSink sink, void* user) override;

 protected:
  static constexpr index kTile = kernels::kTileRows;
  // Row sums outside [2^-limit, 2^limit] are formed again around the row's largest exponent.
  static constexpr double kSumLimit = std::is_same_v<T, float> ? 0x1p60 : 0x1p500;

  struct Tile {
    index row;   // first row
    index rows;  // 1 .. kTile
    T* data;     // row r at data + r * ld_
    double* sums;
    int worker;
  };

  // Produces all tiles of rows [0, n): body(chunk, tile). `relative` evaluates rows over their weight: e = P / a.
  template <class Body>
  void each_tile(const double* F, const double* G, bool relative, Body&& body) {
    cast(G, m_, G_.data());
    parallel(chunks_, [&](index chunk, int worker) {
      const index end = std::min(n_, (chunk + 1) * rows_per_chunk_);
      for (index i = chunk * rows_per_chunk_; i < end; i += kTile) {
        T shift[kTile];
        double sums[kTile];
        const index rows = std::min(kTile, end - i);
        for (index r = 0; r < rows; ++r) shift[r] = static_cast<T>(relative ? relative_exponent(F, i + r) : F[i + r]);
        Tile tile{i, rows, tile_of(worker), sums, worker};
        source_.exp_rows(i, args(shift, G_.data(), static_cast<T>(k_), rows, tile.data), sums);
        body(chunk, tile);
      }
    });
  }
  kernels::TileArgs<T> args(const T* F, const T* G, T k, index rows, T* out) const {
    return {F, G, k, rows, m_, out, ld_};
  }

  // F_i - log2 a_i, and the factor that undoes it.
  double relative_exponent(const double* F, index i) const {
    return row_log_weight_ != nullptr && F[i] > -kInf ? F[i] - row_log_weight_[i] : F[i];
  }
  double row_factor(index i) const { return row_weight_ != nullptr ? row_weight_[i] : 1.0; }
  T* tile_of(int worker) { return tiles_.data() + worker * kTile * ld_; }
  T* row_of(int worker, int which) { return rows_.data() + (2 * worker + which) * ld_; }
  static void cast(const double* from, index n, T* to) {
    for (index i = 0; i < n; ++i) to[i] = static_cast<T>(from[i]);
  }
  static double rounded(double value) { return static_cast<double>(static_cast<T>(value)); }

  // What a row contributes when its plain sum is unusable: e = exp2(t - max), log2 of the true sum in *log_sum.
  double shifted_row(const Tile& tile, index r, T shift, double* top);
  double row_weight_after(const Update& row, double distance, double sum, double top) const;

  Source source_;
  const kernels::Table<T>& simd_ = kernels::table<T>();
  const kernels::Table<double>& simd64_ = kernels::table<double>();
  index n_, m_, ld_, chunks_, rows_per_chunk_;
  Buffer<T> G_, v_;               // (ld) potentials and a vector in the dtype
  Buffer<T> tiles_, rows_;        // per worker: (kTile, ld) and 2 x (ld)
  Buffer<std::int32_t> indices_;  // per worker: (ld)
  ColumnSums<T> sums_, sums_x_;
  Buffer<T> top_;                               // (chunks, ld) largest exponents of the columns
  Buffer<T> round_y_, round_c_, round_ref_;     // (ld) column vectors of rounded_sums
  Buffer<double> part_;                         // (chunks, 4)
  Buffer<double> row_sum_, row_exp_;            // (n)
  Buffer<double> col_sum_, col_lse_, scratch_;  // (m), (m), (max(n, m))
};

}  // namespace fenchel

#include "geometry/tile_engine_passes.hpp"
#include "geometry/tile_engine_sweep.hpp"

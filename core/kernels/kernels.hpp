// kernels.hpp -- the table of plain functions that is all the rest of fenchel sees of SIMD.
//
// Every function is compiled once per instruction set (targets/*.cpp) from one generic source and reached through
// kernels::table<T>(), chosen once per process. Arguments are raw pointers: no function here allocates, throws or keeps
// anything. Pointers need only natural alignment. A function gives the same bits for the same input on one target.
//
// Tiles. Transport is assembled from producers, which write a tile of R <= kTileRows rows of
//     t_rj = F_r + G_j - k * C_rj        (base-2 exponents)   or   e_rj = exp2(t_rj),
// and consumers, which read it while it is in cache. Exponents below kFlush are exactly 0 after exp2 (no subnormal
// is ever made), -inf in F or G gives exactly 0, and sums are returned in double (T lanes are flushed to double at
// least every 1024 terms).
#pragma once
#include <cstdint>

namespace fenchel::kernels {

using index = std::int64_t;

inline constexpr index kTileRows = 4;

// exp2 arguments below this give 0.
template <class T>
inline constexpr T kFlush = T(-1000);
template <>
inline constexpr float kFlush<float> = -100.0F;

// The rows of a cost matrix: row r at c + r * ldc (elements).
template <class T>
struct MatrixRows {
  const T* c;
  index ldc;
};

// The rows of a point cloud: x row-major (rows, d); y by dimension, y[k * ldy + j], ldy >= m.
// A cost with `normalise` (cosine) gets unit vectors.
template <class T>
struct CloudRows {
  const T* x;
  const T* y;
  index ldy;
  index d;
};

// What every producer gets besides its rows. k is log2(e)/eps.
template <class T>
struct TileArgs {
  const T* F;  // (rows)
  const T* G;  // (m)
  T k;
  index rows;  // 1 .. kTileRows
  index m;
  T* tile;   // (rows, m), row r at tile + r * ld
  index ld;  // >= m
};

// One cost of the catalogue (costs/*.hpp): producers and the gradient.
template <class T>
struct CloudKernels {
  const char* name;
  const char* doc;
  bool normalise;  // points are scaled to unit length before they get here
  void (*exp_rows)(const CloudRows<T>&, const TileArgs<T>&, double* sums);
  void (*arg_rows)(const CloudRows<T>&, const TileArgs<T>&);
  // grad[r * d + k] = sum_j tile_rj * d c(x_r, y_j) / d x_rk      (tile is read; F, G, k are ignored)
  void (*grad_rows)(const CloudRows<T>&, const TileArgs<T>&, double* grad);
};

inline constexpr int kMaxCosts = 32;

template <class T>
struct Table {
  const char* target;  // "baseline", "avx2", "avx512", "neon"

  // Elementwise over n values; in place is fine. At most 2 ULP on the normal range; exp(-inf) = exp2(-inf) = 0 exactly,
  // exp(+inf) = +inf, log(0) = -inf, log of a negative is NaN, NaN propagates; a subnormal result of exp is 0, a
  // subnormal argument of log is exact.
  void (*exp)(const T* x, T* y, index n);
  void (*exp2)(const T* x, T* y, index n);
  void (*log)(const T* x, T* y, index n);
  void (*log2)(const T* x, T* y, index n);

  // Producers over a stored matrix. sums[r] = sum_j e_rj.
  void (*exp_rows_matrix)(const MatrixRows<T>&, const TileArgs<T>&, double* sums);
  void (*arg_rows_matrix)(const MatrixRows<T>&, const TileArgs<T>&);

  // Producers over point clouds, by index in the cost catalogue.
  int costs;
  CloudKernels<T> cloud[kMaxCosts];

  // Consumers of a tile (also used on stored kernels and vectors).
  // acc_j += sum_r w_r * tile_rj
  void (*accumulate_rows)(const T* tile, index ld, index rows, index m, const T* w, T* acc);
  // out[r] = sum_j tile_rj * v_j
  void (*dot_rows)(const T* tile, index ld, index rows, index m, const T* v, double* out);
  // max_j t_j (-inf when all are -inf or m = 0), NaN if any is NaN.
  T (*max_value)(const T* t, index m);
  // e_j = exp2(t_j + shift), returns the sum. In place is fine.
  double (*exp2_shift)(const T* t, T shift, T* e, index m);
  // acc_j = max(acc_j, t_j)
  void (*max_into)(const T* t, index m, T* acc);
  // acc_j += exp2(t_j - shift_j), 0 where shift_j = -inf
  void (*exp2_into)(const T* t, const T* shift, index m, T* acc);
  // Entries e_j >= min(row_threshold, thresholds_j), in order: their j into indices, e_j into values (room for m each).
  // Returns how many. thresholds may be null: row_threshold alone.
  index (*compress_row)(const T* e, index m, T row_threshold, const T* thresholds, std::int32_t* indices, T* values);
  // With p_j = w * y_j * e_j + u * c_j:  out[0] += sum_j cost_j p_j,  out[1] += sum_j p_j (log2 p_j - la - lb_j),
  // out[2] += sum_j p_j where a term with p_j = 0 is 0. c may be null (no rank-one part), y may be null (ones), lb may
  // be null (zeros).
  void (*objective_row)(const T* e, const T* cost, index m, T w, const T* y, T u, const T* c, T la, const T* lb,
                        double* out);

  // Vectors.
  double (*dot)(const T* x, const T* y, index n);
  void (*axpy)(T a, const T* x, T* y, index n);               // y += a x
  void (*accumulate_double)(const T* x, double* y, index n);  // y_j += x_j, widening
  // Is every lower <= x_j <= upper? NaN is not. Reads every value.
  bool (*within)(const T* x, index n, T lower, T upper);
  // out = A v for a symmetric n x n matrix of which only the lower triangle is read, once; row i at a + i * ld. out may
  // not be v.
  void (*symmetric_product)(const T* a, index ld, index n, const T* v, T* out);

  // Columns of a stored matrix against vectors of double: column c at x + c * ld, products and sums in double.
  // out[c] = sum_i x_ci v_i
  void (*column_dots)(const T* x, index ld, index cols, index n, const double* v, double* out);
  // y_i += sum_c a_c x_ci
  void (*column_axpys)(const T* x, index ld, index cols, index n, const double* a, double* y);
};

// The best table this machine runs; FENCHEL_TARGET = baseline | avx2 | avx512 | neon overrides (if the machine has it).
template <class T>
const Table<T>& table();

// For tests: all tables this machine can run, best first; null past the end.
template <class T>
const Table<T>* table_at(int i);

// The catalogue of costs, the same on every target.
int cost_count();
const char* cost_name(int i);
const char* cost_doc(int i);

}  // namespace fenchel::kernels

// column_sums.hpp -- sums over rows that do not depend on the number of threads: an accumulator per chunk, added in
// order.
//
// float tiles go through a strip per worker that is widened into the chunk's doubles every kStrip rows.
#pragma once
#include <algorithm>
#include <type_traits>

#include "base/buffer.hpp"
#include "kernels/kernels.hpp"

namespace fenchel {

// How n rows are cut into chunks: enough for many threads, few enough that adding them costs nothing, at most 64 MiB of
// accumulators, whole tiles, no chunk empty. A function of the sizes alone.
struct RowChunks {
  index count;
  index rows;  // of each but the last
};
inline RowChunks row_chunks(index n, index m) {
  const index by_rows = std::clamp<index>(n / 64, 1, 32);
  const index by_memory = std::clamp<index>((index{8} << 20) / std::max<index>(m, 1), 1, 32);
  const index wanted = std::min(by_rows, by_memory);
  const index rows = ((n + wanted - 1) / wanted + kernels::kTileRows - 1) / kernels::kTileRows * kernels::kTileRows;
  return {(n + rows - 1) / rows, rows};
}

template <class T>
class ColumnSums {
 public:
  ColumnSums(index chunks, index m, int workers)
      : m_(m), chunks_(chunks), chunk_(chunks * m), strip_(kStrips ? workers * m : 0), filled_(kStrips ? workers : 0) {}
  static index bytes(index chunks, index m, int workers) {
    return 8 * chunks * m + (kStrips ? workers * (4 * m + 8) : 0);
  }

  void begin(index chunk, int worker) {
    std::fill_n(chunk_.data() + chunk * m_, m_, 0.0);
    if constexpr (kStrips) {
      std::fill_n(strip_.data() + worker * m_, m_, T(0));
      filled_[worker] = 0;
    }
  }
  // += sum_r w_r tile_r
  void add(const kernels::Table<T>& simd, index chunk, int worker, const T* tile, index ld, index rows, const T* w) {
    if constexpr (kStrips) {
      simd.accumulate_rows(tile, ld, rows, m_, w, strip_.data() + worker * m_);
      if ((filled_[worker] += rows) >= kStrip) flush(simd, chunk, worker);
    } else {
      simd.accumulate_rows(tile, ld, rows, m_, w, chunk_.data() + chunk * m_);
    }
  }
  void end(const kernels::Table<T>& simd, index chunk, int worker) {
    if constexpr (kStrips) flush(simd, chunk, worker);
  }
  // out = the sum over chunks, in order.
  void total(double* out) const {
    std::copy_n(chunk_.data(), m_, out);
    for (index c = 1; c < chunks_; ++c)
      for (index j = 0; j < m_; ++j) out[j] += chunk_[c * m_ + j];
  }

 private:
  static constexpr bool kStrips = std::is_same_v<T, float>;
  static constexpr index kStrip = 64;
  void flush(const kernels::Table<T>& simd, index chunk, int worker) {
    if constexpr (kStrips) {
      T* strip = strip_.data() + worker * m_;
      simd.accumulate_double(strip, chunk_.data() + chunk * m_, m_);
      std::fill_n(strip, m_, T(0));
      filled_[worker] = 0;
    }
  }
  index m_, chunks_;
  Buffer<double> chunk_;  // (chunks, m)
  Buffer<T> strip_;       // (workers, m)
  Buffer<index> filled_;  // (workers)
};

}  // namespace fenchel

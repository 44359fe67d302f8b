#include "solvers/bilevel/compact_lines.hpp"

#include <cmath>

namespace fenchel {
namespace {

constexpr index kShort = index{1} << 16, kLong = index{1} << 32;
constexpr double kSmallest = 1e-30, kLargest = 1e30;

}  // namespace

CompactLines::CompactLines(const StoredMatrix& a, By by) {
  const index across = by == By::rows ? a.cols : a.rows;
  lines_ = by == By::rows ? a.rows : a.cols;
  narrow_ = across <= kShort;
  faithful_ = across <= kLong;
  if (!faithful_) return;
  starts_ = Buffer<index>(lines_ + 1, index{0});
  values_.resize(a.nnz);
  narrow_ ? short_.resize(a.nnz) : long_.resize(a.nnz);
  visit_real(a.dtype, [&](auto zero) {
    using T = decltype(zero);
    a.index_dtype == Dtype::i32 ? read<T, std::int32_t>(a, by) : read<T, std::int64_t>(a, by);
  });
}

void CompactLines::put(index at, index across, double value) {
  const double size = std::abs(value);
  faithful_ = faithful_ && size < kLargest && (size > kSmallest || size == 0);
  values_[at] = static_cast<float>(value);
  if (narrow_)
    short_[at] = static_cast<std::uint16_t>(across);
  else
    long_[at] = static_cast<std::uint32_t>(across);
}

template <class T, class I>
void CompactLines::read(const StoredMatrix& a, By by) {
  const auto* starts = static_cast<const I*>(a.indptr);
  const auto* indices = static_cast<const I*>(a.indices);
  const auto* values = static_cast<const T*>(a.values);
  const bool rows_stored = a.layout == StoredMatrix::Layout::csr, transposed = rows_stored != (by == By::rows);
  const index stored = rows_stored ? a.rows : a.cols;
  const auto scaled = [&](index line, index k) {
    const double value = static_cast<double>(values[k]);
    if (a.column_scale == nullptr) return value;
    return value * a.column_scale[rows_stored ? static_cast<index>(indices[k]) : line];
  };
  // Transposed: starts_[j + 1] is where line j goes on, and its end when all are there.
  if (transposed)
    for (index k = 0; k < a.nnz; ++k)
      if (const index j = static_cast<index>(indices[k]); j + 2 <= lines_) ++starts_[j + 2];
  for (index j = 2; transposed && j <= lines_; ++j) starts_[j] += starts_[j - 1];
  for (index l = 0; l < stored; ++l) {
    const auto end = static_cast<index>(starts[l + 1]);
    for (auto k = static_cast<index>(starts[l]); k < end; ++k) {
      const auto across = static_cast<index>(indices[k]);
      transposed ? put(starts_[across + 1]++, l, scaled(l, k)) : put(k, across, scaled(l, k));
    }
    if (!transposed) starts_[l + 1] = end;
  }
}

// visit(indices) with their type.
template <class Visit>
void CompactLines::visit(Visit&& visit) const {
  narrow_ ? visit(short_.data()) : visit(long_.data());
}

void CompactLines::dots(const double* v, double* out) const {
  visit([&](const auto* at) {
    const float* values = values_.data();
    const auto product = [&](index k) { return static_cast<double>(values[k]) * v[at[k]]; };
    for (index l = 0; l < lines_; ++l) {
      const index end = starts_[l + 1];
      index k = starts_[l];
      double sum[4] = {};  // four chains, so that additions do not wait for each other
      for (; k + 4 <= end; k += 4)
        for (index u = 0; u < 4; ++u) sum[u] += product(k + u);
      for (; k < end; ++k) sum[0] += product(k);
      out[l] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
  });
}

void CompactLines::squares(const double* h, double* out) const {
  visit([&](const auto* at) {
    for (index l = 0; l < lines_; ++l) {
      double sum = 0;
      for (index k = starts_[l]; k < starts_[l + 1]; ++k) {
        const double value = static_cast<double>(values_[k]);
        sum += h[at[k]] * value * value;
      }
      out[l] = sum;
    }
  });
}

}  // namespace fenchel

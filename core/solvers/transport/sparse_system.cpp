#include "solvers/transport/sparse_system.hpp"

#include <algorithm>
#include <type_traits>

namespace fenchel {
namespace {

constexpr index kBlocks = 16;        // tasks of one product; independent of threads
constexpr index kSerialNnz = 20000;  // below this a task costs less than waking a thread

// Four partial sums in a fixed order: independent gathers in flight.
template <class T>
double gather_dot(const T* values, const std::int32_t* where, index count, const double* x) {
  double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  index k = 0;
  for (; k + 4 <= count; k += 4) {
    s0 += static_cast<double>(values[k]) * x[where[k]];
    s1 += static_cast<double>(values[k + 1]) * x[where[k + 1]];
    s2 += static_cast<double>(values[k + 2]) * x[where[k + 2]];
    s3 += static_cast<double>(values[k + 3]) * x[where[k + 3]];
  }
  for (; k < count; ++k) s0 += static_cast<double>(values[k]) * x[where[k]];
  return (s0 + s1) + (s2 + s3);
}

}  // namespace

template <class T>
const T* SparseSystem::row_values() const {
  if constexpr (std::is_same_v<T, float>)
    return plan_.value32.data();
  else
    return plan_.value64.data();
}

template <class T>
T* SparseSystem::col_values() {
  if constexpr (std::is_same_v<T, float>)
    return col_value32_.data();
  else
    return col_value64_.data();
}

void SparseSystem::reserve(index n, index m, index nnz, Dtype dtype) {
  n_ = n;
  m_ = m;
  dtype_ = dtype;
  plan_.start.resize(n);
  plan_.count.resize(n);
  plan_.column.resize(nnz);
  col_start_.resize(m + 2);
  col_row_.resize(nnz);
  row_.resize(n);
  if (dtype == Dtype::f32) {
    plan_.value32.resize(nnz);
    col_value32_.resize(nnz);
  } else {
    plan_.value64.resize(nnz);
    col_value64_.resize(nnz);
  }
}

index SparseSystem::bytes(index n, index m, index nnz, Dtype dtype) {
  return n * 20 + m * 8 + nnz * 2 * (4 + (dtype == Dtype::f32 ? 4 : 8));
}

// Counting sort by column, rows in order within each: the order of extraction does not show.
void SparseSystem::index_columns() {
  std::fill_n(col_start_.data(), m_ + 2, index{0});
  index* next = col_start_.data() + 2;  // shifted by one more, so that filling leaves the starts in place
  for (index i = 0; i < n_; ++i)
    for (index k = plan_.start[i]; k < plan_.start[i] + plan_.count[i]; ++k)
      if (plan_.column[k] + 1 < m_) ++next[plan_.column[k]];
  for (index j = 1; j < m_; ++j) col_start_[j + 1] += col_start_[j];
  next = col_start_.data() + 1;
  visit_real(dtype_, [&](auto zero) {
    using T = decltype(zero);
    const T* values = row_values<T>();
    T* out = col_values<T>();
    for (index i = 0; i < n_; ++i) {
      for (index k = plan_.start[i]; k < plan_.start[i] + plan_.count[i]; ++k) {
        const index to = next[plan_.column[k]]++;
        col_row_[to] = static_cast<std::int32_t>(i);
        out[to] = values[k];
      }
    }
  });
}

template <class Body>
void SparseSystem::in_blocks(index count, Body&& body) {
  if (pool_ == nullptr || pool_->threads() == 1 || plan_.nnz < kSerialNnz) {
    body(index{0}, count);
    return;
  }
  const index size = (count + kBlocks - 1) / kBlocks;
  const auto task = [&](index block, int) { body(std::min(count, block * size), std::min(count, (block + 1) * size)); };
  pool_->run(kBlocks, task, [] { return true; });
}

void SparseSystem::multiply(const double* v, double* out) {
  visit_real(dtype_, [&](auto zero) {
    const auto* values = row_values<decltype(zero)>();
    in_blocks(n_, [&](index begin, index end) {
      for (index i = begin; i < end; ++i)
        out[i] = gather_dot(values + plan_.start[i], plan_.column.data() + plan_.start[i], plan_.count[i], v);
    });
  });
}

void SparseSystem::multiply_transposed(const double* u, double* out) {
  visit_real(dtype_, [&](auto zero) {
    const auto* values = col_values<decltype(zero)>();
    in_blocks(m_, [&](index begin, index end) {
      for (index j = begin; j < end; ++j)
        out[j] =
            gather_dot(values + col_start_[j], col_row_.data() + col_start_[j], col_start_[j + 1] - col_start_[j], u);
    });
  });
}

bool SparseSystem::square_sums(const double* w, double* out) {
  visit_real(dtype_, [&](auto zero) {
    const auto* values = col_values<decltype(zero)>();
    in_blocks(m_, [&](index begin, index end) {
      for (index j = begin; j < end; ++j) {
        double sum = 0;
        for (index k = col_start_[j]; k < col_start_[j + 1]; ++k) {
          const auto value = static_cast<double>(values[k]);
          sum += value * value * w[col_row_[k]];
        }
        out[j] = sum;
      }
    });
  });
  return true;
}

}  // namespace fenchel

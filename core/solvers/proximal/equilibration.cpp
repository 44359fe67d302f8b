#include "solvers/proximal/equilibration.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {
namespace {

using Lengths = std::vector<double>;
constexpr int kRounds = 10;
constexpr double kFarthest = 1e6;  // from the largest length

std::size_t at(index i) { return static_cast<std::size_t>(i); }

template <class T, class I, class F>
void visit_compressed(const StoredMatrix& m, F&& f) {
  const bool by_column = m.layout == StoredMatrix::Layout::csc;
  const T* values = static_cast<const T*>(m.values);
  const I *starts = static_cast<const I*>(m.indptr), *inner = static_cast<const I*>(m.indices);
  for (index k = 0; k < (by_column ? m.cols : m.rows); ++k)
    for (I e = starts[k]; e < starts[k + 1]; ++e) {
      const auto other = static_cast<index>(inner[e]);
      const index i = by_column ? other : k, j = by_column ? k : other;
      f(i, j, static_cast<double>(values[e]) * (m.column_scale == nullptr ? 1.0 : m.column_scale[j]));
    }
}

// f(i, j, entry) for what is stored.
template <class F>
void visit_entries(const StoredMatrix& m, F&& f) {
  visit_real(m.dtype, [&](auto zero) {
    using T = decltype(zero);
    if (m.layout != StoredMatrix::Layout::dense) {
      if (m.index_dtype == Dtype::i32)
        visit_compressed<T, std::int32_t>(m, f);
      else
        visit_compressed<T, std::int64_t>(m, f);
      return;
    }
    const T* values = static_cast<const T*>(m.values);
    for (index i = 0; i < m.rows; ++i)
      for (index j = 0; j < m.cols; ++j)
        f(i, j,
          static_cast<double>(values[i * m.row_stride + j * m.col_stride]) *
              (m.column_scale == nullptr ? 1.0 : m.column_scale[j]));
  });
}

struct Block {
  const Operator* A;
  index start, count;
  bool free_rows;
  double norm;  // of an operator without entries
};

// R K C as an operator, to take the norm of.
class Scaled final : public OperatorOf<Scaled> {
 public:
  Scaled(const std::vector<Block>& blocks, const Lengths& r, const Lengths& c, index cols)
      : blocks_(blocks), r_(r), c_(c), cols_(cols) {
    for (const Block& b : blocks) scratch_ = std::max(scratch_, b.A == nullptr ? 0 : b.A->scratch_bytes());
  }
  index rows() const override { return static_cast<index>(r_.size()); }
  index cols() const override { return cols_; }
  index scratch_bytes() const override { return scratch_ + scratch_for<double>(rows() + 2 * cols_); }
  template <class T>
  void apply_to(const T* x, T* y, Scratch scratch) const {
    T* scaled = scratch.take<T>(cols_);
    for (index j = 0; j < cols_; ++j) scaled[j] = static_cast<T>(c_[at(j)]) * x[j];
    for (const Block& b : blocks_) {
      if (b.A == nullptr)
        std::copy_n(scaled, b.count, y + b.start);
      else
        b.A->apply(scaled, y + b.start, scratch);
    }
    for (index i = 0; i < rows(); ++i) y[i] *= static_cast<T>(r_[at(i)]);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    T *scaled = scratch.take<T>(rows()), *part = scratch.take<T>(cols_);
    for (index i = 0; i < rows(); ++i) scaled[i] = static_cast<T>(r_[at(i)]) * y[i];
    std::fill_n(x, cols_, T(0));
    for (const Block& b : blocks_) {
      const T* from = scaled + b.start;
      if (b.A != nullptr) b.A->adjoint(scaled + b.start, part, scratch);
      for (index j = 0; j < cols_; ++j) x[j] += b.A == nullptr ? from[j] : part[j];
    }
    for (index j = 0; j < cols_; ++j) x[j] *= static_cast<T>(c_[at(j)]);
  }

 private:
  const std::vector<Block>& blocks_;
  const Lengths &r_, &c_;
  index cols_, scratch_ = 0;
};

// What is largest (or the sum) in each row and column of R |K| C.
void measure(const std::vector<Block>& blocks, const Lengths& r, const Lengths& c, index cols, bool sums,
             Lengths& by_row, Lengths& by_col) {
  std::fill(by_row.begin(), by_row.end(), 0.0);
  std::fill(by_col.begin(), by_col.end(), 0.0);
  const auto add = [sums](double& to, double value) { to = sums ? to + value : std::max(to, value); };
  for (const Block& b : blocks) {
    const auto entry = [&](index i, index j, double value) {
      const double size = std::abs(value) * r[at(b.start + i)] * c[at(j)];
      add(by_row[at(b.start + i)], size);
      add(by_col[at(j)], size);
    };
    if (b.A == nullptr) {
      for (index j = 0; j < b.count; ++j) entry(j, j, 1.0);
    } else if (b.A->stored() != nullptr) {
      visit_entries(*b.A->stored(), entry);
    } else {  // as far as one can see, norm times an isometry
      double widest = 0;
      for (index j = 0; j < cols; ++j) widest = std::max(widest, c[at(j)]);
      for (index i = 0; i < b.count; ++i) add(by_row[at(b.start + i)], b.norm * r[at(b.start)] * widest);
      for (index j = 0; j < cols; ++j) add(by_col[at(j)], b.norm * r[at(b.start)] * c[at(j)]);
    }
  }
}

void divide_by_root(Lengths& lengths, const Lengths& sizes, index start, index count, bool free) {
  double most = 0;
  for (index i = start; i < start + count; ++i) most = std::max(most, sizes[at(i)]);
  for (index i = start; i < start + count; ++i) {
    const double size = free ? sizes[at(i)] : most;
    if (size > 0) lengths[at(i)] /= std::sqrt(size);
  }
}

// Lengths of empty rows and of hopeless ones are bounded by the others.
void bound(Lengths& lengths) {
  double most = 0;
  for (const double l : lengths) most = std::max(most, l);
  for (double& l : lengths) l = std::max(l, most / kFarthest);
}

}  // namespace

Equilibration::Equilibration(const CompositeProblem& problem, index first, index skipped, bool columns,
                             index* products) {
  const index cols = problem.size() - problem.tail();
  std::vector<Block> blocks;
  index start = 0;
  for (index k = first; k < static_cast<index>(problem.summands().size()); ++k) {
    if (k == skipped) continue;
    const Summand& s = problem.summands()[at(k)];
    const index count = s.A == nullptr ? cols : s.A->rows();
    const bool entries = s.A == nullptr || s.A->stored() != nullptr;
    blocks.push_back({s.A.get(), start, count, entries && (s.g->caps() & PROX_VECTOR_STEP) != 0,
                      entries ? kNaN : spectral_norm(*s.A, products)});
    start += count;
  }
  rows_.assign(at(start), 1.0);
  cols_.assign(at(problem.size()), 1.0);
  const bool free_cols =
      columns && (skipped < 0 || (problem.summands()[at(skipped)].g->caps() & PROX_VECTOR_STEP) != 0);
  Lengths by_row(rows_.size()), by_col(cols_.size());
  for (int round = 0; round <= kRounds; ++round) {
    measure(blocks, rows_, cols_, cols, round == kRounds, by_row, by_col);
    for (const Block& b : blocks) divide_by_root(rows_, by_row, b.start, b.count, b.free_rows);
    if (free_cols) divide_by_root(cols_, by_col, 0, cols, true);
  }
  bound(rows_);
  if (free_cols) bound(cols_);
  bool plain = std::all_of(cols_.begin(), cols_.begin() + cols, [this](double c) { return c == cols_[0]; });
  double squares = 0;  // where each block has one number, its norm is known
  for (const Block& b : blocks) {
    const double norm = b.A == nullptr ? 1.0 : b.norm;
    squares += norm * norm * rows_[at(b.start)] * rows_[at(b.start)] * cols_[0] * cols_[0];
    plain = plain && !b.free_rows;
  }
  double norm = std::sqrt(squares);
  if (!plain || std::isnan(norm)) norm = spectral_norm(Scaled(blocks, rows_, cols_, cols), products);
  norm_ = norm > 0 ? norm : 1.0;
}

}  // namespace fenchel

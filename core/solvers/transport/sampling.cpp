// sampling.cpp -- pairs (i, j) drawn from a plan; a function of plan, mode and seed alone.
//
//   per row               a column for each row, by inversion
//   joint                 independent pairs: a row by its marginal, then a column
//   without replacement   every entry gets the key -log(u_ij) / P_ij; the smallest keys, in order, are a successive
//   sample
//                         (Efraimidis and Spirakis 2006)
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "solvers/transport/solver_impl.hpp"

namespace fenchel {
namespace {

constexpr std::uint64_t kRowStream = 0, kPairStream = 1, kKeyStream = 2;

struct Draw {
  index row;
  double level;  // in (0, 1), of the row's mass
  index sample;
};

// The first column at which the running sum exceeds level * (the sum): never one without mass.
template <class Value>
index invert(const Value& value, index m, double level) {
  double total = 0;
  for (index j = 0; j < m; ++j) total += value(j);
  if (!(total > 0)) return -1;
  double sum = 0;
  index last = -1;
  for (index j = 0; j < m; ++j) {
    if (!(value(j) > 0)) continue;
    last = j;
    if ((sum += value(j)) > level * total) return j;
  }
  return last;
}

struct RowSampler {
  Dtype dtype;
  index m;
  const std::vector<Draw>* draws;       // by row
  const std::vector<index>* row_begin;  // (n + 1) into draws
  index* cols;                          // by sample
  static void visit(void* user, index row, int, const void* values) {
    const auto* self = static_cast<const RowSampler*>(user);
    const auto value = [&](index j) {
      return self->dtype == Dtype::f32 ? static_cast<double>(static_cast<const float*>(values)[j])
                                       : static_cast<const double*>(values)[j];
    };
    const auto at = static_cast<std::size_t>(row);
    for (index d = (*self->row_begin)[at]; d < (*self->row_begin)[at + 1]; ++d) {
      const Draw& draw = (*self->draws)[static_cast<std::size_t>(d)];
      self->cols[draw.sample] = invert(value, self->m, draw.level);
    }
  }
};

// All entries' keys, the smallest kept in a heap.
struct KeySampler {
  struct Key {
    double key;
    index row, col;
    bool operator<(const Key& other) const {
      return key < other.key || (key == other.key && (row < other.row || (row == other.row && col < other.col)));
    }
  };
  Dtype dtype;
  index m;
  std::size_t count;
  std::uint64_t seed;
  std::vector<Key> heap;
  static void visit(void* user, index row, int, const void* values) {
    auto* self = static_cast<KeySampler*>(user);
    const Philox random(self->seed, kKeyStream);
    for (index j = 0; j < self->m; ++j) {
      const double p = self->dtype == Dtype::f32 ? static_cast<double>(static_cast<const float*>(values)[j])
                                                 : static_cast<const double*>(values)[j];
      if (!(p > 0)) continue;
      const Key key{-std::log(random.uniform(static_cast<std::uint64_t>(row * self->m + j))) / p, row, j};
      if (self->heap.size() < self->count) {
        self->heap.push_back(key);
        std::push_heap(self->heap.begin(), self->heap.end());
      } else if (key < self->heap.front()) {
        std::pop_heap(self->heap.begin(), self->heap.end());
        self->heap.back() = key;
        std::push_heap(self->heap.begin(), self->heap.end());
      }
    }
  }
};

std::vector<Draw> draw_joint(const double* p, index n, index count, std::uint64_t seed) {
  std::vector<double> cumulative(static_cast<std::size_t>(n));
  double mass = 0;
  index last = 0;
  for (index i = 0; i < n; ++i) {
    cumulative[static_cast<std::size_t>(i)] = (mass += p[i]);
    if (p[i] > 0) last = i;
  }
  const Philox random(seed, kPairStream);
  std::vector<Draw> draws(static_cast<std::size_t>(count));
  for (index s = 0; s < count; ++s) {
    const double level = random.uniform(2 * static_cast<std::uint64_t>(s)) * mass;
    const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), level);
    const index row = std::min<index>(found - cumulative.begin(), last);
    draws[static_cast<std::size_t>(s)] = {row, random.uniform(2 * static_cast<std::uint64_t>(s) + 1), s};
  }
  return draws;
}

void sample_columns(const TransportState& s, std::vector<Draw> draws, index* cols) {
  std::stable_sort(draws.begin(), draws.end(), [](const Draw& x, const Draw& y) { return x.row < y.row; });
  std::vector<index> begin(static_cast<std::size_t>(s.n()) + 1, 0);
  for (const Draw& draw : draws) ++begin[static_cast<std::size_t>(draw.row) + 1];
  for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  RowSampler sampler{s.problem->geometry().dtype(), s.m(), &draws, &begin, cols};
  with_pool(s, [&](ThreadPool&) { s.engine->for_each_row(s.F.data(), s.G.data(), RowSampler::visit, &sampler); });
}

void write_indices(const std::vector<index>& values, const ArrayView& out) {
  for (std::size_t s = 0; s < values.size(); ++s) out.at<std::int64_t>(static_cast<index>(s)) = values[s];
}

}  // namespace

void TransportSolver::sample(int mode, std::uint64_t seed, const ArrayView& rows, const ArrayView& cols) const {
  const TransportState& s = impl_->state;
  const index count = rows.shape[0];
  std::vector<index> row_out(static_cast<std::size_t>(count));
  std::vector<index> col_out(static_cast<std::size_t>(count), -1);
  if (mode == 0) {
    if (count != s.n())
      fail(Status::SHAPE, "rows has % elements: sampling per row needs one for each of the % rows", count, s.n());
    const Philox random(seed, kRowStream);
    std::vector<Draw> draws(static_cast<std::size_t>(count));
    for (index i = 0; i < count; ++i) {
      row_out[static_cast<std::size_t>(i)] = i;
      draws[static_cast<std::size_t>(i)] = {i, random.uniform(static_cast<std::uint64_t>(i)), i};
    }
    sample_columns(s, std::move(draws), col_out.data());
  } else if (mode == 1) {
    Buffer<double> p(s.n());
    Buffer<double> q(s.m());
    with_pool(s, [&](ThreadPool&) { s.engine->marginals(s.F.data(), s.G.data(), p.data(), q.data()); });
    std::vector<Draw> draws = draw_joint(p.data(), s.n(), count, seed);
    for (index k = 0; k < count; ++k) row_out[static_cast<std::size_t>(k)] = draws[static_cast<std::size_t>(k)].row;
    sample_columns(s, std::move(draws), col_out.data());
  } else if (mode == 2) {
    KeySampler sampler{s.problem->geometry().dtype(), s.m(), static_cast<std::size_t>(count), seed, {}};
    sampler.heap.reserve(sampler.count);
    if (count > 0) s.engine->for_each_row(s.F.data(), s.G.data(), KeySampler::visit, &sampler);
    if (sampler.heap.size() < sampler.count)
      fail(Status::RANGE, "% pairs without replacement were asked for: the plan has only % positive entries", count,
           static_cast<index>(sampler.heap.size()));
    std::sort_heap(sampler.heap.begin(), sampler.heap.end());
    for (std::size_t k = 0; k < sampler.count; ++k) {
      row_out[k] = sampler.heap[k].row;
      col_out[k] = sampler.heap[k].col;
    }
  } else {
    fail(Status::RANGE, "mode is %: legal are 0 (per row), 1 (joint) and 2 (without replacement)", mode);
  }
  write_indices(row_out, rows);
  write_indices(col_out, cols);
}

}  // namespace fenchel

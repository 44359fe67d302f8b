#include "solvers/coordinate/bcd_state.hpp"

#include "solvers/coordinate/bcd_dense.hpp"

namespace fenchel {
namespace {

constexpr index kFactorValues = 1 << 25;  // of fixed blocks that are kept: 256 MB

std::unique_ptr<BcdModel> make_model(const Smooth& f) {
  return f.hessian() != nullptr ? make_quadratic_bcd_model(f) : make_linear_bcd_model(f);
}

}  // namespace

BcdState::BcdState(const CompositeProblem& problem, const MinimizeSettings& settings_in)
    : settings(settings_in),
      model(make_model(*problem.f())),
      simple(problem.summands().empty() ? nullptr : problem.summands().front().g.get(),
             problem.size() - problem.tail()),
      block_size(std::min<index>(settings_in.block_size == 0 ? 5 : settings_in.block_size, problem.size())),
      g(problem.size()),
      d(problem.size()),
      extra(problem.size()) {
  if (model->coupling() != nullptr) forests = ForestSolver(n());
}

double BcdState::largest_curvature() const {
  const double* L = model->diagonal();
  return std::max(*std::max_element(L, L + n()), floor_);
}

void BcdState::prepare(const PartitionRule& partition, bool factors) {
  d.fill(0);
  if (model->bounded()) {
    const double* L = model->diagonal();
    const double most = *std::max_element(L, L + n());
    floor_ = most > 0 ? 1e-12 * most : 1.0;
  } else {
    floor_ = 1e-12;
  }
  index kept = 0;
  largest_block = block_size;
  for (index id = 0; id < partition.count(); ++id) {
    const Block block = partition.block(id);
    if (!block.forest) kept += block.size * block.size;
    if (!block.forest) largest_block = std::max(largest_block, block.size);
  }
  H.resize(largest_block * largest_block);
  work.resize(2 * largest_block * largest_block);
  if (partition.count() == 0 || !model->bounded()) return;
  const bool keep = factors && kept <= kFactorValues;
  lipschitz_.resize(partition.count());
  rows_.resize(n());
  factor_at_.resize(keep ? partition.count() : 0);
  factors_.resize(keep ? kept : 0);
  index at = 0;
  for (index id = 0; id < partition.count(); ++id) {
    const Block block = partition.block(id);
    if (block.forest) {
      lipschitz_[id] = forest_norm(block, rows_.data());
      continue;
    }
    model->bound(block, H.data());
    lipschitz_[id] = block_norm(block.size, H.data(), work.data());
    for (index i = 0; i < block.size; ++i) {
      rows_[block.members[i]] = 0;
      for (index j = 0; j < block.size; ++j) rows_[block.members[i]] += std::abs(H[i * block.size + j]);
    }
    if (!keep) continue;
    for (index i = 0; i < block.size; ++i) H[i * block.size + i] += simple.l2(block.members[i]);
    factor_block(block.size, H.data());
    factor_at_[id] = at;
    std::copy_n(H.data(), block.size * block.size, factors_.data() + at);
    at += block.size * block.size;
  }
}

// The largest row sum within a forest; also written to rows.
double BcdState::forest_norm(const Block& block, double* rows) {
  for (index i = 0; i < block.size; ++i) d[block.members[i]] = 1;
  double most = 0;
  for (index i = 0; i < block.size; ++i) {
    double sum = 0;
    model->coupling()->visit(block.members[i], [&](index j, double h) { sum += d[j] == 1 ? std::abs(h) : 0.0; });
    if (rows != nullptr) rows[block.members[i]] = sum;
    most = std::max(most, sum);
  }
  for (index i = 0; i < block.size; ++i) d[block.members[i]] = 0;
  return most;
}

double BcdState::block_lipschitz(const Block& block) {
  if (block.id >= 0 && !lipschitz_.empty()) return std::max(lipschitz_[block.id], floor_);
  if (!model->bounded()) {
    double most = 0;
    for (index i = 0; i < block.size; ++i) most = std::max(most, curvature(block.members[i]));
    return most * static_cast<double>(block.size);
  }
  if (block.forest) {
    double most = 0;
    for (index i = 0; i < block.size; ++i) most = std::max(most, model->row_sums()[block.members[i]]);
    return std::max(most, floor_);
  }
  model->bound(block, H.data());
  return std::max(block_norm(block.size, H.data(), work.data()), floor_);
}

double BcdState::diagonal_bound(index j) const {
  if (!rows_.empty()) return std::max(rows_[j], floor_);
  const double any = static_cast<double>(block_size) * curvature(j);
  return model->row_sums() == nullptr ? any : std::max(floor_, std::min(any, model->row_sums()[j]));
}

const double* BcdState::factor(const Block& block) {
  if (block.id >= 0 && !factors_.empty()) return factors_.data() + factor_at_[block.id];
  model->bound(block, H.data());
  for (index i = 0; i < block.size; ++i) H[i * block.size + i] += simple.l2(block.members[i]);
  factor_block(block.size, H.data());
  return H.data();
}

void BcdState::smooth_gradient(const Block& block) {
  model->gradient(block, g.data());
  for (index i = 0; i < block.size; ++i) {
    const index j = block.members[i];
    g[i] += simple.l2(j) * x()[j];
  }
}

double BcdState::solve(const Block& block, double* step) {
  if (!block.forest) return solve_block(block.size, factor(block), step);
  for (index i = 0; i < block.size; ++i) extra[i] = simple.l2(block.members[i]);
  return forests.solve(*model->coupling(), block.members, block.size, extra.data(), step);
}

double BcdState::simple_change(const Block& block, const double* step, double t) const {
  if (!simple.present()) return 0;
  double sum = 0;
  for (index i = 0; i < block.size; ++i) {
    if (step[i] == 0) continue;
    const index j = block.members[i];
    sum += simple.difference(j, x()[j], simple.land(j, x()[j] + t * step[i]));
  }
  return sum;
}

}  // namespace fenchel

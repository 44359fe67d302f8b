// selection_threshold.cpp -- gsq_iht: the block of k coordinates with the largest decrease of the quadratic bound,
// approximately, by iterative hard thresholding
//
//   d <- T_k(d - (g + H d) / lambda_max(H)),   ten rounds from d = T_k(-g / D)
//
// and then the better of first and last support by its exact decrease: never worse than gsd.
#include <cmath>

#include "solvers/coordinate/block_update_model.hpp"
#include "solvers/coordinate/selection_rules.hpp"

namespace fenchel {
namespace {

constexpr int kRounds = 10;
constexpr double kSame = 1e-10;

class Threshold final : public SelectionRule {
 public:
  Threshold(const SelectionSpec& spec)
      : state_(spec.state), partition_(spec.partition), model_(spec.state), size_(spec.state.block_size) {
    model_.resize(state_.largest_block);
    for (Buffer<double>* buffer : {&scores_, &product_, &point_}) buffer->resize(state_.n());
    d_.resize(size_);
    first_.resize(size_);
    last_.resize(size_);
    double most = 0;  // of the largest eigenvalue
    const double* sums = state_.model->row_sums();
    double trace = 0;
    for (index j = 0; j < state_.n(); ++j) {
      most = std::max(most, sums == nullptr ? 0.0 : sums[j]);
      trace += state_.curvature(j);
    }
    lipschitz_ = sums == nullptr ? power_bound(trace) : most;
  }
  Block next() override {
    const double* g = state_.model->gradient();
    for (index j = 0; j < state_.n(); ++j) {
      double d;
      scores_[j] = state_.decrease(j, g[j], state_.diagonal_bound(j), &d);
    }
    Block block = gathered(first_);
    for (index i = 0; i < block.size; ++i) {
      const index j = block.members[i];
      state_.decrease(j, g[j], state_.diagonal_bound(j), &d_[i]);
    }
    const Block start = block;
    for (int round = 0; round < kRounds; ++round) {
      const double moved = threshold(g, block);
      block = gathered(last_);
      for (index i = 0; i < block.size; ++i) d_[i] = point_[block.members[i]];
      if (moved < kSame) break;
    }
    return model_.bound_decrease(block) > model_.bound_decrease(start) ? block : start;
  }

 private:
  // A block in memory of ours: what gather returns lasts until its next call.
  Block gathered(Buffer<index>& members) {
    const Block block = partition_.gather(scores_.data());
    std::copy_n(block.members, block.size, members.data());
    return {members.data(), block.size};
  }
  // point_ and scores_ of the next support; returns how far the point is from d.
  double threshold(const double* g, const Block& block) {
    const double step = 1 / lipschitz_;
    state_.model->bound_product(block, d_.data(), product_.data());
    for (index j = 0; j < state_.n(); ++j) point_[j] = 0;
    for (index i = 0; i < block.size; ++i) point_[block.members[i]] = d_[i];
    double moved = 0;
    for (index j = 0; j < state_.n(); ++j) {
      const double x = state_.x()[j];
      const double next = state_.simple.prox(j, x + point_[j] - step * (g[j] + product_[j]), step) - x;
      moved += std::abs(next - point_[j]);
      point_[j] = next;
      scores_[j] = next * next;
    }
    return moved;
  }
  // Twenty power steps with a margin; the trace bounds it for certain.
  double power_bound(double trace) {
    const index n = state_.n();
    Buffer<index> all(n);
    Buffer<double> v(n), out(n);
    for (index j = 0; j < n; ++j) {
      all[j] = j;
      v[j] = 1 / std::sqrt(static_cast<double>(n));
    }
    double norm = 0;
    for (int step = 0; step < 20; ++step) {
      state_.model->bound_product({all.data(), n}, v.data(), out.data());
      norm = 0;
      for (index j = 0; j < n; ++j) norm += out[j] * out[j];
      norm = std::sqrt(norm);
      if (!(norm > 0)) return trace;
      for (index j = 0; j < n; ++j) v[j] = out[j] / norm;
    }
    return std::min(trace, 1.2 * norm);
  }

  BcdState& state_;
  PartitionRule& partition_;
  BlockModel model_;
  index size_;
  double lipschitz_ = 1;
  Buffer<double> scores_, product_, point_, d_;
  Buffer<index> first_, last_;
};

}  // namespace

std::unique_ptr<SelectionRule> selection_gsq_iht(const SelectionSpec& spec) {
  return std::make_unique<Threshold>(spec);
}

}  // namespace fenchel

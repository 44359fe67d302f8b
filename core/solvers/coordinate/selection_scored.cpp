// selection_scored.cpp -- Gauss-Southwell rules: a block's score is the sum of its coordinates', a coordinate's is the
// decrease that a bound with curvature c_j promises,
//
//   max_d  -(g_j d + c_j d^2 / 2 + g(x_j + d) - g(x_j))      (g_j^2 / (2 c_j) without a simple term)
//
// gsl: c_j = L of the block (of the coordinate, where blocks are made for the step);  gsd: c_j = D_j, diag(D) a bound
// of the block's Hessian;  gs: c_j the same for all, and the score is the squared length of the step.
#include "solvers/coordinate/selection_rules.hpp"

namespace fenchel {
namespace {

enum class Score { step, lipschitz, diagonal };

class Scored final : public SelectionRule {
 public:
  Scored(const SelectionSpec& spec, Score score)
      : state_(spec.state), partition_(spec.partition), score_(score), scores_(spec.state.n()) {}
  Block next() override {
    const double* g = state_.model->gradient();
    const double common = score_ == Score::step ? state_.largest_curvature() : 0.0;
    if (partition_.count() == 0) {
      for (index j = 0; j < state_.n(); ++j)
        scores_[j] = score(j, g[j], score_ == Score::step ? common : own_constant(j));
      return partition_.gather(scores_.data());
    }
    index best = 0;
    double most = -1;
    for (index id = 0; id < partition_.count(); ++id) {
      const Block block = partition_.block(id);
      const double shared = score_ == Score::lipschitz ? state_.block_lipschitz(block) : common;
      double sum = 0;
      for (index i = 0; i < block.size; ++i) {
        const index j = block.members[i];
        sum += score(j, g[j], score_ == Score::diagonal ? state_.diagonal_bound(j) : shared);
      }
      if (sum > most) {
        most = sum;
        best = id;
      }
    }
    return partition_.block(best);
  }

 private:
  double own_constant(index j) const {
    return score_ == Score::diagonal ? state_.diagonal_bound(j) : state_.curvature(j);
  }
  double score(index j, double g, double c) const {
    double d;
    const double decrease = state_.decrease(j, g, c, &d);
    return score_ == Score::step ? c * d * d : decrease;
  }
  BcdState& state_;
  PartitionRule& partition_;
  Score score_;
  Buffer<double> scores_;
};

}  // namespace

std::unique_ptr<SelectionRule> selection_gs(const SelectionSpec& spec) {
  return std::make_unique<Scored>(spec, Score::step);
}
std::unique_ptr<SelectionRule> selection_gsl(const SelectionSpec& spec) {
  return std::make_unique<Scored>(spec, Score::lipschitz);
}
std::unique_ptr<SelectionRule> selection_gsd(const SelectionSpec& spec) {
  return std::make_unique<Scored>(spec, Score::diagonal);
}

}  // namespace fenchel

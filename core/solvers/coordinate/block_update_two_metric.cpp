// block_update_two_metric.cpp -- tmp: a step of two-metric projection; a step of line_search_L where it finds none.
#include "solvers/coordinate/block_update_projection.hpp"
#include "solvers/coordinate/block_update_rules.hpp"

namespace fenchel {
namespace {

class TwoMetricUpdate final : public BlockUpdateRule {
 public:
  explicit TwoMetricUpdate(BcdState& state) : projection_(state), fallback_(block_update_line_search_L(state)) {
    projection_.resize(state.largest_block);
  }
  void start() override { fallback_->start(); }
  double propose(const Block& block) override {
    const double t = projection_.propose(block);
    return t > 0 ? t : fallback_->propose(block);
  }

 private:
  TwoMetric projection_;
  std::unique_ptr<BlockUpdateRule> fallback_;
};

}  // namespace

std::unique_ptr<BlockUpdateRule> block_update_tmp(BcdState& state) { return std::make_unique<TwoMetricUpdate>(state); }

}  // namespace fenchel

// selection_quadratic.cpp -- rules that try every fixed block: gsq by the decrease of the block's quadratic bound
// (g_b' H_bb^+ g_b / 2; with kinks the minimum of its proximal model), mgd by the decrease of the objective that the
// block's update would bring.
#include "solvers/coordinate/block_update_model.hpp"
#include "solvers/coordinate/selection_rules.hpp"

namespace fenchel {
namespace {

class Quadratic final : public SelectionRule {
 public:
  explicit Quadratic(const SelectionSpec& spec) : state_(spec.state), partition_(spec.partition), model_(spec.state) {
    model_.resize(state_.largest_block);
  }
  Block next() override {
    state_.model->gradient();
    index best = 0;
    double most = -1;
    for (index id = 0; id < partition_.count(); ++id) {
      const Block block = partition_.block(id);
      const double decrease = model_.bound_decrease(block);
      if (decrease > most) {
        most = decrease;
        best = id;
      }
    }
    return partition_.block(best);
  }

 private:
  BcdState& state_;
  PartitionRule& partition_;
  BlockModel model_;
};

class Maximal final : public SelectionRule {
 public:
  explicit Maximal(const SelectionSpec& spec) : state_(spec.state), partition_(spec.partition), update_(spec.update) {}
  Block next() override {
    state_.model->gradient();
    index best = 0;
    double least = kInf;
    for (index id = 0; id < partition_.count(); ++id) {
      const Block block = partition_.block(id);
      const double t = update_.propose(block);
      const double change = t > 0 ? state_.model->change(t) + state_.simple_change(block, state_.d.data(), t) : 0.0;
      if (change < least) {
        least = change;
        best = id;
      }
    }
    return partition_.block(best);
  }

 private:
  BcdState& state_;
  PartitionRule& partition_;
  BlockUpdateRule& update_;
};

}  // namespace

std::unique_ptr<SelectionRule> selection_gsq(const SelectionSpec& spec) { return std::make_unique<Quadratic>(spec); }
std::unique_ptr<SelectionRule> selection_mgd(const SelectionSpec& spec) { return std::make_unique<Maximal>(spec); }

}  // namespace fenchel

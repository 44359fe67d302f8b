// sweeps.cpp -- method `sinkhorn`: alternate maximisation of the dual, one fused log-domain pass an iteration.
//
//   F_i <- F_i + log2 a_i - log2 (P 1)_i,  then  G_j <- G_j + log2 b_j - log2 (P^T 1)_j      (balanced)
//   residual  L1 error of the marginals of the pair the sweep starts from; monotone (Cuturi 2013; Peyre and Cuturi
//   2019, sec. 4.2)
#include "solvers/transport/state.hpp"

namespace fenchel {
namespace {

class Sweeps final : public TransportIteration {
 public:
  using TransportIteration::TransportIteration;
  void start() override { state_.set_start(state_.problem->spec().eps); }
  StepReport step() override {
    const bool first = state_.result.iterations == 0;
    const double residual = sweep_iteration();
    return {residual,
            !first};  // before the first sweep the columns are not yet exact: the row error alone says nothing
  }
};

}  // namespace

std::unique_ptr<TransportIteration> make_sweeps(TransportState& state) { return std::make_unique<Sweeps>(state); }

}  // namespace fenchel

// block_memory.cpp -- what the block model takes when it is made: all that it will need.
#include <algorithm>

#include "linsolve/cholesky.hpp"
#include "linsolve/gemm.hpp"
#include "linsolve/symmetric_eigen.hpp"
#include "solvers/coordinate/block_model.hpp"

namespace fenchel {
namespace {

constexpr index kMostGram = 3000, kPackDoubles = index{1} << 25;

}  // namespace

BlockModel::Sizes::Sizes(index samples, bool sparse, const BlockPenalty& penalty, index outputs,
                         const MinimizeSettings& settings)
    : n(samples), K(outputs), size(penalty.size()), row(std::max(penalty.largest(), outputs)) {
  const index most = std::max<index>(kPackDoubles / std::max<index>(n, 1), kLargestExact);
  if (K == 1) slots = std::min(size, sparse ? kMostGram : std::min(kMostGram, most));
  pack = sparse ? 0 : slots * n;
  for (index b = 0; b < penalty.count(); ++b)
    if (penalty.length(b) <= kLargestExact) matrix += penalty.length(b) * penalty.length(b);
  const index small = std::min(penalty.largest(), kLargestExact);
  gather = std::max({K > 1 ? n * K : sparse ? n : small * n, small * small, K * K});
  eigen = symmetric_eigen_bytes(std::max(small, K));
  work = std::max(
      {n, gemm_workspace<double>(192, slots, n), gemm_workspace<double>(small, small, n), cholesky_workspace(slots)});
  history = settings.anderson_memory + 1;
  state = std::max({n * K, slots, size});
}

index BlockModel::bytes(index n, bool sparse, const BlockPenalty& penalty, index outputs,
                        const MinimizeSettings& settings) {
  const Sizes s(n, sparse, penalty, outputs, settings);
  const index doubles = 14 * s.size + 4 * s.row + s.n * s.K + s.n + 2 * s.K * s.K + 3 * s.K + s.matrix + s.size * s.K +
                        s.gather + s.pack + 2 * s.slots * s.slots + s.slots + s.work + s.history * (s.size + s.state) +
                        s.state;
  const index indices = 6 * (s.size + 1) + s.size + s.slots;
  return 8 * (doubles + indices) + penalty.count() + s.eigen + BlockStep::bytes(penalty.largest()) + 50 * 64;
}

BlockModel::BlockModel(LiftedDesign& design, const BlockPenalty& penalty, const MinimizeSettings& settings)
    : lifted_(design),
      design_(design.design()),
      penalty_(penalty),
      block_step_(penalty),
      n_(design.samples()),
      outputs_(design.outputs()),
      size_(penalty.size()),
      sparse_(design_.sparse()),
      memory_(settings.anderson_memory),
      use_newton_(settings.newton != 0),
      cg_limit_(settings.cg_max_iter) {
  const Sizes s(n_, sparse_, penalty, outputs_, settings);
  slot_cap_ = s.slots;
  for (Buffer<double>* buffer : {&q_, &x_, &x0_, &grad_, &values_, &direction_, &rhs_, &next_, &product_, &cg_r_,
                                 &cg_z_, &cg_p_, &top_, &inverse_})
    buffer->resize(s.size);
  for (Buffer<double>* buffer : {&move_, &before_, &after_, &block_grad_}) buffer->resize(s.row);
  for (Buffer<double>* buffer : {&M_, &pull_, &spread_}) buffer->resize(s.K);
  for (Buffer<double>* buffer : {&intercept_, &Bplus_}) buffer->resize(s.K * s.K);
  for (Buffer<index>* buffer : {&at_, &c_, &matrix_at_, &place_, &fresh_, &support_}) buffer->resize(s.size + 1);
  slot_ = Buffer<index>(s.size, -1);
  owner_.resize(s.slots);
  state_.resize(s.n * s.K);
  root_h_.resize(s.n);
  matrix_.resize(s.matrix);
  f_.resize(s.size * s.K);
  known_ = Buffer<unsigned char>(penalty.count(), 0);
  gather_.resize(s.gather);
  eigen_memory_.resize(s.eigen);
  pack_.resize(s.pack);
  gram_.resize(s.slots * s.slots);
  factor_.resize(s.slots * s.slots);
  slot_grad_.resize(s.slots);
  work_.resize(s.work);
  past_x_.resize(s.history * s.size);
  past_state_.resize(s.history * s.state);
  full_.resize(s.state);
  index at = 0;
  for (index b = 0; b < penalty.count(); ++b) {
    matrix_at_[b] = at;
    if (has_matrix(b)) at += penalty.length(b) * penalty.length(b);
  }
}

}  // namespace fenchel

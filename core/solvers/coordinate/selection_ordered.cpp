// selection_ordered.cpp -- rules that do not look at the gradient: cyclic, permuted, random, lipschitz. Blocks made for
// each step draw coordinates without replacement: the smallest of E_j / p_j, E_j exponential.
#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "solvers/coordinate/selection_rules.hpp"

namespace fenchel {
namespace {

constexpr std::uint64_t kStream = 0x626364;  // of the seed's numbers, ours

class Draws {
 public:
  explicit Draws(const BcdState& state) : philox_(static_cast<std::uint64_t>(state.settings.seed), kStream) {}
  void start() { next_ = 0; }
  double uniform() { return philox_.uniform(next_++); }
  index below(index n) { return std::min(n - 1, static_cast<index>(uniform() * static_cast<double>(n))); }

 private:
  Philox philox_;
  std::uint64_t next_ = 0;
};

class Cyclic final : public SelectionRule {
 public:
  Cyclic(const SelectionSpec& spec, bool permuted)
      : partition_(spec.partition), permuted_(permuted), draws_(spec.state), order_(spec.partition.count()) {}
  void start() override {
    draws_.start();
    std::iota(order_.begin(), order_.end(), index{0});
    at_ = 0;
  }
  Block next() override {
    if (at_ == 0 && permuted_)
      for (index i = order_.size() - 1; i > 0; --i) std::swap(order_[i], order_[draws_.below(i + 1)]);
    const Block block = partition_.block(order_[at_]);
    at_ = (at_ + 1) % order_.size();
    return block;
  }

 private:
  PartitionRule& partition_;
  bool permuted_;
  Draws draws_;
  Buffer<index> order_;
  index at_ = 0;
};

class Drawn final : public SelectionRule {
 public:
  Drawn(const SelectionSpec& spec, bool weighted)
      : state_(spec.state), partition_(spec.partition), weighted_(weighted), draws_(spec.state) {
    const index blocks = partition_.count();
    sums_.resize(blocks > 0 ? blocks : state_.n());
    double sum = 0;
    for (index id = 0; id < blocks; ++id)
      sums_[id] = sum += weighted ? state_.block_lipschitz(partition_.block(id)) : 1.0;
  }
  void start() override { draws_.start(); }
  Block next() override {
    const index n = sums_.size();
    if (partition_.count() == 0) {
      for (index j = 0; j < n; ++j) {
        const double rate = weighted_ ? state_.curvature(j) : 1.0;
        sums_[j] = rate / -std::log(draws_.uniform());
      }
      return partition_.gather(sums_.data());
    }
    const double level = draws_.uniform() * sums_[n - 1];
    const index id = std::lower_bound(sums_.begin(), sums_.end(), level) - sums_.begin();
    return partition_.block(std::min(id, n - 1));
  }

 private:
  BcdState& state_;
  PartitionRule& partition_;
  bool weighted_;
  Draws draws_;
  Buffer<double> sums_;  // cumulative over fixed blocks, else scores
};

}  // namespace

std::unique_ptr<SelectionRule> selection_cyclic(const SelectionSpec& spec) {
  return std::make_unique<Cyclic>(spec, false);
}
std::unique_ptr<SelectionRule> selection_permuted(const SelectionSpec& spec) {
  return std::make_unique<Cyclic>(spec, true);
}
std::unique_ptr<SelectionRule> selection_random(const SelectionSpec& spec) {
  return std::make_unique<Drawn>(spec, false);
}
std::unique_ptr<SelectionRule> selection_lipschitz(const SelectionSpec& spec) {
  return std::make_unique<Drawn>(spec, true);
}

}  // namespace fenchel

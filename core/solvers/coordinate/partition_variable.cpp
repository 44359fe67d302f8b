// partition_variable.cpp -- the block_size coordinates with the largest scores, chosen anew at each step.
#include <algorithm>

#include "solvers/coordinate/partition_rules.hpp"

namespace fenchel {
namespace {

class VariablePartition final : public PartitionRule {
 public:
  VariablePartition(index n, index size) : size_(std::min(size, n)), order_(n) {}
  Block gather(const double* scores) override {
    const index n = order_.size();
    index filled = 0;
    for (index j = 0; j < n; ++j)
      if (scores[j] > 0) order_[filled++] = j;
    if (filled == 0) order_[filled++] = 0;
    const index size = std::min(size_, filled);
    // Ties: the smaller coordinate.
    const auto better = [scores](index a, index b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; };
    std::nth_element(order_.data(), order_.data() + size - 1, order_.data() + filled, better);
    std::sort(order_.data(), order_.data() + size);
    return {order_.data(), size};
  }

 private:
  index size_;
  Buffer<index> order_;
};

}  // namespace

std::unique_ptr<PartitionRule> partition_variable(const PartitionSpec& spec) {
  return std::make_unique<VariablePartition>(spec.model.size(), spec.block_size);
}

}  // namespace fenchel

// partition_fixed.cpp -- blocks of one size, cut once: consecutive coordinates in the order given (order), in the order
// of their Lipschitz constants (sort), or with large and small constants interleaved (average).
#include <algorithm>
#include <numeric>

#include "solvers/coordinate/partition_rules.hpp"

namespace fenchel {
namespace {

class FixedPartition final : public PartitionRule {
 public:
  FixedPartition(std::vector<index> members, std::vector<index> starts, bool forest, bool diagonal)
      : members_(std::move(members)), starts_(std::move(starts)), forest_(forest), diagonal_(diagonal) {}
  index count() const override { return static_cast<index>(starts_.size()) - 1; }
  Block block(index id) const override {
    const auto at = static_cast<std::size_t>(id);
    return {members_.data() + starts_[at], starts_[at + 1] - starts_[at], id, forest_, diagonal_};
  }

 private:
  std::vector<index> members_, starts_;
  bool forest_, diagonal_;
};

std::unique_ptr<PartitionRule> cut(std::vector<index> members, index size) {
  const auto n = static_cast<index>(members.size());
  std::vector<index> starts;
  for (index at = 0; at < n; at += size) starts.push_back(at);
  starts.push_back(n);
  return make_fixed_partition(std::move(members), std::move(starts), false, false);
}

}  // namespace

std::unique_ptr<PartitionRule> make_fixed_partition(std::vector<index> members, std::vector<index> starts, bool forest,
                                                    bool diagonal) {
  return std::make_unique<FixedPartition>(std::move(members), std::move(starts), forest, diagonal);
}

std::unique_ptr<PartitionRule> make_coloured_partition(const std::vector<index>& colour, index colours, bool diagonal) {
  std::vector<index> starts(static_cast<std::size_t>(colours) + 1, 0), members(colour.size());
  for (const index c : colour) ++starts[static_cast<std::size_t>(c) + 1];
  for (std::size_t c = 0; c < static_cast<std::size_t>(colours); ++c) starts[c + 1] += starts[c];
  std::vector<index> next = starts;
  for (std::size_t j = 0; j < colour.size(); ++j)
    members[static_cast<std::size_t>(next[static_cast<std::size_t>(colour[j])]++)] = static_cast<index>(j);
  return make_fixed_partition(std::move(members), std::move(starts), true, diagonal);
}

std::vector<index> by_curvature(const BcdModel& model) {
  std::vector<index> members(static_cast<std::size_t>(model.size()));
  std::iota(members.begin(), members.end(), index{0});
  const double* L = model.diagonal();
  std::stable_sort(members.begin(), members.end(), [L](index a, index b) { return L[a] > L[b]; });
  return members;
}

std::unique_ptr<PartitionRule> partition_order(const PartitionSpec& spec) {
  std::vector<index> members(static_cast<std::size_t>(spec.model.size()));
  std::iota(members.begin(), members.end(), index{0});
  return cut(std::move(members), spec.block_size);
}

std::unique_ptr<PartitionRule> partition_sort(const PartitionSpec& spec) {
  return cut(by_curvature(spec.model), spec.block_size);
}

std::unique_ptr<PartitionRule> partition_average(const PartitionSpec& spec) {
  const std::vector<index> sorted = by_curvature(spec.model);
  std::vector<index> members;
  for (std::size_t i = 0, j = sorted.size(); i < j;) {
    members.push_back(sorted[i++]);
    if (i < j) members.push_back(sorted[--j]);
  }
  return cut(std::move(members), spec.block_size);
}

}  // namespace fenchel

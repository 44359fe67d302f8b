// partition_rules.hpp -- how coordinates are cut into blocks: one function a rule of partition.def.
#pragma once
#include <memory>
#include <vector>

#include "solvers/composite/minimize_declared.hpp"
#include "solvers/coordinate/bcd_model.hpp"

namespace fenchel {

class PartitionRule {
 public:
  virtual ~PartitionRule() = default;
  virtual index count() const { return 0; }           // of fixed blocks; 0: made for each step
  virtual Block block(index) const { return {}; }     // a fixed one
  virtual Block gather(const double*) { return {}; }  // of coordinates with large scores, until the next call
};

struct PartitionSpec {
  const BcdModel& model;
  index block_size;
};

struct PartitionInfo {
  Partition code;
  const char* name;
  bool fixed;  // blocks are cut once
  bool graph;  // needs the Hessian stored sparse; blocks are forests
  std::unique_ptr<PartitionRule> (*make)(const PartitionSpec& spec);
};

std::unique_ptr<PartitionRule> partition_order(const PartitionSpec& spec);
std::unique_ptr<PartitionRule> partition_sort(const PartitionSpec& spec);
std::unique_ptr<PartitionRule> partition_average(const PartitionSpec& spec);
std::unique_ptr<PartitionRule> partition_variable(const PartitionSpec& spec);
std::unique_ptr<PartitionRule> partition_forest(const PartitionSpec& spec);
std::unique_ptr<PartitionRule> partition_greedy_forest(const PartitionSpec& spec);
std::unique_ptr<PartitionRule> partition_red_black(const PartitionSpec& spec);

inline constexpr PartitionInfo kPartitions[] = {
    {Partition::order, "order", true, false, partition_order},
    {Partition::sort, "sort", true, false, partition_sort},
    {Partition::average, "average", true, false, partition_average},
    {Partition::variable, "variable", false, false, partition_variable},
    {Partition::forest, "forest", true, true, partition_forest},
    {Partition::greedy_forest, "greedy_forest", false, true, partition_greedy_forest},
    {Partition::red_black, "red_black", true, true, partition_red_black},
};

// Fixed blocks from the block of each coordinate: members keep the order they are listed in.
std::unique_ptr<PartitionRule> make_fixed_partition(std::vector<index> members, std::vector<index> starts, bool forest,
                                                    bool diagonal);
std::unique_ptr<PartitionRule> make_coloured_partition(const std::vector<index>& colour, index colours, bool diagonal);

// Coordinates in the order of decreasing diagonal of the Hessian's bound.
std::vector<index> by_curvature(const BcdModel& model);

}  // namespace fenchel

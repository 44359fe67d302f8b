// group_list.hpp -- the groups of a penalty written out for x of a given size.
#pragma once
#include <vector>

#include "prox/prox.hpp"

namespace fenchel {

struct GroupList {
  const Groups* rule = nullptr;  // null: g is no sum over groups that derivatives know
  index count = 0;
  std::vector<index> starts, members;  // (count + 1), coordinates

  GroupList() = default;
  // Groups with x >= 0 are left to the proximal map.
  GroupList(const Prox* g, index size) {
    const Groups* found = g == nullptr || g->soft_box() != nullptr ? nullptr : g->signed_groups();
    if (found == nullptr || found->positive) return;
    rule = found;
    count = found->equal > 0 ? size / found->equal : found->count;
    for (index b = 0; b <= count; ++b) starts.push_back(found->equal > 0 ? b * found->equal : found->starts[b]);
    for (index k = 0; k < starts.back(); ++k) members.push_back(found->equal > 0 ? k : found->members[k]);
  }
  index begin(index b) const { return starts[static_cast<std::size_t>(b)]; }
  index end(index b) const { return starts[static_cast<std::size_t>(b) + 1]; }
  index member(index k) const { return members[static_cast<std::size_t>(k)]; }
  double weight(index b) const { return rule->weights == nullptr ? 1.0 : rule->weights[b]; }
};

}  // namespace fenchel

// separable_sum.cpp -- sum_b g_b(x_b) over consecutive blocks of x, a term each
//
// prox     block by block
// offers   what all its terms offer (blocks.hpp)
#include "prox/calculus/blocks.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(many(term_param(ParamKind::prox, "term", "the term of the next block"))),
    required(indices_param("sizes", "(blocks) lengths of the blocks")),
};

}  // namespace

const TermInfo& term_separable_sum() {
  static constexpr TermInfo info{TermKind::prox, "separable_sum", "sum_b g_b(x_b) over consecutive blocks of x",
                                 kParams, [](const Params& p) -> TermPtr {
                                   return std::make_shared<Blocks>(p.terms<Prox>("term"),
                                                                   copy_indices(p.array("sizes")));
                                 }};
  return info;
}

}  // namespace fenchel

// rowwise.cpp -- sum_i g(row i of x), x read as a matrix with `rows` rows
//
// prox     row by row
// offers   what g offers (blocks.hpp)
#include "prox/calculus/blocks.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::prox, "term", "the term g of each row")),
    required(integer_param("rows", 1.0, 1.0, 9e15, "how many rows; divides n")),
    integer_param("cols", 0.0, 0.0, 9e15, "their length; 0: g has one"),
};

TermPtr make(const Params& p) {
  const auto inner = p.term<Prox>("term");
  const index rows = p.integer("rows"), cols = p.integer("cols") == 0 ? inner->size() : p.integer("cols");
  if (cols == kAnySize) fail(Status::SHAPE, "cols is 0; legal: > 0 where the term of the rows has no size of its own");
  if (rows > index{1} << 32) fail(Status::TOO_LARGE, "% rows are too many", rows);
  return std::make_shared<Blocks>(std::vector<std::shared_ptr<const Prox>>{inner},
                                  std::vector<index>(static_cast<std::size_t>(rows), cols));
}

}  // namespace

const TermInfo& term_rowwise() {
  static constexpr TermInfo info{TermKind::prox, "rowwise", "sum_i g(row i of x), x read as a matrix", kParams, make};
  return info;
}

}  // namespace fenchel

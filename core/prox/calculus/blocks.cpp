#include "prox/calculus/blocks.hpp"

#include <algorithm>

namespace fenchel {

Blocks::Blocks(std::vector<std::shared_ptr<const Prox>> terms, const std::vector<index>& sizes)
    : terms_(std::move(terms)) {
  caps_ = PROX_CONVEX | PROX_SEPARABLE | PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_VECTOR_STEP | PROX_VJP |
          PROX_CONJUGATE | PROX_EVEN | PROX_FULL_DOMAIN | PROX_QUADRATIC;
  for (const auto& g : terms_) caps_ &= g->caps();
  if (terms_.size() != 1 && sizes.size() != terms_.size())
    fail(Status::SHAPE, "sizes has % elements for % terms; legal: one each", static_cast<index>(sizes.size()),
         static_cast<index>(terms_.size()));
  for (std::size_t b = 0; b < sizes.size(); ++b) {
    const index own = term(b).size(), room = (index{1} << 60) - starts_.back();
    if (sizes[b] <= 0 || sizes[b] > room || (own != kAnySize && own != sizes[b]))
      fail(Status::SHAPE, "block % has size %; legal: > 0, and its term's own size if it has one",
           static_cast<index>(b), sizes[b]);
    starts_.push_back(starts_.back() + sizes[b]);
  }
}

index Blocks::scratch_bytes(index) const {
  index most = 0;
  each_block([&most](const Prox& g, index, index length) { most = std::max(most, g.scratch_bytes(length)); });
  return most;
}

double Blocks::weak_convexity() const {
  double most = 0;
  for (const auto& term : terms_) most = std::max(most, term->weak_convexity());
  return most;
}

double Blocks::strong_convexity() const {
  double least = kInf;
  for (const auto& term : terms_) least = std::min(least, term->strong_convexity());
  return least;
}

const Prox& Blocks::owner(index& j) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), j);
  const auto b = static_cast<std::size_t>(after - starts_.begin()) - 1;
  j -= starts_[b];
  return term(b);
}

double Blocks::prox1(index j, double v, double step) const { return owner(j).prox1(j, v, step); }
double Blocks::value1(index j, double x) const { return owner(j).value1(j, x); }
double Blocks::subdiff_distance1(index j, double x, double grad) const {
  return owner(j).subdiff_distance1(j, x, grad);
}

}  // namespace fenchel

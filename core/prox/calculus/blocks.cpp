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
  merge_boxes();
  merge_groups();
  if (grouped_) caps_ |= PROX_GROUPS;
}

void Blocks::merge_boxes() {
  if (terms_.empty()) return;
  double l1 = 0, l2 = 0;  // of the first block that has a penalty; the others' are multiples, which go into the weights
  for (const auto& g : terms_) {
    const SoftBox* box = g->soft_box();
    if (box == nullptr) return;
    if (l1 == 0 && l2 == 0) l1 = box->l1, l2 = box->l2;
    if (box->l1 * l2 != box->l2 * l1) return;
  }
  const SoftBox& shared = *terms_.front()->soft_box();
  if (terms_.size() == 1 && shared.weights == nullptr && shared.lowers == nullptr && shared.uppers == nullptr) {
    box_ = shared;  // the same everywhere: no arrays
    boxed_ = true;
    return;
  }
  const double unit = l1 != 0 ? l1 : l2;
  bool bounded = false;
  for (const auto& g : terms_) {
    const SoftBox& box = *g->soft_box();
    bounded = bounded || box.lowers != nullptr || box.uppers != nullptr || box.lower > -kInf || box.upper < kInf;
  }
  each_block([&](const Prox& g, index, index length) {
    const SoftBox& box = *g.soft_box();
    const double factor = unit == 0 ? 0 : (l1 != 0 ? box.l1 : box.l2) / unit;
    for (index j = 0; j < length; ++j) {
      const double weight = box.weights == nullptr ? 1 : box.weights[j];
      weights_.push_back(weight == kInf ? kInf : factor * weight);
      if (!bounded) continue;
      lowers_.push_back(box.lowers == nullptr ? box.lower : box.lowers[j]);
      uppers_.push_back(box.uppers == nullptr ? box.upper : box.uppers[j]);
    }
  });
  box_.l1 = l1;
  box_.l2 = l2;
  box_.weights = weights_.data();
  if (bounded) {
    box_.lowers = lowers_.data();
    box_.uppers = uppers_.data();
  }
  boxed_ = true;
}

void Blocks::merge_groups() {
  const Groups* first = terms_.empty() ? nullptr : terms_.front()->groups();
  if (first == nullptr) return;
  for (const auto& g : terms_)
    if (g->groups() == nullptr || g->groups()->l1 != first->l1) return;
  weights_.clear();
  each_block([&](const Prox& g, index start, index) {
    const Groups& one = *g.groups();
    for (index b = 0; b < one.count; ++b) {
      const double weight = one.weights == nullptr ? 1 : one.weights[b];
      weights_.push_back(weight == kInf && one.lam != 0 ? kInf : one.lam == 0 ? 0 : one.lam * weight);
      for (index k = one.starts[b]; k < one.starts[b + 1]; ++k) members_.push_back(start + one.members[k]);
      group_starts_.push_back(static_cast<index>(members_.size()));
    }
  });
  groups_ = {static_cast<index>(weights_.size()), group_starts_.data(), members_.data(), weights_.data(), 1, first->l1};
  grouped_ = true;
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

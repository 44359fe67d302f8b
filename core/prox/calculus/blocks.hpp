// blocks.hpp -- sum_b g_b(x_b) over consecutive blocks of x: separable_sum and rowwise are made from it.
#pragma once
#include "prox/prox.hpp"

namespace fenchel {

class Blocks final : public ProxOf<Blocks> {
 public:
  // A term for each block, or one that all share. Throws SHAPE.
  Blocks(std::vector<std::shared_ptr<const Prox>> terms, const std::vector<index>& sizes);
  unsigned caps() const override { return caps_; }
  index size() const override { return starts_.back(); }
  index scratch_bytes(index n) const override;
  const SoftBox* soft_box() const override { return boxed_ ? &box_ : nullptr; }
  const Groups* groups() const override { return grouped_ ? &groups_ : nullptr; }
  double weak_convexity() const override;
  double strong_convexity() const override;

  template <class T>
  double prox_of(index, const T* v, Step<T> step, T* out, Scratch scratch) const {
    double sum = 0;
    each_block([&](const Prox& g, index start, index length) {
      const Step<T> part{step.scalar, step.each == nullptr ? nullptr : step.each + start};
      sum += g.prox(length, v + start, part, out + start, scratch);
    });
    return sum;
  }
  template <class T>
  double value_of(index, const T* x, Scratch scratch) const {
    double sum = 0;
    each_block([&](const Prox& g, index start, index length) { sum += g.value(length, x + start, scratch); });
    return sum;
  }
  template <class T>
  void vjp_of(index, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    each_block([&](const Prox& g, index start, index length) {
      const Step<T> part{step.scalar, step.each == nullptr ? nullptr : step.each + start};
      g.vjp(length, v + start, part, cotangent + start, out + start, scratch);
    });
  }
  template <class T>
  double conjugate_of(index, const T* u, Scratch scratch) const {
    double sum = 0;
    each_block([&](const Prox& g, index start, index length) { sum += g.conjugate(length, u + start, scratch); });
    return sum;
  }
  double prox1(index j, double v, double step) const override;
  double value1(index j, double x) const override;
  double subdiff_distance1(index j, double x, double grad) const override;

 private:
  template <class F>
  void each_block(F&& f) const {
    for (std::size_t b = 0; b + 1 < starts_.size(); ++b) f(term(b), starts_[b], starts_[b + 1] - starts_[b]);
  }
  const Prox& term(std::size_t block) const { return *terms_[terms_.size() == 1 ? 0 : block]; }
  // The term that coordinate j belongs to, and j within it.
  const Prox& owner(index& j) const;

  // The soft boxes, or the groups, of all blocks as one, where all have them: of one ratio l2 / l1, of one l1.
  void merge_boxes();
  void merge_groups();

  std::vector<std::shared_ptr<const Prox>> terms_;
  std::vector<index> starts_{0};  // (blocks + 1)
  unsigned caps_;
  bool boxed_ = false, grouped_ = false;
  SoftBox box_;
  Groups groups_;
  std::vector<double> weights_, lowers_, uppers_;
  std::vector<index> group_starts_{0}, members_;
};

}  // namespace fenchel

// block_penalty.hpp -- g as a sum over disjoint blocks b of coordinates, t the factor of a path:
//
//   g_b(x) = t (level_b ||x_b||_2 + sum_c l1_c |x_c| + l2_c x_c^2 / 2)   over lower_c <= x_c <= upper_c
//
// group_l2 in all its forms (with level_b > 0: no l2, no bounds but x >= 0), and soft boxes, whose blocks are the K
// coordinates of a feature. Vectors of a block are packed in the order of its members.
#pragma once
#include "base/buffer.hpp"
#include "prox/prox.hpp"

namespace fenchel {

class BlockPenalty {
 public:
  static bool takes(const Prox* g);  // null: no simple term
  static index bytes(index size) { return 8 * (7 * size + 1) + 7 * 64; }
  // Throws UNSUPPORTED unless takes(g), and SHAPE where equal groups do not fill `size`.
  BlockPenalty(const Prox* g, index size, index outputs);

  index count() const { return count_; }
  index size() const { return size_; }
  index largest() const { return largest_; }
  index length(index b) const { return starts_[b + 1] - starts_[b]; }
  index start(index b) const { return starts_[b]; }  // of b's coordinates, were the blocks laid one after the other
  const index* members(index b) const { return members_.data() + starts_[b]; }
  double level(index b) const { return t_ * level_[b]; }
  double l1(index c) const { return t_ * l1_[c]; }
  double l2(index c) const { return t_ * l2_[c]; }
  double lower(index c) const { return lower_[c]; }
  double upper(index c) const { return upper_[c]; }
  bool free(index c) const { return l1(c) == 0 && l2(c) == 0 && lower_[c] == -kInf && upper_[c] == kInf; }
  bool free_block(index b) const;   // some coordinate of it moves as an intercept does
  bool fixed_block(index b) const;  // x_b has one legal value
  bool only_norm(index b) const;    // level ||x_b|| and nothing else
  bool homogeneous() const;         // g(a x) = a g(x), a > 0

  double factor() const { return t_; }
  void set_factor(double t) { t_ = t; }

  // x := argmin g_b(x) + curvature / 2 ||x - v||^2, from v in place.
  void prox(index b, double* v, double curvature) const;
  // The same for one coordinate of a block without a norm.
  double prox1(index c, double v, double curvature) const;
  double value(index b, const double* x) const;
  // Distance of -grad to the subdifferential of g_b at x.
  double distance(index b, const double* x, const double* grad) const;
  // || what l1 and the sign leave of v ||_2: v is in the domain of g_b* where this is at most level (level > 0).
  double size_of(index b, const double* v) const;
  // sup_x v_c x - g_c(x) of one coordinate of a block without a norm.
  double conjugate1(index c, double v) const;

 private:
  double inner(index c, double v) const {
    const double l = l1(c);
    return v > l ? v - l : v < -l && lower_[c] < 0 ? v + l : v == v ? 0.0 : v;
  }
  double distance1(index c, double x, double grad) const;
  void take_box(const SoftBox& box, index outputs);
  void take_groups(const Groups& groups);

  index size_, count_ = 0, largest_ = 0;
  double t_ = 1;
  Buffer<index> starts_, members_;
  Buffer<double> level_, l1_, l2_, lower_, upper_;
};

}  // namespace fenchel

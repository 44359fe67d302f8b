// first_order.hpp -- what methods that take no hypergradient of the implicit modes share: what they refuse, and the
// outer step, a projected gradient step whose length is that of Barzilai and Borwein (1988), accepted where a merit
// falls below the largest of its last values (Birgin, Martinez and Raydan, 2000).
#pragma once
#include "solvers/bilevel/oracles/bilevel_run.hpp"

namespace fenchel {

// UNSUPPORTED with a prox, UNCERTIFIED where a certificate is required.
void refuse_first_order(const BilevelRun& run, const char* method);

// f(z, theta) and what note() wants besides: nothing of it is proved.
void first_order_state(BilevelRun& run, const Vector& theta, const Vector& x, double lower_residual, double mu,
                       HypergradientState& state);

// The state becomes the run's answer, whatever was better before: f is only compared where x solves the lower level.
void answer_with(BilevelRun& run, const Vector& theta, const HypergradientState& state, double residual);

class OuterStep {
 public:
  // fixed: the user's step, or 0.
  OuterStep(double fixed, const OuterVariable& variable, std::size_t m);
  // From t against the slope; the first one moves the largest coordinate by a tenth of max(1, |t|).
  void direction(const Vector& t, const Vector& slope, Vector& out);
  // After a step. False: the curvature was not positive, nothing learnt.
  bool learn(const Vector& t, const Vector& slope, const Vector& t_next, const Vector& slope_next);
  void forget_curvature() { pairs_ = 0; }
  bool knows_curvature() const { return pairs_ > 0; }

  void remember(double merit) { merits_[count_++ % kMerits] = merit; }
  void shift(double by);  // of all the values remembered
  void forget() { count_ = 0; }
  double reference() const;

 private:
  static constexpr index kMerits = 5, kPairs = 10;
  struct Pair {
    Vector s, y;
    double sy = 0, alpha = 0;
  };
  Pair& pair(index back) { return memory_[size_of((pairs_ - 1 - back) % kPairs)]; }

  const double fixed_;
  const OuterVariable& variable_;
  double length_ = 0, moved_ = 0;
  index count_ = 0, pairs_ = 0;
  double merits_[kMerits] = {};
  std::vector<Pair> memory_;
};

}  // namespace fenchel

#include "solvers/bilevel/oracles/shared_metric.hpp"

namespace fenchel {

SharedMetric::SharedMetric(index n) : pairs_(size_of(kPairs)) {
  for (Pair& p : pairs_) {
    p.s.resize(size_of(n));
    p.y.resize(size_of(n));
  }
}

bool SharedMetric::see(const Vector& s, const Vector& y) {
  const double sy = dot(s, y);
  if (!(sy > 1e-6 * norm2(s) * norm2(y))) return false;
  last_ = (last_ + 1) % kPairs;
  count_ = std::min(count_ + 1, kPairs);
  Pair& p = pair(0);
  p.s = s;
  p.y = y;
  p.sy = sy;
  return true;
}

void SharedMetric::apply(const Vector& in, double longest, Vector& out) {
  out = in;
  for (index age = 0; age < count_; ++age) {
    Pair& p = pair(age);
    p.weight = dot(p.s, out) / p.sy;
    axpy(-p.weight, p.y, out);
  }
  // Directions that no pair knows: as the most curved of the youngest two, those of both trajectories.
  double scale = longest;
  for (index age = 0; age < std::min<index>(count_, 2); ++age) {
    const double bend = pair(age).sy / dot(pair(age).y, pair(age).y);
    scale = age == 0 ? bend : std::min(scale, bend);
  }
  for (double& o : out) o *= scale;
  for (index age = count_ - 1; age >= 0; --age)
    axpy(pair(age).weight - dot(pair(age).y, out) / pair(age).sy, pair(age).s, out);
}

}  // namespace fenchel

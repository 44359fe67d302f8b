// simplex_set.hpp -- what a simple term is that is 0 on {x >= 0, sum x = radius}: mirror maps of the entropy ask.
#pragma once

namespace fenchel {

class SimplexSet {
 public:
  virtual ~SimplexSet() = default;
  virtual double radius() const = 0;
};

}  // namespace fenchel

// composite_problem.hpp -- minimise over x, (n):   f(x) + sum_i g_i(A_i x)
//
// f may be absent; A_i may be absent: the identity. A free intercept of f is the tail of x, on which no g_i acts: g_i
// and A_i see the leading size() - tail() entries.
#pragma once
#include <memory>
#include <vector>

#include "operators/operator.hpp"
#include "prox/prox.hpp"
#include "smooth/smooth.hpp"

namespace fenchel {

struct Summand {
  std::shared_ptr<const Prox> g;
  std::shared_ptr<const Operator> A;  // null: the identity
};

class CompositeProblem {
 public:
  // size is needed where neither f nor an operator nor a sized prox says it; 0 otherwise. Throws SHAPE when sizes
  // disagree, naming both, and EMPTY when there is nothing to minimise.
  CompositeProblem(Dtype dtype, index size, std::shared_ptr<const Smooth> f, std::vector<Summand> summands);

  Dtype dtype() const { return dtype_; }  // of iterates; data may be stored in either
  index size() const { return size_; }
  index tail() const { return tail_; }
  const Smooth* f() const { return f_.get(); }
  const std::vector<Summand>& summands() const { return summands_; }
  bool convex() const;

 private:
  Dtype dtype_;
  index size_ = 0, tail_ = 0;
  std::shared_ptr<const Smooth> f_;
  std::vector<Summand> summands_;
};

}  // namespace fenchel

// counted_terms.hpp -- the terms of one problem as a method calls them: scratch at hand, every call counted in the
// result, a free intercept left alone by the simple terms.
#pragma once
#include <algorithm>

#include "base/buffer.hpp"
#include "solvers/composite/composite_problem.hpp"
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/proximal/vector_ops.hpp"

namespace fenchel {

template <class T>
class CountedTerms {
 public:
  CountedTerms(const CompositeProblem& problem, MinimizeResult& result) : problem_(problem), result_(result) {
    memory_.resize(std::max<index>(bytes(problem), 1));
  }
  static index bytes(const CompositeProblem& problem) {
    index most = problem.f() == nullptr ? 0 : problem.f()->scratch_bytes();
    for (const Summand& s : problem.summands()) {
      const index rows = s.A == nullptr ? problem.size() - problem.tail() : s.A->rows();
      most = std::max(most, s.g->scratch_bytes(rows));
      if (s.A != nullptr) most = std::max(most, s.A->scratch_bytes());
    }
    return most;
  }

  index n() const { return problem_.size(); }
  index inner() const { return problem_.size() - problem_.tail(); }
  index count() const { return static_cast<index>(problem_.summands().size()); }
  const Summand& at(index i) const { return problem_.summands()[static_cast<std::size_t>(i)]; }
  index rows(index i) const { return at(i).A == nullptr ? inner() : at(i).A->rows(); }
  const Smooth* f() const { return problem_.f(); }

  // f(x) and its gradient; zero without f.
  double gradient(const T* x, T* out) {
    if (f() == nullptr) {
      for (index j = 0; j < n(); ++j) out[j] = 0;
      return 0;
    }
    ++result_.gradients;
    return f()->gradient(x, out, Scratch(memory_));
  }
  double value(const T* x) {
    if (f() == nullptr) return 0;
    ++result_.values;
    return f()->gradient(x, static_cast<T*>(nullptr), Scratch(memory_));
  }
  void hvp(const T* x, const T* v, T* out) { f()->hvp(x, v, out, Scratch(memory_)); }

  // prox of g_i in its own space, with one step or one for each coordinate; returns g_i at the result.
  double prox(index i, const T* v, double step, T* out, const T* each = nullptr) {
    ++result_.proxes;
    return at(i).g->prox(rows(i), v, Step<T>{.scalar = static_cast<T>(step), .each = each}, out, Scratch(memory_));
  }
  // The same for a term without operator on the whole of x: what g does not act on is copied. Without term i: a copy.
  double prox_x(index i, const T* v, double step, T* out, const T* each = nullptr) {
    if (i >= count()) {
      if (out != v) copy_to(v, out, n());
      return 0;
    }
    if (out != v) copy_to(v + inner(), out + inner(), n() - inner());
    return prox(i, v, step, out, each);
  }
  // out = J^T c of the same map at v, a free intercept copied.
  void vjp(index i, const T* v, double step, const T* c, T* out) {
    if (out != c) copy_to(c + inner(), out + inner(), n() - inner());
    at(i).g->vjp(rows(i), v, Step<T>{.scalar = static_cast<T>(step)}, c, out, Scratch(memory_));
  }
  double simple(index i, const T* z) { return at(i).g->value(rows(i), z, Scratch(memory_)); }
  double conjugate(index i, const T* u) {
    if ((at(i).g->caps() & PROX_CONJUGATE) == 0) return kNaN;
    return at(i).g->conjugate(rows(i), u, Scratch(memory_));
  }

  // A_i x, (rows(i)), and A_i^T y, (inner()).
  void apply(index i, const T* x, T* out) {
    if (at(i).A == nullptr) return copy_to(x, out, inner());
    ++result_.products;
    at(i).A->apply(x, out, Scratch(memory_));
  }
  void adjoint(index i, const T* y, T* out) {
    if (at(i).A == nullptr) return copy_to(y, out, inner());
    ++result_.products;
    at(i).A->adjoint(y, out, Scratch(memory_));
  }

  // The same in double, whatever T; of a quadratic f, whose Hessian is the same everywhere.
  void hvp_double(const double* v, double* out) { f()->hvp(v, v, out, Scratch(memory_)); }
  double value_double(const double* x) {
    ++result_.values;
    return f()->gradient(x, static_cast<double*>(nullptr), Scratch(memory_));
  }
  double simple_double(index i, const double* z) { return at(i).g->value(rows(i), z, Scratch(memory_)); }
  void apply_double(index i, const double* x, double* out) {
    if (at(i).A == nullptr) return copy_to(x, out, inner());
    ++result_.products;
    at(i).A->apply(x, out, Scratch(memory_));
  }
  void adjoint_double(index i, const double* y, double* out) {
    if (at(i).A == nullptr) return copy_to(y, out, inner());
    ++result_.products;
    at(i).A->adjoint(y, out, Scratch(memory_));
  }

 private:
  const CompositeProblem& problem_;
  MinimizeResult& result_;
  Buffer<std::byte> memory_;
};

}  // namespace fenchel

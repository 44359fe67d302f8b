// parameter_map.hpp -- how the gradient of f + g at x depends on a parameter theta:  D = d(grad f + grad g) / d theta.
//
// The derivative of the solution is dx = - R^T K^{-1} R D dtheta (active_system.hpp), its adjoint - D^T R^T K^{-1} R.
#pragma once
#include "solvers/bilevel/active_system.hpp"
#include "solvers/bilevel/group_list.hpp"

namespace fenchel {

enum class SolutionParameter : std::int32_t {
#define FENCHEL_PARAMETER(name, text, doc) name,
#include "solvers/bilevel/solution_parameter.def"
#undef FENCHEL_PARAMETER
};
const char* parameter_text(SolutionParameter which);

class ParameterMap {
 public:
  // Throws UNSUPPORTED where the problem has no such parameter.
  ParameterMap(const SolutionPoint& point, SolutionParameter which);
  index size() const { return size_; }
  // out (size) = D^T q, q (n) zero off the active coordinates.
  void pull(const double* q, double* out);
  // out (n) = D d; read on the active coordinates alone.
  void push(const double* d, double* out);
  // What moves with the parameter itself: coordinates at an upper bound. out -= its adjoint at a cotangent c of x, dx
  // -= d there: before the sign of - R^T K^{-1} R D.
  void pull_moved(const double* c, double* out) const;
  void push_moved(const double* d, double* dx) const;
  // Upper bounds of || D || and of its Lipschitz constant within a ball round x of radius x_error; inf where unknown.
  double norm() const;
  double slope(double x_error) const;

 private:
  void check_model(bool targets) const;
  bool moved(index j) const;
  double group_slope(double x_error) const;
  double penalty_slope(index j) const;  // of g's smooth part, per unit of the parameter, at coordinate j
  const double* sample_weights() const;

  const SolutionPoint& p_;
  SolutionParameter which_;
  index size_ = 1, inner_ = 0;
  GroupList groups_;
  const Smooth* part_ = nullptr;     // of f: the one with the number that is differentiated by
  Buffer<double> sample_, product_;  // (samples, outputs): factors; a spare. (n): the slope by a number of part_
  Buffer<index> group_;              // of each coordinate, or -1
  Buffer<double> norm_;              // (groups) || x_b ||
  Buffer<double> moving_, curved_;   // (n): a direction of moved coordinates, its product with the Hessian
};

}  // namespace fenchel

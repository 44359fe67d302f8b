// unfold_api.cpp -- fenchel.h section 13: unfolded iterations and their derivatives.
#include <cmath>

#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "solvers/proximal/unfold.hpp"
#include "strided_vectors.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

ArrayView check_steps(const fen_array* steps) {
  const ArrayView view = check_array("steps", steps, Access::in, Dtype::f64, {kAny});
  check_finite("steps", view);
  for (index t = 0; t < view.shape[0]; ++t)
    if (!(view.at<double>(t) > 0)) fail(Status::RANGE, "steps[%] is %; legal: > 0", t, view.at<double>(t));
  return view;
}

ArrayView check_thresholds(const fen_array* thresholds, index count) {
  const ArrayView view = check_optional("thresholds", thresholds, Access::in, Dtype::f64, {count});
  if (view.ndim == 0) return view;
  check_finite("thresholds", view);
  for (index t = 0; t < count; ++t)
    if (!(view.at<double>(t) >= 0)) fail(Status::RANGE, "thresholds[%] is %; legal: >= 0", t, view.at<double>(t));
  return view;
}

UnfoldInput check_input(const CompositeProblem& problem, const fen_array* steps, const fen_array* thresholds,
                        const fen_array* x0) {
  UnfoldInput out;
  out.steps = check_steps(steps);
  out.thresholds = check_thresholds(thresholds, out.steps.shape[0]);
  out.x0 = check_optional("x0", x0, Access::in, problem.dtype(), {problem.size()});
  if (out.x0.ndim != 0) check_finite("x0", out.x0);
  return out;
}

void add_inputs(Arguments& arguments, const fen_problem& handle, const UnfoldInput& input) {
  handle.outside.add_inputs(arguments);
  arguments.input("steps", input.steps);
  arguments.input("thresholds", input.thresholds);
  arguments.input("x0", input.x0);
}

// Memory of the library's own for an output that is written as the iterations go: a callback may yet fail.
class Staged {
 public:
  explicit Staged(const ArrayView& target) : target_(target), own_(target) {
    if (target.ndim == 0) return;
    memory_.resize(target.shape[0]);
    own_.data = memory_.data();
    own_.strides[0] = sizeof(double);
  }
  const ArrayView& view() const { return own_; }
  void commit() const {
    if (target_.ndim != 0) scatter(memory_.data(), target_);
  }

 private:
  ArrayView target_, own_;
  Buffer<double> memory_;
};

}  // namespace

int32_t fen_unfold(const fen_problem* problem, const fen_array* steps, const fen_array* thresholds, const fen_array* x0,
                   const fen_array* x, const fen_array* objectives, fen_error* err) {
  return guarded(err, [&] {
    const fen_problem& handle = live_composite(problem);
    const CompositeProblem& core = *handle.composite;
    const UnfoldInput input = check_input(core, steps, thresholds, x0);
    const ArrayView out = check_array("x", x, Access::out, core.dtype(), {core.size()});
    const ArrayView values = check_optional("objectives", objectives, Access::out, Dtype::f64, {input.steps.shape[0]});
    Arguments arguments;
    add_inputs(arguments, handle, input);
    arguments.output("x", out);
    arguments.output("objectives", values);
    arguments.check();
    const Staged found(values);
    unfold(core, input, out, found.view());
    found.commit();
  });
}

int32_t fen_unfold_vjp(const fen_problem* problem, const fen_array* steps, const fen_array* thresholds,
                       const fen_array* x0, const fen_array* cotangent, const fen_array* steps_grad,
                       const fen_array* thresholds_grad, const fen_array* x0_grad, fen_error* err) {
  return guarded(err, [&] {
    const fen_problem& handle = live_composite(problem);
    const CompositeProblem& core = *handle.composite;
    const UnfoldInput input = check_input(core, steps, thresholds, x0);
    const index count = input.steps.shape[0];
    const ArrayView seed = check_array("cotangent", cotangent, Access::in, core.dtype(), {core.size()});
    check_finite("cotangent", seed);
    const UnfoldGradients out{
        .steps = check_optional("steps_grad", steps_grad, Access::out, Dtype::f64, {count}),
        .thresholds = check_optional("thresholds_grad", thresholds_grad, Access::out, Dtype::f64, {count}),
        .x0 = check_optional("x0_grad", x0_grad, Access::out, core.dtype(), {core.size()})};
    if (steps_grad == nullptr && thresholds_grad == nullptr && x0_grad == nullptr)
      fail(Status::NULL_ARGUMENT, "steps_grad, thresholds_grad and x0_grad are NULL; legal: at least one that is not");
    Arguments arguments;
    add_inputs(arguments, handle, input);
    arguments.input("cotangent", seed);
    arguments.output("steps_grad", out.steps);
    arguments.output("thresholds_grad", out.thresholds);
    arguments.output("x0_grad", out.x0);
    arguments.check();
    check_fits("the iterates", product_bytes(count, core.size(), sizeof(double)));
    const Staged along_steps(out.steps), along_thresholds(out.thresholds);
    unfold_vjp(core, input, seed, {.steps = along_steps.view(), .thresholds = along_thresholds.view(), .x0 = out.x0});
    along_steps.commit();
    along_thresholds.commit();
  });
}

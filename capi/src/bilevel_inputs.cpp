#include "bilevel_inputs.hpp"

#include <cmath>

#include "base/error.hpp"

namespace fenchel::capi {

Vector check_vector(const char* name, const ArrayView& view) {
  check_finite(name, view);
  Vector out(size_of(view.shape[0]));
  for (int64_t i = 0; i < view.shape[0]; ++i) out[size_of(i)] = view.real(i);
  return out;
}

void write_vector(const Vector& values, const ArrayView& view) {
  for (int64_t i = 0; i < view.shape[0]; ++i) view.set_real(values[size_of(i)], i);
}

Vector check_bound(const char* name, const fen_array* array, int64_t m, Arguments& arguments) {
  const ArrayView view = check_optional(name, array, Access::in, Dtype::f64, {m});
  arguments.input(name, view);
  if (view.ndim == 0) return {};
  Vector out(size_of(m));
  for (int64_t i = 0; i < m; ++i) {
    out[size_of(i)] = view.real(i);
    if (std::isnan(out[size_of(i)])) fail(Status::NOT_FINITE, "%[%] is NaN; legal: a number or inf", name, i);
  }
  return out;
}

void check_bounds(const BilevelProblem& problem) {
  for (std::size_t i = 0; i < problem.lower_bound.size() && !problem.upper_bound.empty(); ++i)
    if (!(problem.lower_bound[i] <= problem.upper_bound[i]))
      fail(Status::RANGE, "low[%] is %, above high[%] = %", static_cast<int64_t>(i), problem.lower_bound[i],
           static_cast<int64_t>(i), problem.upper_bound[i]);
}

}  // namespace fenchel::capi

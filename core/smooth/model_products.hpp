// model_products.hpp -- a linear model's two maps: from unknowns to predictors, and back.
#pragma once
#include "base/scratch.hpp"
#include "smooth/linear_model.hpp"

namespace fenchel {

// What either call takes.
index model_scratch(const LinearModel& model);
// z = A x + b (+ o), (samples, outputs)
template <class T>
void predict(const LinearModel& model, const T* x, bool with_offset, double* z, Scratch scratch);
// out = [A 1]^T u (+ c), (size)
template <class T>
void pull_back(const LinearModel& model, const double* u, bool with_linear, T* out, Scratch scratch);

}  // namespace fenchel

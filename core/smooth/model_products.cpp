#include "smooth/model_products.hpp"

namespace fenchel {

index model_scratch(const LinearModel& model) {
  return scratch_for<double>(model.samples()) + scratch_for<double>(model.features()) + model.A->scratch_bytes();
}

template <class T>
void predict(const LinearModel& model, const T* x, bool with_offset, double* z, Scratch scratch) {
  const index n = model.samples(), p = model.features(), outputs = model.outputs();
  T* product = scratch.take<T>(n);
  T* column = outputs == 1 ? nullptr : scratch.take<T>(p);
  for (index k = 0; k < outputs; ++k) {
    for (index j = 0; column != nullptr && j < p; ++j) column[j] = x[j * outputs + k];
    model.A->apply(column == nullptr ? x : column, product, scratch);
    const double b = model.intercept ? static_cast<double>(x[p * outputs + k]) : 0.0;
    for (index i = 0; i < n; ++i) z[i * outputs + k] = static_cast<double>(product[i]) + b;
  }
  if (with_offset && !model.offset.empty())
    for (index i = 0; i < n * outputs; ++i) z[i] += model.offset[static_cast<std::size_t>(i)];
}

template <class T>
void pull_back(const LinearModel& model, const double* u, bool with_linear, T* out, Scratch scratch) {
  const index n = model.samples(), p = model.features(), outputs = model.outputs();
  T* slopes = scratch.take<T>(n);
  T* column = outputs == 1 ? nullptr : scratch.take<T>(p);
  for (index k = 0; k < outputs; ++k) {
    double sum = 0;
    for (index i = 0; i < n; ++i) {
      slopes[i] = static_cast<T>(u[i * outputs + k]);
      sum += u[i * outputs + k];
    }
    model.A->adjoint(slopes, column == nullptr ? out : column, scratch);
    for (index j = 0; column != nullptr && j < p; ++j) out[j * outputs + k] = column[j];
    if (model.intercept) out[p * outputs + k] = static_cast<T>(sum);
  }
  if (with_linear && !model.linear.empty())
    for (index j = 0; j < p * outputs; ++j) out[j] += static_cast<T>(model.linear[static_cast<std::size_t>(j)]);
}

template void predict(const LinearModel&, const float*, bool, double*, Scratch);
template void predict(const LinearModel&, const double*, bool, double*, Scratch);
template void pull_back(const LinearModel&, const double*, bool, float*, Scratch);
template void pull_back(const LinearModel&, const double*, bool, double*, Scratch);

}  // namespace fenchel

// dense_operator.cpp -- a matrix in the caller's memory, any strides, read in place.
#include "operators/operator.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(borrowed(array_param("matrix", -1e308, 1e308, "(m, n), f32 or f64, any strides; finite"))),
};

class Dense final : public OperatorOf<Dense> {
 public:
  explicit Dense(const Params& params) {
    const ArrayView a = params.array("matrix");
    if (a.ndim != 2) fail(Status::SHAPE, "matrix has % dimensions; legal: 2", a.ndim);
    const index item = a.dtype == Dtype::f32 ? 4 : 8;
    stored_ = {.dtype = a.dtype,
               .rows = a.shape[0],
               .cols = a.shape[1],
               .values = a.data,
               .row_stride = a.strides[0] / item,
               .col_stride = a.strides[1] / item,
               .nnz = a.shape[0] * a.shape[1]};
  }
  index rows() const override { return stored_.rows; }
  index cols() const override { return stored_.cols; }
  unsigned caps() const override { return OPERATOR_STORED; }
  const StoredMatrix* stored() const override { return &stored_; }

  template <class T>
  void apply_to(const T* x, T* y, Scratch) const {
    visit_real(stored_.dtype, [&](auto zero) {
      const auto* a = static_cast<const decltype(zero)*>(stored_.values);
      for (index i = 0; i < stored_.rows; ++i) {
        double sum = 0;
        for (index j = 0; j < stored_.cols; ++j)
          sum += static_cast<double>(a[i * stored_.row_stride + j * stored_.col_stride]) * static_cast<double>(x[j]);
        y[i] = static_cast<T>(sum);
      }
    });
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch) const {
    visit_real(stored_.dtype, [&](auto zero) {
      const auto* a = static_cast<const decltype(zero)*>(stored_.values);
      for (index j = 0; j < stored_.cols; ++j) {
        double sum = 0;
        for (index i = 0; i < stored_.rows; ++i)
          sum += static_cast<double>(a[i * stored_.row_stride + j * stored_.col_stride]) * static_cast<double>(y[i]);
        x[j] = static_cast<T>(sum);
      }
    });
  }

 private:
  StoredMatrix stored_;
};

}  // namespace

const TermInfo& term_dense_operator() {
  static constexpr TermInfo info{TermKind::op, "dense", "x -> A x of a stored matrix", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Dense>(p); }};
  return info;
}

}  // namespace fenchel

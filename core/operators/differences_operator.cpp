// differences_operator.cpp -- forward differences of a signal, picture or volume, axis after axis
//
// y[k, i] = x[i + e_k] - x[i], 0 at the end of axis k: (axes, n) values, so that y[:, i] is the gradient at i.
// norm      sqrt(sum_k 4 cos^2(pi / (2 n_k))) <= sqrt(4 axes): D_k^T D_k is the path graph's Laplacian
#include <algorithm>
#include <cmath>

#include "operators/grid_shape.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(indices_param("shape", "1 to 3 lengths; x is row-major")),
    indices_param("axes", "ascending axes to take differences along; absent: all"),
};

class Differences final : public OperatorOf<Differences> {
 public:
  explicit Differences(const Params& params)
      : shape_(grid_shape("shape", copy_indices(params.array("shape")))),
        axes_(grid_axes(shape_, copy_indices(params.array("axes")))) {
    double sum = 0;
    for (const int k : axes_) {
      const double c = shape_.length[k] == 1 ? 0 : std::cos(1.5707963267948966 / static_cast<double>(shape_.length[k]));
      sum += 4 * c * c;
    }
    norm_ = std::sqrt(sum) * (1 + 1e-15);
  }
  index rows() const override { return shape_.size * static_cast<index>(axes_.size()); }
  index cols() const override { return shape_.size; }
  unsigned caps() const override { return OPERATOR_NORM; }
  double norm_bound() const override { return norm_; }

  template <class T>
  void apply_to(const T* x, T* y, Scratch) const {
    for (const int k : axes_) {
      const index stride = shape_.stride(k), block = stride * shape_.length[k];
      for (index begin = 0; begin < shape_.size; begin += block) {
        const T* from = x + begin;
        T* to = y + begin;
        for (index i = 0; i < block - stride; ++i) to[i] = from[i + stride] - from[i];
        std::fill(to + (block - stride), to + block, T(0));
      }
      y += shape_.size;
    }
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch) const {
    std::fill_n(x, shape_.size, T(0));
    for (const int k : axes_) {
      const index stride = shape_.stride(k), block = stride * shape_.length[k];
      for (index begin = 0; begin < shape_.size; begin += block) {
        const T* from = y + begin;
        T* to = x + begin;
        const index inner = block - stride;  // the differences that are not 0
        for (index i = 0; i < std::min(stride, inner); ++i) to[i] -= from[i];
        for (index i = stride; i < inner; ++i) to[i] += from[i - stride] - from[i];
        for (index i = std::max(inner, stride); i < block; ++i) to[i] += from[i - stride];
      }
      y += shape_.size;
    }
  }

 private:
  GridShape shape_;
  std::vector<int> axes_;
  double norm_;
};

}  // namespace

const TermInfo& term_differences_operator() {
  static constexpr TermInfo info{TermKind::op, "differences",
                                 "forward differences along 1 to 3 axes, one after another", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Differences>(p); }};
  return info;
}

}  // namespace fenchel

// convolution_operator.cpp -- y_i = sum_k h_k x_{i + c - k}, c = (length - 1) / 2 along each axis: a centred filter
//
// Beyond the grid x is 0, or the grid repeats itself (circular). By the FFT, on a grid that is padded where x is 0.
// norm      circular: the largest modulus of h's transform; else by spectral_norm
#include <algorithm>
#include <cmath>

#include "operators/fft.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(array_param("kernel", -1e308, 1e308, "the filter h, 1 to 3 dimensions")),
    required(indices_param("shape", "as many lengths; x is row-major, y has its shape")),
    integer_param("circular", 0, 0, 1, "0: x is 0 beyond the grid; 1: the grid repeats itself"),
};

GridShape padded(const GridShape& shape, const ArrayView& kernel, bool circular) {
  if (kernel.ndim != shape.ndim)
    fail(Status::SHAPE, "kernel has % dimensions and shape has % lengths; legal: the same", kernel.ndim, shape.ndim);
  std::vector<index> lengths;
  for (int k = 0; k < shape.ndim; ++k)
    lengths.push_back(circular ? shape.length[k] : smooth_length(shape.length[k] + kernel.shape[k] / 2));
  return grid_shape("the padded shape", lengths);
}

std::vector<int> all_axes(const GridShape& shape) { return grid_axes(shape, {}); }

class Convolution final : public OperatorOf<Convolution> {
 public:
  explicit Convolution(const Params& params)
      : shape_(grid_shape("shape", copy_indices(params.array("shape")))),
        circular_(params.flag("circular")),
        fft_(padded(shape_, params.array("kernel"), circular_), all_axes(shape_)) {
    const ArrayView kernel = params.array("kernel");
    const std::vector<double> h = copy_doubles(kernel);
    const GridShape& grid = fft_.shape();
    transfer_.assign(static_cast<std::size_t>(grid.size), Complex{0, 0});
    for (index i = 0; i < static_cast<index>(h.size()); ++i) {
      index rest = i, to = 0;
      for (int k = shape_.ndim - 1; k >= 0; --k) {
        const index length = kernel.shape[k], n = grid.length[k];
        const index offset = rest % length - (length - 1) / 2;
        rest /= length;
        to += (offset % n + n) % n * grid.stride(k);
      }
      transfer_[static_cast<std::size_t>(to)].re += h[static_cast<std::size_t>(i)];
    }
    std::vector<Complex> work(static_cast<std::size_t>(fft_.work_size()));
    fft_.transform(transfer_.data(), work.data(), false);
    for (Complex& t : transfer_) {
      largest_ = std::max(largest_, std::hypot(t.re, t.im));
      t = 1 / static_cast<double>(grid.size) * t;
    }
  }
  index rows() const override { return shape_.size; }
  index cols() const override { return shape_.size; }
  unsigned caps() const override { return circular_ ? OPERATOR_NORM : 0U; }
  double norm_bound() const override { return circular_ ? largest_ * (1 + 1e-13) : kNaN; }
  index scratch_bytes() const override {
    return scratch_for<Complex>(fft_.shape().size) + scratch_for<Complex>(fft_.work_size());
  }
  template <class T>
  void apply_to(const T* x, T* y, Scratch scratch) const {
    filter(x, y, scratch, 1);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    filter(y, x, scratch, -1);
  }

 private:
  // Entry (i, j, k) of x, and where it is in the padded grid.
  template <class Visit>
  void each_line(Visit&& visit) const {
    const GridShape& grid = fft_.shape();
    const int last = shape_.ndim - 1;
    const index planes = shape_.ndim == 3 ? shape_.length[0] : 1, lines = shape_.ndim > 1 ? shape_.length[last - 1] : 1;
    for (index i = 0; i < planes; ++i)
      for (index j = 0; j < lines; ++j)
        visit((i * lines + j) * shape_.length[last],
              (shape_.ndim == 3 ? i * grid.stride(0) : 0) + (shape_.ndim > 1 ? j * grid.stride(last - 1) : 0),
              shape_.length[last]);
  }
  template <class T>
  void filter(const T* in, T* out, Scratch scratch, double sign) const {
    const index size = fft_.shape().size;
    Complex* grid = scratch.take<Complex>(size);
    Complex* work = scratch.take<Complex>(fft_.work_size());
    std::fill_n(grid, size, Complex{0, 0});
    each_line([&](index from, index to, index count) {
      for (index i = 0; i < count; ++i) grid[to + i].re = static_cast<double>(in[from + i]);
    });
    fft_.transform(grid, work, false);
    for (index i = 0; i < size; ++i) {
      const Complex t = transfer_[static_cast<std::size_t>(i)];
      grid[i] = Complex{t.re, sign * t.im} * grid[i];
    }
    fft_.transform(grid, work, true);
    each_line([&](index to, index from, index count) {
      for (index i = 0; i < count; ++i) out[to + i] = static_cast<T>(grid[from + i].re);
    });
  }

  GridShape shape_;
  bool circular_;
  GridFft fft_;
  std::vector<Complex> transfer_;  // over the number of grid points
  double largest_ = 0;
};

}  // namespace

const TermInfo& term_convolution_operator() {
  static constexpr TermInfo info{TermKind::op, "convolution", "x -> h * x: a centred filter of 1 to 3 dimensions",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<Convolution>(p); }};
  return info;
}

}  // namespace fenchel

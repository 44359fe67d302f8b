// convolution_operator.cpp -- y_i = sum_k h_k x_{i + c - k}, c = (length - 1) / 2 along each axis: a centred filter
//
// Beyond the grid x is 0, or the grid repeats itself (circular). Small filters are added up tap by tap, larger ones go
// by the FFT, on a grid that is padded where x is 0.
// norm      circular: the largest modulus of h's transform; else by spectral_norm
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "operators/fft.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(array_param("kernel", -1e308, 1e308, "the filter h, 1 to 3 dimensions")),
    required(indices_param("shape", "as many lengths; x is row-major, y has its shape")),
    integer_param("circular", 0, 0, 1, "0: x is 0 beyond the grid; 1: the grid repeats itself"),
};

constexpr index kFewTaps = 64;

// What a direct sum adds up: y_i += value x_{i - offset}.
struct Tap {
  double value;
  index offset[3];  // by axis of a grid of three
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
      const double value = h[static_cast<std::size_t>(i)];
      Tap tap{value, {0, 0, 0}};
      index rest = i, to = 0;
      for (int k = shape_.ndim - 1; k >= 0; --k) {
        const index length = kernel.shape[k], n = grid.length[k];
        const index offset = rest % length - (length - 1) / 2;
        rest /= length;
        to += (offset % n + n) % n * grid.stride(k);
        tap.offset[k + 3 - shape_.ndim] = circular_ ? offset % n : offset;
      }
      transfer_[static_cast<std::size_t>(to)].re += value;
      if (static_cast<index>(h.size()) <= kFewTaps && value != 0) taps_.push_back(tap);
    }
    direct_ = static_cast<index>(h.size()) <= kFewTaps;
    std::vector<Complex> work(static_cast<std::size_t>(fft_.work_size()));
    fft_.transform(transfer_.data(), work.data(), false);
    for (Complex& t : transfer_) {
      largest_ = std::max(largest_, std::hypot(t.re, t.im));
      t = 1 / static_cast<double>(grid.size) * t;
    }
    if (direct_) transfer_ = {};
  }
  index rows() const override { return shape_.size; }
  index cols() const override { return shape_.size; }
  unsigned caps() const override { return circular_ ? OPERATOR_NORM : 0U; }
  double norm_bound() const override { return circular_ ? largest_ * (1 + 1e-13) : kNaN; }
  index scratch_bytes() const override {
    if (direct_) return 0;
    return scratch_for<Complex>(fft_.shape().size) + scratch_for<Complex>(fft_.work_size());
  }
  template <class T>
  void apply_to(const T* x, T* y, Scratch scratch) const {
    direct_ ? add_taps(x, y, 1) : filter(x, y, scratch, 1);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    direct_ ? add_taps(y, x, -1) : filter(y, x, scratch, -1);
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

  // Line by line of the output, so that it stays in the cache. sign -1: the taps of the adjoint.
  template <class T>
  void add_taps(const T* in, T* out, index sign) const {
    index n[3] = {1, 1, 1};
    for (int k = 0; k < shape_.ndim; ++k) n[k + 3 - shape_.ndim] = shape_.length[k];
    // Where x_{i - offset} is along an axis; negative: beyond the grid.
    const auto source = [&](index i, index offset, index length) {
      const index from = i - sign * offset;
      if (circular_) return (from + length) % length;
      return from < length ? from : -1;
    };
    for (index i = 0; i < n[0]; ++i)
      for (index j = 0; j < n[1]; ++j) {
        T* to = out + (i * n[1] + j) * n[2];
        std::fill_n(to, n[2], T(0));
        for (const Tap& tap : taps_) {
          const index a = source(i, tap.offset[0], n[0]), b = source(j, tap.offset[1], n[1]);
          if (a < 0 || b < 0) continue;
          add_shifted(in + (a * n[1] + b) * n[2], sign * tap.offset[2], static_cast<T>(tap.value), n[2], to);
        }
      }
  }
  // to_i += value from_{i - shift}
  template <class T>
  void add_shifted(const T* from, index shift, T value, index n, T* to) const {
    const auto axpy = kernels::table<T>().axpy;
    if (std::abs(shift) < n)
      axpy(value, from + std::max<index>(-shift, 0), to + std::max<index>(shift, 0), n - std::abs(shift));
    if (!circular_ || shift == 0) return;
    if (shift > 0)
      axpy(value, from + (n - shift), to, shift);
    else
      axpy(value, from, to + (n + shift), -shift);
  }

  GridShape shape_;
  bool circular_, direct_ = false;
  GridFft fft_;
  std::vector<Complex> transfer_;  // over the number of grid points
  std::vector<Tap> taps_;          // of a small filter
  double largest_ = 0;
};

}  // namespace

const TermInfo& term_convolution_operator() {
  static constexpr TermInfo info{TermKind::op, "convolution", "x -> h * x: a centred filter of 1 to 3 dimensions",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<Convolution>(p); }};
  return info;
}

}  // namespace fenchel

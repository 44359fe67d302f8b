// masked_dft_operator.cpp -- the entries that a mask keeps of the orthonormal discrete Fourier transform
//
// x: a real grid, or a complex one as (re, im) pairs; y: (re, im) pairs of the kept frequencies, row-major.
// norm      1, or sqrt(1/2) where x is real and no kept frequency has its mirror image kept (nor is its own)
// use       magnetic resonance: Lustig, Donoho and Pauly, Sparse MRI (2007)
#include <algorithm>
#include <cmath>

#include "operators/fft.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(indices_param("shape", "1 to 3 lengths; x is row-major")),
    indices_param("axes", "ascending axes to transform along; absent: all"),
    array_param("mask", 0.0, 1.0,
                "(shape) or flat: 0 leaves a frequency out, anything else keeps it; absent: all kept"),
    integer_param("complex", 0, 0, 1, "1: x is (shape, 2), real and imaginary parts; 0: x is real"),
};

class MaskedDft final : public OperatorOf<MaskedDft> {
 public:
  explicit MaskedDft(const Params& params)
      : MaskedDft(grid_shape("shape", copy_indices(params.array("shape"))), params) {}
  index rows() const override { return 2 * static_cast<index>(kept_.size()); }
  index cols() const override { return size() * (complex_ ? 2 : 1); }
  // Rows of a unitary matrix are orthonormal; with real x they are not (mirrored frequencies say the same).
  unsigned caps() const override { return OPERATOR_NORM | (complex_ ? OPERATOR_TIGHT : 0U); }
  double norm_bound() const override { return norm_; }
  index scratch_bytes() const override { return scratch_for<Complex>(size()) + scratch_for<Complex>(fft_.work_size()); }

  template <class T>
  void apply_to(const T* x, T* y, Scratch scratch) const {
    Complex* grid = scratch.take<Complex>(size());
    for (index i = 0; i < size(); ++i)
      grid[i] = complex_ ? Complex{static_cast<double>(x[2 * i]), static_cast<double>(x[2 * i + 1])}
                         : Complex{static_cast<double>(x[i]), 0};
    fft_.transform(grid, scratch.take<Complex>(fft_.work_size()), false);
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      y[2 * k] = static_cast<T>(scale_ * grid[kept_[k]].re);
      y[2 * k + 1] = static_cast<T>(scale_ * grid[kept_[k]].im);
    }
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    Complex* grid = scratch.take<Complex>(size());
    std::fill_n(grid, size(), Complex{0, 0});
    for (std::size_t k = 0; k < kept_.size(); ++k)
      grid[kept_[k]] = {scale_ * static_cast<double>(y[2 * k]), scale_ * static_cast<double>(y[2 * k + 1])};
    fft_.transform(grid, scratch.take<Complex>(fft_.work_size()), true);
    for (index i = 0; i < size(); ++i) {
      if (!complex_) {
        x[i] = static_cast<T>(grid[i].re);
      } else {
        x[2 * i] = static_cast<T>(grid[i].re);
        x[2 * i + 1] = static_cast<T>(grid[i].im);
      }
    }
  }

 private:
  MaskedDft(const GridShape& shape, const Params& params)
      : fft_(shape, grid_axes(shape, copy_indices(params.array("axes")))),
        complex_(params.flag("complex")),
        scale_(1 / std::sqrt(static_cast<double>(fft_.transformed()))) {
    const std::vector<double> mask = copy_doubles(params.array("mask"));
    const auto given = static_cast<index>(mask.size());
    if (!mask.empty() && given != size())
      fail(Status::SHAPE, "mask has % elements and shape says %; legal: the same", given, size());
    const auto keeps = [&](index i) { return mask.empty() || mask[static_cast<std::size_t>(i)] != 0; };
    bool pair = false;
    for (index i = 0; i < size(); ++i) {
      if (!keeps(i)) continue;
      kept_.push_back(i);
      pair = pair || keeps(mirrored(i));
    }
    if (kept_.empty()) fail(Status::EMPTY, "mask keeps no frequency; legal: one at least");
    norm_ = complex_ || pair ? 1 : std::sqrt(0.5);
  }
  index size() const { return fft_.shape().size; }
  // The frequency of the conjugate: of a real x both say the same.
  index mirrored(index i) const {
    index out = i;
    for (const int axis : fft_.axes()) {
      const index stride = fft_.shape().stride(axis), n = fft_.shape().length[axis], k = i / stride % n;
      out += ((n - k) % n - k) * stride;
    }
    return out;
  }

  GridFft fft_;
  bool complex_;
  double scale_, norm_ = 1;
  std::vector<index> kept_;
};

}  // namespace

const TermInfo& term_masked_dft_operator() {
  static constexpr TermInfo info{TermKind::op, "masked_dft",
                                 "the entries that a mask keeps of the orthonormal discrete Fourier transform", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<MaskedDft>(p); }};
  return info;
}

}  // namespace fenchel

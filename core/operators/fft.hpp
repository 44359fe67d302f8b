// fft.hpp -- the discrete Fourier transform of any length: X_k = sum_j x_j exp(-2 pi i j k / n), unnormalised.
//
// Stockham's autosorting passes for factors up to 31 (2, 3, 4, 5 by hand), Bluestein's chirp for other lengths (Van
// Loan, Computational Frameworks for the Fast Fourier Transform, 1992, sections 1.7 and 4.2). A plan is immutable and
// shared between threads; nothing is allocated after it is made.
#pragma once
#include <memory>
#include <vector>

#include "operators/grid_shape.hpp"

namespace fenchel {

struct Complex {
  double re, im;
};
inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
inline Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
inline Complex operator*(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
inline Complex operator*(double a, Complex b) { return {a * b.re, a * b.im}; }
inline Complex conjugate(Complex a) { return {a.re, -a.im}; }

class Fft {
 public:
  explicit Fft(index n);
  index size() const { return n_; }
  // Complex numbers of work for `lines` interleaved lines.
  index work_size(index lines) const { return chirp_.empty() ? n_ * lines : 2 * inner_->size(); }
  // Transforms `lines` interleaved lines in place: entry k of line q is data[k * lines + q]. Inverse: the sign of i
  // changes, and nothing is divided by n.
  void transform(Complex* data, index lines, Complex* work, bool inverse) const;

 private:
  void forward(Complex* data, index lines, Complex* work) const;
  void chirp_line(Complex* data, index stride, Complex* work) const;

  index n_;
  std::vector<index> factors_;
  std::vector<Complex> roots_;  // exp(-2 pi i k / n)
  // Bluestein: exp(-pi i k^2 / n), and the transform of its conjugate's periodic extension, over its length.
  std::vector<Complex> chirp_, filter_;
  std::unique_ptr<Fft> inner_;
};

// Along some axes of a grid; lines that do not fit the cache together are copied out some at a time.
class GridFft {
 public:
  GridFft(const GridShape& shape, std::vector<int> axes);
  const GridShape& shape() const { return shape_; }
  const std::vector<int>& axes() const { return axes_; }
  index work_size() const { return work_size_; }
  index transformed() const { return transformed_; }  // the product of the lengths of the axes
  void transform(Complex* grid, Complex* work, bool inverse) const;

 private:
  GridShape shape_;
  std::vector<int> axes_;
  std::vector<std::shared_ptr<const Fft>> plans_;
  index work_size_ = 0, transformed_ = 1;
};

// The least length >= n without prime factors above 5.
index smooth_length(index n);

}  // namespace fenchel

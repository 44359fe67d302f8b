#include "operators/fft.hpp"

#include <algorithm>
#include <cmath>

namespace fenchel {
namespace {

constexpr index kLargestFactor = 31;
constexpr double kPi = 3.14159265358979323846;

Complex unit(double turns) { return {std::cos(2 * kPi * turns), -std::sin(2 * kPi * turns)}; }
Complex times_minus_i(Complex a) { return {a.im, -a.re}; }

// The factors of n, fours first; empty when one is too large.
std::vector<index> factorise(index n) {
  std::vector<index> factors;
  for (; n % 4 == 0; n /= 4) factors.push_back(4);
  for (index p = 2; p <= kLargestFactor; ++p)
    for (; n % p == 0; n /= p) factors.push_back(p);
  return n == 1 ? factors : std::vector<index>();
}

// One pass: lines of length r m, s of them interleaved, become r m / r of length m, r s interleaved.
//   y[q + s (r p + j)] = w^(p j) sum_k x[q + s (p + m k)] exp(-2 pi i j k / r)
struct Pass {
  const Complex* x;
  Complex* y;
  index m, s;
  const Complex* roots;  // of the whole length n
  index root_step;       // w = roots[root_step]
  index n;

  template <int R, class Butterfly>
  void run(Butterfly&& butterfly) const {
    for (index p = 0; p < m; ++p) {
      Complex w[R];
      for (index j = 1; j < R; ++j) w[j] = roots[p * j * root_step];
      const Complex* from = x + s * p;
      Complex* to = y + s * R * p;
      for (index q = 0; q < s; ++q) {
        Complex v[R];
        for (index k = 0; k < R; ++k) v[k] = from[q + s * m * k];
        butterfly(v);
        to[q] = v[0];
        for (index j = 1; j < R; ++j) to[q + s * j] = w[j] * v[j];
      }
    }
  }
  void any(index r) const {
    Complex v[kLargestFactor];
    const index turn = n / r;
    for (index p = 0; p < m; ++p)
      for (index q = 0; q < s; ++q) {
        for (index k = 0; k < r; ++k) v[k] = x[q + s * (p + m * k)];
        for (index j = 0; j < r; ++j) {
          Complex sum = v[0];
          for (index k = 1; k < r; ++k) sum = sum + roots[j * k % r * turn] * v[k];
          y[q + s * (r * p + j)] = roots[p * j * root_step] * sum;
        }
      }
  }
};

void butterfly2(Complex* v) {
  const Complex a = v[0], b = v[1];
  v[0] = a + b;
  v[1] = a - b;
}
void butterfly3(Complex* v) {
  const Complex sum = v[1] + v[2], turned = 0.86602540378443864676 * times_minus_i(v[1] - v[2]);
  const Complex middle = v[0] - 0.5 * sum;
  v[0] = v[0] + sum;
  v[1] = middle + turned;
  v[2] = middle - turned;
}
void butterfly4(Complex* v) {
  const Complex a = v[0] + v[2], b = v[0] - v[2], c = v[1] + v[3], d = times_minus_i(v[1] - v[3]);
  v[0] = a + c;
  v[1] = b + d;
  v[2] = a - c;
  v[3] = b - d;
}
void butterfly5(Complex* v) {
  constexpr double c1 = 0.30901699437494742410, c2 = -0.80901699437494742410;
  constexpr double s1 = 0.95105651629515357212, s2 = 0.58778525229247312917;
  const Complex a = v[1] + v[4], b = v[2] + v[3];
  const Complex d = times_minus_i(v[1] - v[4]), e = times_minus_i(v[2] - v[3]);
  const Complex outer = v[0] + c1 * a + c2 * b, inner = v[0] + c2 * a + c1 * b;
  const Complex f = s1 * d + s2 * e, g = s2 * d - s1 * e;
  v[0] = v[0] + a + b;
  v[1] = outer + f;
  v[2] = inner + g;
  v[3] = inner - g;
  v[4] = outer - f;
}

// How many of `lines` interleaved lines of length n are transformed at a time: 256 KB, and whole cache lines.
index together(index n, index lines) { return std::min(lines, std::max<index>(16384 / n / 4 * 4, 4)); }

void swap_parts(Complex* data, index count) {
  for (index i = 0; i < count; ++i) std::swap(data[i].re, data[i].im);
}

}  // namespace

Fft::Fft(index n) : n_(n), factors_(factorise(n)) {
  if (factors_.empty() && n > 1) {
    index length = 1;
    while (length < 2 * n - 1) length *= 2;
    inner_ = std::make_unique<Fft>(length);
    filter_.assign(static_cast<std::size_t>(length), Complex{0, 0});
    index square = 0;  // k^2 mod 2 n
    for (index k = 0; k < n; ++k) {
      const Complex w = unit(static_cast<double>(square) / static_cast<double>(2 * n));
      chirp_.push_back(w);
      filter_[static_cast<std::size_t>(k)] = filter_[static_cast<std::size_t>((length - k) % length)] = conjugate(w);
      square = (square + 2 * k + 1) % (2 * n);
    }
    std::vector<Complex> work(static_cast<std::size_t>(length));
    inner_->transform(filter_.data(), 1, work.data(), false);
    for (Complex& c : filter_) c = 1 / static_cast<double>(length) * c;
    return;
  }
  for (index k = 0; k < n; ++k) roots_.push_back(unit(static_cast<double>(k) / static_cast<double>(n)));
}

void Fft::transform(Complex* data, index lines, Complex* work, bool inverse) const {
  // Exchanging the parts before and after is the inverse.
  if (inverse) swap_parts(data, n_ * lines);
  if (chirp_.empty())
    forward(data, lines, work);
  else
    for (index q = 0; q < lines; ++q) chirp_line(data + q, lines, work);
  if (inverse) swap_parts(data, n_ * lines);
}

void Fft::forward(Complex* data, index lines, Complex* work) const {
  Complex *from = data, *to = work;
  index length = n_, done = 1;
  for (const index r : factors_) {
    length /= r;
    const Pass pass{from, to, length, lines * done, roots_.data(), done, n_};
    if (r == 2)
      pass.run<2>(butterfly2);
    else if (r == 3)
      pass.run<3>(butterfly3);
    else if (r == 4)
      pass.run<4>(butterfly4);
    else if (r == 5)
      pass.run<5>(butterfly5);
    else
      pass.any(r);
    std::swap(from, to);
    done *= r;
  }
  if (from != data) std::copy_n(from, n_ * lines, data);
}

// x_j w_j convolved with conj(w), times w_k: j k = (j^2 + k^2 - (k - j)^2) / 2.
void Fft::chirp_line(Complex* data, index stride, Complex* work) const {
  const index length = inner_->size();
  for (index k = 0; k < n_; ++k) work[k] = chirp_[static_cast<std::size_t>(k)] * data[k * stride];
  std::fill(work + n_, work + length, Complex{0, 0});
  inner_->transform(work, 1, work + length, false);
  for (index k = 0; k < length; ++k) work[k] = filter_[static_cast<std::size_t>(k)] * work[k];
  inner_->transform(work, 1, work + length, true);
  for (index k = 0; k < n_; ++k) data[k * stride] = chirp_[static_cast<std::size_t>(k)] * work[k];
}

GridFft::GridFft(const GridShape& shape, std::vector<int> axes) : shape_(shape), axes_(std::move(axes)) {
  for (const int axis : axes_) {
    std::shared_ptr<const Fft> plan;
    for (const auto& other : plans_)
      if (other->size() == shape.length[axis]) plan = other;
    if (plan == nullptr) plan = std::make_shared<Fft>(shape.length[axis]);
    const index lines = shape.stride(axis), some = together(plan->size(), lines);
    work_size_ = std::max(work_size_, plan->work_size(some) + (some < lines ? some * plan->size() : 0));
    transformed_ *= shape.length[axis];
    plans_.push_back(std::move(plan));
  }
}

void GridFft::transform(Complex* grid, Complex* work, bool inverse) const {
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const Fft& plan = *plans_[k];
    const index lines = shape_.stride(axes_[k]), n = plan.size(), block = lines * n, some = together(n, lines);
    for (index begin = 0; begin < shape_.size; begin += block) {
      Complex* data = grid + begin;
      if (some == lines) {
        plan.transform(data, lines, work, inverse);
        continue;
      }
      for (index first = 0; first < lines; first += some) {
        const index count = std::min(some, lines - first);
        for (index i = 0; i < n; ++i) std::copy_n(data + i * lines + first, count, work + i * count);
        plan.transform(work, count, work + n * some, inverse);
        for (index i = 0; i < n; ++i) std::copy_n(work + i * count, count, data + i * lines + first);
      }
    }
  }
}

index smooth_length(index n) {
  for (index length = std::max<index>(n, 1);; ++length) {
    index rest = length;
    for (const index p : {2, 3, 5})
      while (rest % p == 0) rest /= p;
    if (rest == 1) return length;
  }
}

}  // namespace fenchel

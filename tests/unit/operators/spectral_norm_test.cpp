// spectral_norm_test.cpp -- the estimated norm is above the true one, by 2 % at most, also where the top hardly shows.
#include <doctest/doctest.h>

#include <cmath>

#include "base/random.hpp"
#include "operators/term_maker.hpp"

namespace fenchel {
namespace {

// H D H with a Householder reflection H: singular values known, vectors spread over all coordinates (or not: plain D).
class KnownSpectrum final : public OperatorOf<KnownSpectrum> {
 public:
  KnownSpectrum(std::vector<double> values, bool reflect, index extra_rows = 0)
      : values_(std::move(values)), reflect_(reflect), extra_(extra_rows) {}
  index rows() const override { return cols() + extra_; }
  index cols() const override { return static_cast<index>(values_.size()); }
  template <class T>
  void apply_to(const T* x, T* y, Scratch) const {
    for (index i = 0; i < rows(); ++i) y[i] = i < cols() ? x[i] : T(0);
    multiply(y);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch) const {
    for (index i = 0; i < cols(); ++i) x[i] = y[i];
    multiply(x);
  }

 private:
  template <class T>
  void multiply(T* x) const {
    mirror(x);
    for (index i = 0; i < cols(); ++i) x[i] *= static_cast<T>(values_[static_cast<std::size_t>(i)]);
    mirror(x);
  }
  template <class T>
  void mirror(T* x) const {
    if (!reflect_) return;
    double sum = 0;
    for (index i = 0; i < cols(); ++i) sum += static_cast<double>(x[i]);
    const double shift = 2 * sum / static_cast<double>(cols());
    for (index i = 0; i < cols(); ++i) x[i] -= static_cast<T>(shift);
  }
  std::vector<double> values_;
  bool reflect_;
  index extra_;
};

void check_bound(const std::vector<double>& values, const std::string& what) {
  double top = 0;
  for (const double v : values) top = std::max(top, std::abs(v));
  for (const bool reflect : {false, true})
    for (const index extra : {index{0}, index{3}}) {
      index products = 0;
      const double bound = spectral_norm(KnownSpectrum(values, reflect, extra), &products);
      CAPTURE(what);
      CAPTURE(products);
      CHECK(bound >= top);
      CHECK(bound <= 1.02 * top);
      CHECK(products <= 160);
      CHECK(products % 2 == 0);
    }
}

std::vector<double> spectrum(index n, double (*value)(double)) {
  std::vector<double> out;
  for (index i = 0; i < n; ++i) out.push_back(value((static_cast<double>(i) + 0.5) / static_cast<double>(n)));
  return out;
}

TEST_CASE("spectra of many shapes and sizes") {
  for (const index n : {1, 2, 3, 9, 11, 60, 500, 20000}) {
    check_bound(spectrum(n, [](double) { return 3.0; }), "flat");
    check_bound(spectrum(n, [](double t) { return t; }), "uniform");
    check_bound(spectrum(n, [](double t) { return 1 - t * t * t * t; }), "crowded at the top");
    check_bound(spectrum(n, [](double t) { return 1e-3 * std::exp(-20 * t); }), "falling fast");
    check_bound(spectrum(n, [](double t) { return 0.99 + 0.01 * t; }), "narrow");
    check_bound(spectrum(n, [](double t) { return std::floor(4 * t) + 1; }), "four clusters");
  }
}

TEST_CASE("one value above a bulk of ten thousand") {
  for (const double top : {1.001, 1.005, 1.01, 1.02, 1.03, 1.05, 1.07, 1.1, 1.2, 1.5, 2.0, 10.0}) {
    for (double (*bulk)(double) : {+[](double t) { return t; }, +[](double t) { return 1 - 0.1 * t * t; },
                                   +[](double) { return 1.0; }, +[](double t) { return std::pow(t, 0.1); }}) {
      auto values = spectrum(10000, bulk);
      values[777] = top;
      check_bound(values, "a spike of " + std::to_string(top));
    }
  }
}

TEST_CASE("random spectra") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const Philox random(seed, 3);
    const index n = 1 + static_cast<index>(200 * random.uniform(0));
    std::vector<double> values;
    const double power = 6 * random.uniform(1);
    for (index i = 0; i < n; ++i) values.push_back(std::pow(random.uniform(static_cast<std::uint64_t>(2 + i)), power));
    check_bound(values, "seed " + std::to_string(seed));
  }
}

TEST_CASE("random matrices against power iteration, and the same bits again") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const index m = 3 + static_cast<index>(seed) * 7, n = 150 - static_cast<index>(seed) * 7;
    TermMaker data("dense", operator_terms());
    data.array("matrix", test_noise(m * n, seed), {m, n});
    const auto A = data.make<Operator>();
    std::vector<double> v = test_noise(n, 5), w(static_cast<std::size_t>(m));
    double top = 0;
    for (int step = 0; step < 3000; ++step) {
      A->apply(v.data(), w.data(), Scratch());
      A->adjoint(w.data(), v.data(), Scratch());
      double norm = 0;
      for (const double x : v) norm += x * x;
      for (double& x : v) x /= std::sqrt(norm);
      top = std::pow(norm, 0.25);
    }
    const double bound = spectral_norm(*A);
    CHECK(bound >= top);
    CHECK(bound <= 1.02 * top);
    CHECK(spectral_norm(*A) == bound);
  }
}

TEST_CASE("nothing, and what is not finite") {
  CHECK(spectral_norm(KnownSpectrum({0, 0, 0}, true)) == 0);
  CHECK(status_of([] { spectral_norm(KnownSpectrum({1, kNaN, 0}, false)); }) == Status::NOT_FINITE);
  CHECK(status_of([] { spectral_norm(KnownSpectrum({1e200, 1e200, 1}, false)); }) == Status::NOT_FINITE);
}

}  // namespace
}  // namespace fenchel

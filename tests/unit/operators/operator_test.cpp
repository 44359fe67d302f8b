// operator_test.cpp -- every operator against the dense matrix that its definition says, forth and back, in both
// dtypes.
#include "operators/operator.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <functional>

#include "base/interrupt.hpp"
#include "operators/callback_operator.hpp"
#include "operators/term_maker.hpp"

namespace fenchel {
namespace {

std::size_t at(index i) { return static_cast<std::size_t>(i); }

struct Matrix {
  index rows, cols;
  std::vector<double> entries;
  Matrix(index m, index n) : rows(m), cols(n), entries(at(m * n), 0.0) {}
  double& operator()(index i, index j) { return entries[at(i * cols + j)]; }
  double operator()(index i, index j) const { return entries[at(i * cols + j)]; }
};

double true_norm(const Matrix& A) {
  std::vector<double> v = test_noise(A.cols, 12345), w(at(A.rows));
  double top = 0;
  for (int step = 0; step < 5000; ++step) {
    double norm = 0;
    for (index i = 0; i < A.rows; ++i) {
      w[at(i)] = 0;
      for (index j = 0; j < A.cols; ++j) w[at(i)] += A(i, j) * v[at(j)];
    }
    for (index j = 0; j < A.cols; ++j) {
      v[at(j)] = 0;
      for (index i = 0; i < A.rows; ++i) v[at(j)] += A(i, j) * w[at(i)];
      norm += v[at(j)] * v[at(j)];
    }
    if (norm == 0) return 0;
    for (double& x : v) x /= std::sqrt(norm);
    top = std::pow(norm, 0.25);
  }
  return top;
}

template <class T>
void check_products(const Operator& A, const Matrix& expected, double tol) {
  REQUIRE(A.rows() == expected.rows);
  REQUIRE(A.cols() == expected.cols);
  const auto x = test_noise<T>(A.cols(), 3), u = test_noise<T>(A.rows(), 4);
  std::vector<T> y(at(A.rows()), T(kNaN)), v(at(A.cols()), T(kNaN));
  // Memory of exactly the size that was asked for, starting anywhere.
  Buffer<std::byte> memory(A.scratch_bytes() + 8);
  A.apply(x.data(), y.data(), Scratch(memory.data() + 8, A.scratch_bytes()));
  A.adjoint(u.data(), v.data(), Scratch(memory.data() + 8, A.scratch_bytes()));
  double forth = 0, back = 0, size = 1e-30;
  for (const double a : expected.entries) size = std::max(size, std::abs(a));
  for (index i = 0; i < A.rows(); ++i) {
    double sum = 0;
    for (index j = 0; j < A.cols(); ++j) sum += expected(i, j) * static_cast<double>(x[at(j)]);
    CHECK(static_cast<double>(y[at(i)]) == doctest::Approx(sum).epsilon(tol).scale(size));
    forth += static_cast<double>(y[at(i)]) * static_cast<double>(u[at(i)]);
  }
  for (index j = 0; j < A.cols(); ++j) {
    double sum = 0;
    for (index i = 0; i < A.rows(); ++i) sum += expected(i, j) * static_cast<double>(u[at(i)]);
    CHECK(static_cast<double>(v[at(j)]) == doctest::Approx(sum).epsilon(tol).scale(size));
    back += static_cast<double>(v[at(j)]) * static_cast<double>(x[at(j)]);
  }
  CHECK(forth == doctest::Approx(back).epsilon(tol).scale(size));
}

// What a stored matrix opens to coordinate methods, as a dense one.
Matrix opened(const StoredMatrix& s) {
  Matrix out(s.rows, s.cols);
  const auto value = [&](index k) {
    return s.dtype == Dtype::f32 ? static_cast<double>(static_cast<const float*>(s.values)[k])
                                 : static_cast<const double*>(s.values)[k];
  };
  const auto whole = [&](const void* from, index k) {
    return s.index_dtype == Dtype::i32 ? static_cast<index>(static_cast<const std::int32_t*>(from)[k])
                                       : static_cast<const index*>(from)[k];
  };
  if (s.layout == StoredMatrix::Layout::dense) {
    for (index i = 0; i < s.rows; ++i)
      for (index j = 0; j < s.cols; ++j) out(i, j) = value(i * s.row_stride + j * s.col_stride);
  } else {
    const bool by_columns = s.layout == StoredMatrix::Layout::csc;
    for (index l = 0; l < (by_columns ? s.cols : s.rows); ++l)
      for (index k = whole(s.indptr, l); k < whole(s.indptr, l + 1); ++k)
        by_columns ? out(whole(s.indices, k), l) = value(k) : out(l, whole(s.indices, k)) = value(k);
  }
  for (index i = 0; i < s.rows; ++i)
    for (index j = 0; j < s.cols && s.column_scale != nullptr; ++j) out(i, j) *= s.column_scale[j];
  return out;
}

void check_claims(const Operator& A, const Matrix& expected) {
  const unsigned caps = A.caps();
  const double norm = true_norm(expected);
  CHECK(((caps & OPERATOR_NORM) != 0) == (A.norm_bound() >= 0));
  CHECK(spectral_norm(A) >= norm * (1 - 1e-9));
  CHECK(spectral_norm(A) <= norm * 1.02 + 1e-12);
  CHECK(((caps & OPERATOR_STORED) != 0) == (A.stored() != nullptr));
  if (A.stored() != nullptr) {
    const Matrix stored = opened(*A.stored());
    for (std::size_t k = 0; k < stored.entries.size(); ++k)
      CHECK(stored.entries[k] == doctest::Approx(expected.entries[k]).epsilon(1e-15));
  }
  CHECK(((caps & OPERATOR_DIAGONAL) != 0) == (A.diagonal() != nullptr));
  if (A.diagonal() != nullptr)
    for (index i = 0; i < A.cols(); ++i) CHECK(A.diagonal()[i] == expected(i, i));
  if ((caps & OPERATOR_SYMMETRIC) != 0)
    for (index i = 0; i < A.rows(); ++i)
      for (index j = 0; j < i; ++j) CHECK(expected(i, j) == expected(j, i));
  if ((caps & OPERATOR_TIGHT) != 0)
    for (index i = 0; i < A.rows(); ++i)
      for (index k = 0; k <= i; ++k) {
        double product = 0;
        for (index j = 0; j < A.cols(); ++j) product += expected(i, j) * expected(k, j);
        CHECK(product == doctest::Approx(i == k ? A.norm_bound() * A.norm_bound() : 0).epsilon(1e-12).scale(1.0));
      }
}

void check(const Operator& A, const Matrix& expected) {
  check_products<double>(A, expected, 1e-12);
  check_products<float>(A, expected, 2e-5);
  check_claims(A, expected);
}

Matrix noise_matrix(index m, index n, unsigned seed) {
  Matrix A(m, n);
  A.entries = test_noise(m * n, seed);
  for (double& a : A.entries) a = static_cast<double>(static_cast<float>(a));
  return A;
}

Matrix transposed(const Matrix& A) {
  Matrix out(A.cols, A.rows);
  for (index i = 0; i < A.rows; ++i)
    for (index j = 0; j < A.cols; ++j) out(j, i) = A(i, j);
  return out;
}

Matrix product(const Matrix& A, const Matrix& B) {
  Matrix out(A.rows, B.cols);
  for (index i = 0; i < A.rows; ++i)
    for (index k = 0; k < A.cols; ++k)
      for (index j = 0; j < B.cols; ++j) out(i, j) += A(i, k) * B(k, j);
  return out;
}

TermMaker dense(const Matrix& A) {
  TermMaker maker("dense", operator_terms());
  maker.array("matrix", A.entries, {A.rows, A.cols});
  return maker;
}

TEST_CASE_TEMPLATE("dense: any strides, both dtypes, blocks and remainders", D, float, double) {
  const index sizes[][2] = {{1, 1}, {3, 5}, {4, 9}, {7, 1030}, {1030, 3}, {520, 6}};
  for (const auto& [m, n] : sizes) {
    CAPTURE(m);
    CAPTURE(n);
    const Matrix A = noise_matrix(m, n, 17);
    // Row-major, column-major, with gaps, backwards, both strides > 1.
    const index layouts[][2] = {{n, 1}, {1, m}, {n + 3, 1}, {-n, 1}, {2, 2 * m}, {n, -1}};
    for (const auto& [row, col] : layouts) {
      const index lowest = std::min<index>(row * (m - 1), 0) + std::min<index>(col * (n - 1), 0);
      const index length = std::abs(row) * (m - 1) + std::abs(col) * (n - 1) + 1;
      std::vector<D> memory(at(length), D(kNaN));  // gaps are not read
      for (index i = 0; i < m; ++i)
        for (index j = 0; j < n; ++j) memory[at(i * row + j * col - lowest)] = static_cast<D>(A(i, j));
      ArrayView view;
      view.dtype = kDtypeOf<D>;
      view.ndim = 2;
      view.shape[0] = m;
      view.shape[1] = n;
      view.strides[0] = row * static_cast<index>(sizeof(D));
      view.strides[1] = col * static_cast<index>(sizeof(D));
      view.data = memory.data() - lowest;
      TermMaker maker("dense", operator_terms());
      maker.array_view("matrix", view);
      const auto op = maker.make<Operator>();
      check_products<double>(*op, A, 1e-12);
      check_products<float>(*op, A, 2e-5);
      if (m * n < 100) check_claims(*op, A);
    }
  }
}

// A with about a third of its entries, as CSC or CSR.
template <class I, class D>
void check_sparse(bool by_columns) {
  Matrix A = noise_matrix(9, 13, 5);
  for (double& a : A.entries) a = std::abs(a) < 0.35 ? a : 0.0;
  for (index j = 0; j < 9; ++j) A(j, 4) = 0;  // an empty column, an empty row
  for (index j = 0; j < 13; ++j) A(3, j) = 0;
  for (index i = 0; i < 9; ++i) A(i, 7) = 0.5;  // a full column
  std::vector<I> indptr{0}, indices;
  std::vector<D> values;
  for (index l = 0; l < (by_columns ? 13 : 9); ++l) {
    for (index i = 0; i < (by_columns ? 9 : 13); ++i) {
      const double a = by_columns ? A(i, l) : A(l, i);
      if (a == 0) continue;
      indices.push_back(static_cast<I>(i));
      values.push_back(static_cast<D>(a));
    }
    indptr.push_back(static_cast<I>(values.size()));
  }
  TermMaker maker(by_columns ? "csc" : "csr", operator_terms());
  maker.array("indptr", indptr).array("indices", indices).array("values", values);
  maker.real(by_columns ? "rows" : "cols", by_columns ? 9 : 13);
  const auto op = maker.make<Operator>();
  check(*op, A);
  CHECK(op->copied_bytes() == 0);
  // Every second element of twice the memory: copied, and said so.
  std::vector<D> wide(2 * values.size(), D(kNaN));
  for (std::size_t k = 0; k < values.size(); ++k) wide[2 * k] = values[k];
  ArrayView view;
  view.dtype = kDtypeOf<D>;
  view.ndim = 1;
  view.shape[0] = static_cast<index>(values.size());
  view.strides[0] = 2 * static_cast<index>(sizeof(D));
  view.data = wide.data();
  TermMaker strided(by_columns ? "csc" : "csr", operator_terms());
  strided.array("indptr", indptr).array("indices", indices).array_view("values", view);
  strided.real(by_columns ? "rows" : "cols", by_columns ? 9 : 13);
  const auto copied = strided.make<Operator>();
  check(*copied, A);
  CHECK(copied->copied_bytes() == static_cast<index>(values.size() * sizeof(D)));
}

TEST_CASE("sparse: by columns and by rows, both index widths, both dtypes") {
  for (const bool by_columns : {true, false}) {
    check_sparse<std::int32_t, double>(by_columns);
    check_sparse<std::int64_t, float>(by_columns);
    check_sparse<std::int32_t, float>(by_columns);
    check_sparse<std::int64_t, double>(by_columns);
  }
  TermMaker empty("csc", operator_terms());
  empty.array("indptr", std::vector<std::int32_t>{0, 0, 0}).real("rows", 4);
  check(*empty.make<Operator>(), Matrix(4, 2));
}

TEST_CASE("sparse: what is malformed is refused by name and position") {
  using I = std::vector<std::int32_t>;
  const auto refused = [](I indptr, I indices, std::vector<double> values, index rows = 4) {
    TermMaker maker("csc", operator_terms());
    maker.array("indptr", indptr).array("indices", indices).array("values", values);
    maker.real("rows", static_cast<double>(rows));
    return message_of([&] { maker.make<Operator>(); });
  };
  CHECK(refused({0, 2, 3}, {0, 3, 1}, {1, 2, 3}) == "");
  CHECK(refused({1, 2, 3}, {0, 3, 1}, {1, 2, 3}) == "indptr[0] is 1; legal: 0");
  CHECK(refused({0, 2, 1}, {0, 3, 1}, {1, 2, 3}) == "indptr[2] is 1; legal: >= indptr[1] = 2 and <= the 3 values");
  CHECK(refused({0, 4, 3}, {0, 3, 1}, {1, 2, 3}) == "indptr[1] is 4; legal: >= indptr[0] = 0 and <= the 3 values");
  CHECK(refused({0, -5, 3}, {0, 3, 1}, {1, 2, 3}) == "indptr[1] is -5; legal: >= indptr[0] = 0 and <= the 3 values");
  CHECK(refused({0, 2, 2}, {0, 3, 1}, {1, 2, 3}) == "indptr[2] is 2; legal: the number of values, 3");
  CHECK(refused({0, 2, 3}, {0, 4, 1}, {1, 2, 3}) == "indices[1] is 4; legal: 0 to 3");
  CHECK(refused({0, 2, 3}, {0, 3, -1}, {1, 2, 3}) == "indices[2] is -1; legal: 0 to 3");
  CHECK(refused({0, 2, 3}, {3, 1, 1}, {1, 2, 3}) ==
        "indices[1] is 1 after 3; legal: ascending within a row or column, each once");
  CHECK(refused({0, 2, 3}, {1, 1, 1}, {1, 2, 3}) ==
        "indices[1] is 1 after 1; legal: ascending within a row or column, each once");
  CHECK(refused({0, 2, 3}, {0, 3}, {1, 2, 3}) == "indices has 2 elements and values has 3; legal: the same");
  CHECK(refused({0}, {0}, {1}) == "indptr has 1 elements; legal: >= 2");
  TermMaker mixed("csr", operator_terms());
  mixed.array("indptr", I{0, 1}).array("indices", std::vector<std::int64_t>{0}).array("values", std::vector<float>{1});
  mixed.real("cols", 1);
  CHECK(status_of([&] { mixed.make<Operator>(); }) == Status::DTYPE);
}

TEST_CASE("identity and diagonal") {
  Matrix I(6, 6), D(4, 4), minus(3, 3);
  for (index i = 0; i < 6; ++i) I(i, i) = 1;
  check(*TermMaker("identity", operator_terms()).real("size", 6).make<Operator>(), I);
  const std::vector<double> d{3, -4, 0, 0.5};
  for (index i = 0; i < 4; ++i) D(i, i) = d[at(i)];
  const auto A = TermMaker("diagonal", operator_terms()).array("d", d).make<Operator>();
  check(*A, D);
  CHECK((A->caps() & OPERATOR_TIGHT) == 0);
  for (index i = 0; i < 3; ++i) minus(i, i) = i == 1 ? 2 : -2;
  const auto B = TermMaker("diagonal", operator_terms()).array("d", std::vector<double>{-2, 2, -2}).make<Operator>();
  check(*B, minus);
  CHECK((B->caps() & OPERATOR_TIGHT) != 0);
}

// Calls visit(position, coordinates) over a grid in row-major order.
void each_cell(const std::vector<index>& shape, const std::function<void(index, std::vector<index>&)>& visit) {
  std::vector<index> cell(shape.size(), 0);
  index total = 1;
  for (const index n : shape) total *= n;
  for (index i = 0; i < total; ++i) {
    index rest = i;
    for (std::size_t k = shape.size(); k-- > 0; rest /= shape[k]) cell[k] = rest % shape[k];
    visit(i, cell);
  }
}
index position(const std::vector<index>& shape, const std::vector<index>& cell) {
  index out = 0;
  for (std::size_t k = 0; k < shape.size(); ++k) out = out * shape[k] + cell[k];
  return out;
}

using Shape = std::vector<index>;

TEST_CASE("differences of signals, pictures and volumes, along all axes or some") {
  const std::pair<Shape, Shape> cases[] = {{{1}, {}},        {{2}, {}},           {{7}, {}},        {{3, 5}, {}},
                                           {{5, 1}, {}},     {{2, 3, 4}, {}},     {{2, 3, 4}, {1}}, {{2, 3, 4}, {0, 2}},
                                           {{4, 1, 2}, {1}}, {{3, 4, 2}, {1, 2}}, {{1, 1, 6}, {}},  {{6, 2}, {0}}};
  for (const auto& [shape, axes] : cases) {
    Shape used = axes;
    for (std::size_t k = 0; axes.empty() && k < shape.size(); ++k) used.push_back(static_cast<index>(k));
    index n = 1;
    for (const index length : shape) n *= length;
    Matrix D(n * static_cast<index>(used.size()), n);
    for (std::size_t a = 0; a < used.size(); ++a)
      each_cell(shape, [&, &grid = shape](index i, Shape& cell) {
        const auto axis = at(used[a]);
        if (cell[axis] + 1 == grid[axis]) return;
        const index row = static_cast<index>(a) * n + i;
        D(row, i) = -1;
        ++cell[axis];
        D(row, position(grid, cell)) = 1;
      });
    TermMaker maker("differences", operator_terms());
    maker.array("shape", shape);
    if (!axes.empty()) maker.array("axes", axes);
    check(*maker.make<Operator>(), D);
  }
}

Matrix dft_matrix(const Shape& shape, const Shape& axes, const std::vector<double>& mask, bool complex) {
  index n = 1, kept = 0;
  for (const index length : shape) n *= length;
  std::vector<bool> along(shape.size(), axes.empty());
  for (const index a : axes) along[at(a)] = true;
  double size = 1;
  for (std::size_t k = 0; k < shape.size(); ++k) size *= along[k] ? static_cast<double>(shape[k]) : 1.0;
  for (index i = 0; i < n; ++i) kept += mask.empty() || mask[at(i)] != 0 ? 1 : 0;
  Matrix F(2 * kept, complex ? 2 * n : n);
  index row = 0;
  each_cell(shape, [&](index f, Shape& frequency) {
    if (!mask.empty() && mask[at(f)] == 0) return;
    each_cell(shape, [&](index i, Shape& cell) {
      double turns = 0;
      for (std::size_t k = 0; k < shape.size(); ++k) {
        if (!along[k] && cell[k] != frequency[k]) return;
        if (along[k]) turns += static_cast<double>(cell[k] * frequency[k] % shape[k]) / static_cast<double>(shape[k]);
      }
      const std::complex<double> w = std::polar(1 / std::sqrt(size), -2 * std::acos(-1.0) * turns);
      F(row, complex ? 2 * i : i) = w.real();
      F(row + 1, complex ? 2 * i : i) = w.imag();
      if (!complex) return;
      F(row, 2 * i + 1) = -w.imag();
      F(row + 1, 2 * i + 1) = w.real();
    });
    row += 2;
  });
  return F;
}

TEST_CASE("masked Fourier transforms of 1 to 3 dimensions, real and complex, along some axes") {
  const std::pair<Shape, Shape> cases[] = {{{1}, {}},      {{2}, {}},     {{12}, {}},      {{37}, {}},
                                           {{7}, {}},      {{3, 8}, {}},  {{2, 3, 5}, {}}, {{4, 3, 2}, {1, 2}},
                                           {{5, 41}, {1}}, {{41, 3}, {0}}};
  for (const auto& [shape, axes] : cases)
    for (const bool complex : {false, true})
      for (int masked = 0; masked < 3; ++masked) {
        index n = 1;
        for (const index length : shape) n *= length;
        std::vector<double> mask;
        if (masked == 1) mask = test_noise(n, 9);
        if (masked == 2) mask.assign(at(n), 0.0);
        for (double& m : mask) m = masked == 1 && m > 0 ? 1 : 0;
        if (masked > 0) mask[at(n > 1 ? 1 : 0)] = 1;  // alone: its mirror image is missing
        TermMaker maker("masked_dft", operator_terms());
        maker.array("shape", shape).real("complex", complex ? 1 : 0);
        if (!axes.empty()) maker.array("axes", axes);
        if (masked > 0) maker.array("mask", mask);
        const auto op = maker.make<Operator>();
        check(*op, dft_matrix(shape, axes, mask, complex));
        CHECK(((op->caps() & OPERATOR_TIGHT) != 0) == complex);
      }
}

Matrix convolution_matrix(const Shape& shape, const Shape& lengths, const std::vector<double>& h, bool circular) {
  index n = 1;
  for (const index length : shape) n *= length;
  Matrix A(n, n);
  each_cell(shape, [&](index i, Shape& to) {
    each_cell(lengths, [&](index k, Shape& tap) {
      Shape from(shape.size());
      for (std::size_t d = 0; d < shape.size(); ++d) {
        from[d] = to[d] + (lengths[d] - 1) / 2 - tap[d];
        if (circular) from[d] = ((from[d] % shape[d]) + shape[d]) % shape[d];
        if (from[d] < 0 || from[d] >= shape[d]) return;
      }
      A(i, position(shape, from)) += h[at(k)];
    });
  });
  return A;
}

TEST_CASE("convolutions, zero beyond the grid or circular, with filters shorter and longer than it") {
  const std::pair<Shape, Shape> cases[] = {{{9}, {3}},
                                           {{9}, {4}},
                                           {{5}, {9}},
                                           {{1}, {6}},
                                           {{6, 5}, {3, 3}},
                                           {{4, 7}, {2, 1}},
                                           {{3, 3}, {5, 8}},
                                           {{3, 4, 5}, {3, 2, 1}},
                                           {{4, 3}, {9, 9}},
                                           {{80}, {65}},
                                           {{2, 3, 2}, {3, 3, 3}}};
  for (const auto& [shape, lengths] : cases)
    for (const bool circular : {false, true}) {
      index taps = 1;
      for (const index length : lengths) taps *= length;
      const auto h = test_noise(taps, 31);
      TermMaker maker("convolution", operator_terms());
      maker.array("shape", shape).array("kernel", h, lengths).real("circular", circular ? 1 : 0);
      check(*maker.make<Operator>(), convolution_matrix(shape, lengths, h, circular));
    }
}

TEST_CASE("scaled, transposed, stacked and composed operators") {
  const Matrix A = noise_matrix(5, 7, 1), B = noise_matrix(3, 7, 2), C = noise_matrix(7, 4, 3);
  const TermMaker a = dense(A), b = dense(B), c = dense(C);
  const auto terms = operator_terms();
  Matrix scaled = A, stacked(8, 7), twice = A;
  for (double& x : scaled.entries) x *= -2.5;
  for (double& x : twice.entries) x *= -5;
  for (index j = 0; j < 7; ++j) {
    for (index i = 0; i < 5; ++i) stacked(i, j) = A(i, j);
    for (index i = 0; i < 3; ++i) stacked(5 + i, j) = B(i, j);
  }
  const auto with = [&](const char* name, std::vector<TermPtr> parts, double factor = 0) {
    TermMaker maker(name, terms);
    for (TermPtr& part : parts) maker.term("A", std::move(part));
    if (factor != 0) maker.real("factor", factor);
    return maker.make<Operator>();
  };
  const auto pa = a.make<Operator>(), pb = b.make<Operator>(), pc = c.make<Operator>();
  check(*with("scaled", {pa}, -2.5), scaled);
  check(*with("scaled", {with("scaled", {pa}, -2.5)}, 2), twice);
  check(*with("transpose", {pa}), transposed(A));
  check(*with("transpose", {with("transpose", {pa})}), A);
  CHECK(with("transpose", {with("scaled", {pa}, -2.5)})->stored() == nullptr);
  check(*with("transpose", {with("scaled", {pa}, -2.5)}), transposed(scaled));
  check(*with("stack", {pa, pb}), stacked);
  check(*with("stack", {pa}), A);
  check(*with("compose", {pa, pc}), product(A, C));
  check(*with("compose", {pa, pc, with("transpose", {pc}), with("transpose", {pb})}),
        product(product(product(A, C), transposed(C)), transposed(B)));
  check(*with("compose", {pa}), A);
  Matrix D(3, 3);
  for (index i = 0; i < 3; ++i) D(i, i) = -3;
  const auto d = TermMaker("diagonal", terms).array("d", std::vector<double>{1, 1, 1}).make<Operator>();
  check(*with("scaled", {d}, -3), D);
  check(*with("transpose", {with("scaled", {d}, -3)}), D);
  CHECK(message_of([&] {
          with("stack", {pa, pc});
        }) == "A number 2 of the stack has 4 columns and the first has 7; legal: the same");
  CHECK(message_of([&] {
          with("compose", {pc, pa, pb});
        }) == "A number 1 of the product has 4 columns and the next has 5 rows; legal: the same");
}

TEST_CASE("grids that make no sense are refused") {
  const auto terms = operator_terms();
  const auto shaped = [&](const char* name, Shape shape, Shape axes) {
    TermMaker maker(name, terms);
    maker.array("shape", shape);
    if (!axes.empty()) maker.array("axes", axes);
    return message_of([&] { maker.make<Operator>(); });
  };
  CHECK(shaped("differences", {2, 3, 4, 5}, {}) == "shape has 4 lengths; legal: 1 to 3");
  CHECK(shaped("differences", {2, 0}, {}) == "shape[1] is 0; legal: >= 1");
  CHECK(shaped("masked_dft", {index{1} << 30, index{1} << 30}, {}) ==
        "shape has more than 2^40 entries: shape[1] is 1073741824");
  CHECK(shaped("differences", {2, 3}, {2}) == "axes[0] is 2; legal: 0 to 1, ascending");
  CHECK(shaped("masked_dft", {2, 3}, {1, 0}) == "axes[1] is 0; legal: 0 to 1, ascending");
  TermMaker mask("masked_dft", terms);
  mask.array("shape", Shape{2, 3}).array("mask", std::vector<double>{1, 0, 0, 0, 1});
  CHECK(message_of([&] { mask.make<Operator>(); }) == "mask has 5 elements and shape says 6; legal: the same");
  TermMaker nothing("masked_dft", terms);
  nothing.array("shape", Shape{2}).array("mask", std::vector<double>{0, 0});
  CHECK(status_of([&] { nothing.make<Operator>(); }) == Status::EMPTY);
  TermMaker flat("convolution", terms);
  flat.array("shape", Shape{4, 4}).array("kernel", std::vector<double>{1, 1});
  CHECK(message_of([&] { flat.make<Operator>(); }) ==
        "kernel has 1 dimensions and shape has 2 lengths; legal: the same");
}

struct Answer {
  std::int32_t code = 0;
};

template <class T>
void double_sum(const void* x, void* y) {
  const auto* from = static_cast<const T*>(x);
  static_cast<T*>(y)[0] = T(2) * (from[0] + from[1]);
}
template <class T>
void double_spread(const void* y, void* x) {
  const T from = static_cast<const T*>(y)[0];
  static_cast<T*>(x)[0] = static_cast<T*>(x)[1] = T(2) * from;
}
std::int32_t forth(void* user, std::int32_t dtype, const void* x, void* y) {
  dtype == 1 ? double_sum<float>(x, y) : double_sum<double>(x, y);
  return static_cast<Answer*>(user)->code;
}
std::int32_t back(void* user, std::int32_t dtype, const void* y, void* x) {
  dtype == 1 ? double_spread<float>(y, x) : double_spread<double>(y, x);
  return static_cast<Answer*>(user)->code;
}

TEST_CASE("a callback operator: products, cancel, failure, refusals") {
  Answer answer;
  Matrix A(1, 2);
  A.entries = {2, 2};
  check(CallbackOperator(1, 2, forth, back, &answer), A);
  CHECK(CallbackOperator(1, 2, forth, back, &answer, 3.0).norm_bound() == 3);
  const CallbackOperator op(1, 2, forth, back, &answer);
  double x[2] = {1, 1}, y[1];
  answer.code = -3;
  try {
    op.apply(x, y, Scratch());
    FAIL("a failing callback was not noticed");
  } catch (const Error& error) {
    CHECK(error.status() == Status::CALLBACK);
    CHECK(error.detail() == -3);
  }
  answer.code = 2;
  CHECK_THROWS_AS(op.adjoint(y, x, Scratch()), Stopped);
  CHECK(status_of([&] { CallbackOperator(1, 2, nullptr, back, nullptr); }) == Status::NULL_ARGUMENT);
  CHECK(status_of([&] { CallbackOperator(1, 2, forth, nullptr, nullptr); }) == Status::NULL_ARGUMENT);
  CHECK(status_of([&] { CallbackOperator(0, 2, forth, back, nullptr); }) == Status::SHAPE);
  CHECK(status_of([&] { CallbackOperator(1, 2, forth, back, nullptr, -1.0); }) == Status::RANGE);
}

}  // namespace
}  // namespace fenchel

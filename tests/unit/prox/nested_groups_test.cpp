// nested_groups_test.cpp -- trees of groups against the dual ascent for any groups, which shares no code with them; the
// nearest orthonormal columns where the answer is known or the matrix has no full rank.
#include <doctest/doctest.h>

#include "operators/term_maker.hpp"
#include "vector_case.hpp"

namespace fenchel {
namespace {

using Vector = std::vector<double>;

TEST_CASE("a tree of groups is the same groups, overlapping") {
  // Nodes 0 .. 5: 0 has children 1 and 2, 2 has 3 and 4; 5 is a tree of its own. Coordinate j sits at node[j].
  const std::vector<index> parent{-1, 0, 0, 2, 2, -1}, node{0, 1, 1, 3, 4, 5, 5, 2, 4, 3};
  const Vector weights{0.5, 1, 0.25, 0.7, 0.9, 0.4};
  std::vector<index> starts{0}, members;
  for (index b = 0; b < 6; ++b) {
    for (std::size_t j = 0; j < node.size(); ++j)
      for (index at = node[j]; at >= 0; at = parent[static_cast<std::size_t>(at)])
        if (at == b) members.push_back(static_cast<index>(j));
    starts.push_back(static_cast<index>(members.size()));
  }
  const auto tree =
      ProxCase("tree_groups").indices("parent", parent).indices("node", node).array("weights", weights).make();
  const auto groups = ProxCase("overlapping_groups")
                          .indices("starts", starts)
                          .indices("members", members)
                          .array("weights", weights)
                          .real("tol", 1e-16)
                          .make();
  index zeros = 0;
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const Vector v = normal_vector(node.size(), seed);
    for (const double step : {0.1, 0.6, 1.5, 9.0}) {
      const auto exact = run_prox(*tree, v, step), other = run_prox(*groups, v, step);
      CHECK(exact.value == doctest::Approx(other.value).epsilon(1e-6));
      for (std::size_t j = 0; j < v.size(); ++j) {
        CHECK(std::abs(exact.x[j] - other.x[j]) < 1e-6);
        zeros += exact.x[j] == 0 ? 1 : 0;
        // A node at zero takes its subtree with it.
        for (std::size_t k = 0; k < v.size(); ++k)
          if (exact.x[0] == 0 && node[k] < 5 && node[j] == 0) CHECK(exact.x[k] == 0);
      }
    }
  }
  CHECK(zeros > 100);
}

TEST_CASE("one group with itself twice is the group once with both weights") {
  const auto twice = ProxCase("overlapping_groups")
                         .indices("starts", {0, 3, 6})
                         .indices("members", {0, 1, 2, 2, 1, 0})
                         .array("weights", {0.5, 0.75})
                         .real("tol", 1e-16)
                         .make();
  const auto once = ProxCase("group_l2").real("size", 3).real("lam", 1.25).make();
  const Vector v{1, -2, 0.5};
  const auto a = run_prox(*twice, v, 0.8), b = run_prox(*once, v, 0.8);
  for (std::size_t j = 0; j < 3; ++j) CHECK(a.x[j] == doctest::Approx(b.x[j]).epsilon(1e-7));
}

TEST_CASE("nested groups refuse what is no tree and what lies outside") {
  const auto tree = [](std::vector<index> parent, std::vector<index> node) {
    return status_of([&] { ProxCase("tree_groups").indices("parent", parent).indices("node", node).make(); });
  };
  CHECK(tree({0}, {0}) == Status::RANGE);
  CHECK(tree({-1, 2, 0}, {0}) == Status::RANGE);
  CHECK(tree({-1}, {1}) == Status::RANGE);
  const auto groups = [](std::vector<index> starts, std::vector<index> members) {
    return status_of(
        [&] { ProxCase("overlapping_groups").indices("starts", starts).indices("members", members).make(); });
  };
  CHECK(groups({0, 2}, {0, 0}) == Status::RANGE);
  CHECK(groups({0, 2}, {0, -1}) == Status::RANGE);
  CHECK(groups({0, 3}, {0, 1}) == Status::RANGE);
  CHECK(groups({0, 2, 1, 2}, {0, 1}) == Status::RANGE);
}

TEST_CASE("orthonormal columns: a scaled frame gives itself; any rank gives a legal point") {
  const auto frame = ProxCase("stiefel").real("rows", 4).real("cols", 2).make();
  const Vector q{0.6, 0, 0.8, 0, 0, 0.6, 0, -0.8};  // columns (.6 .8 0 0) and (0 0 .6 -.8)
  Vector v(q);
  for (std::size_t i = 0; i < 8; ++i) v[i] *= i % 2 == 0 ? 3 : 1e-6;
  const auto x = run_prox(*frame, v, 2).x;
  for (std::size_t i = 0; i < 8; ++i) CHECK(x[i] == doctest::Approx(q[i]).epsilon(1e-9));
  for (const auto& [rows, cols] : std::vector<std::pair<std::size_t, std::size_t>>{{5, 5}, {9, 4}, {1, 1}, {40, 30}})
    for (std::size_t rank = 0; rank <= cols; rank += 1 + cols / 4) {
      const auto term =
          ProxCase("stiefel").real("rows", static_cast<double>(rows)).real("cols", static_cast<double>(cols)).make();
      const Vector left = normal_vector(rows * cols, rank + 1), right = normal_vector(cols * cols, rank + 2);
      Vector a(rows * cols, 0);
      for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < cols; ++j)
          for (std::size_t k = 0; k < rank; ++k) a[i * cols + j] += left[i * cols + k] * right[k * cols + j];
      INFO(rows, " x ", cols, " rank ", rank);
      const auto result = run_prox(*term, a, 1);
      CHECK(value_of(*term, result.x) == 0);
      // <X, A> is the sum of the singular values, the most that any orthonormal X reaches.
      const auto nuclear =
          ProxCase("nuclear").real("rows", static_cast<double>(rows)).real("cols", static_cast<double>(cols)).make();
      double inner = 0;
      for (std::size_t i = 0; i < a.size(); ++i) inner += a[i] * result.x[i];
      CHECK(inner == doctest::Approx(value_of(*nuclear, a)).epsilon(1e-11));
    }
}

}  // namespace
}  // namespace fenchel

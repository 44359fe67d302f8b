// What must not matter, to the last bit: threads, strides of the inputs and outputs, solving twice; and inputs stay
// untouched.
#include <doctest/doctest.h>

#include <cstring>

#include "solve_cases.hpp"

namespace {

using namespace law;

// Large enough for several blocks of rows and columns.
std::vector<Instance> cases() {
  std::vector<Instance> all;
  for (const int32_t dtype : {FEN_F64, FEN_F32}) {
    std::vector<Instance> some = {matrix_instance(201, 157, 1), grid_instance("sqeuclidean", {24, 17}, 3),
                                  grid_instance("l1", {24, 17}, 3)};
    for (const std::string& cost : names_of("cost")) some.push_back(cloud_instance(cost, 183, 217, 3, 2));
    some.push_back(cloud_instance("sqeuclidean", 131, 140, 40, 2));
    for (Instance& p : some) {
      p.dtype = dtype;
      p.spec.eps = p.cost == "cosine" ? 0.01 : 0.05;
      all.push_back(p);
      p.spec.rho_a = 0.5;
      all.push_back(p);
    }
  }
  return all;
}

std::vector<double> numbers(fen_transport_result r) {
  return {static_cast<double>(r.termination),
          static_cast<double>(r.iterations),
          static_cast<double>(r.passes),
          static_cast<double>(r.newton_steps),
          static_cast<double>(r.cg_iterations),
          r.error_a,
          r.error_b,
          r.mass,
          r.cost,
          r.primal,
          r.dual,
          r.gap};
}

struct Answers {
  std::vector<double> result;
  Vector phi, psi, plan, product, gradient;
  bool operator==(const Answers&) const = default;
};

Answers answers_of(Solver& solver) {
  const Instance& p = solver.instance();
  Answers out;
  out.result = numbers(solver.solve());
  out.phi = solver.phi();
  out.psi = solver.psi();
  Random random(3);
  out.product = solver.apply(FEN_APPLY_NORMALIZE, 2, random.vector(p.m * 2));
  out.gradient = solver.gradient("a");
  if (p.kind == Kind::cloud) out.gradient = solver.gradient("y");
  if (p.kind != Kind::grid) out.plan = solver.plan();
  return out;
}

void fill_strided(fen_array* view, std::vector<unsigned char>& memory, int32_t dtype, int64_t n, int64_t m, int64_t row,
                  int64_t col, const Vector& values) {
  const int64_t shape[2] = {n, m};
  fen_array_init(view, dtype, 2, shape, memory.data());
  view->strides[0] = row;
  view->strides[1] = col;
  unsigned char* start = memory.data() + (row < 0 ? -row * (n - 1) : 0) + (col < 0 ? -col * (m - 1) : 0);
  view->data = start;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < m; ++j) {
      const double value = values[static_cast<std::size_t>(i * m + j)];
      const float single = static_cast<float>(value);
      if (dtype == FEN_F32)
        std::memcpy(start + i * row + j * col, &single, 4);
      else
        std::memcpy(start + i * row + j * col, &value, 8);
    }
}

}  // namespace

TEST_CASE("results do not depend on the number of threads") {
  for (const Instance& p : cases())
    for (const std::string& method : names_of("transport_method")) {
      if (!solves(method, p)) continue;
      CAPTURE(p.name());
      CAPTURE(method);
      Solver one(p, method, options_of(0, 1));
      const Answers expected = answers_of(one);
      for (const int32_t threads : {2, 3}) {
        if (threads == 3 && method != "auto") continue;
        Solver solver(p, method, options_of(0, threads));
        CHECK(answers_of(solver) == expected);
      }
    }
}

TEST_CASE("solving again gives the same, and inputs are untouched") {
  for (const Instance& p : cases()) {
    CAPTURE(p.name());
    Solver solver(p);
    const Answers first = answers_of(solver);
    const Answers second = answers_of(solver);
    CHECK(first == second);
    const Solver::Inputs fresh = Solver::inputs_of(p);
    CHECK(solver.inputs().cost_matrix.bytes() == fresh.cost_matrix.bytes());
    CHECK(solver.inputs().x.bytes() == fresh.x.bytes());
    CHECK(solver.inputs().y.bytes() == fresh.y.bytes());
    CHECK(solver.inputs().a.bytes() == fresh.a.bytes());
    CHECK(solver.inputs().b.bytes() == fresh.b.bytes());
  }
}

TEST_CASE("a cost matrix of any strides gives the bits of the packed one") {
  for (const int32_t dtype : {FEN_F64, FEN_F32}) {
    Instance p = matrix_instance(83, 61, 4);
    p.dtype = dtype;
    Solver packed(p);
    packed.solve();
    const Vector phi = packed.phi(), plan = packed.plan();
    const int64_t size = dtype == FEN_F32 ? 4 : 8;
    const int64_t strides[][2] = {{61 * size, size},  {64 * size, size},         {size, 83 * size},  {-61 * size, size},
                                  {61 * size, -size}, {3 * 61 * size, 3 * size}, {-size, -90 * size}};
    for (const auto& [row, col] : strides) {
      CAPTURE(row);
      CAPTURE(col);
      std::vector<unsigned char> memory(static_cast<std::size_t>(size * 3 * 90 * 90));
      fen_array cost;
      fill_strided(&cost, memory, dtype, p.n, p.m, row, col, p.cost_matrix);
      const Array a(dtype, {p.n}, p.a), b(dtype, {p.m}, p.b), f(dtype, {p.n}), g(dtype, {p.m});
      fen_transport_result result;
      fen_transport_result_init(&result, sizeof result);
      fen_error err = fresh_error();
      check(fen_sinkhorn(a.view(), b.view(), &cost, &p.spec, "auto", nullptr, f.view(), g.view(), &result, &err), err);
      CHECK(f.values() == phi);
      CHECK((result.copied_bytes == 0) == (row > 0 && col == size));
      // The plan written through the same strides.
      std::vector<unsigned char> out_memory(memory.size());
      fen_array out;
      fill_strided(&out, out_memory, dtype, p.n, p.m, row, col, Vector(plan.size(), -1.0));
      check(fen_transport_plan(packed.handle(), &out, &err), err);
      std::vector<unsigned char> expected_memory(memory.size());
      fen_array expected;
      fill_strided(&expected, expected_memory, dtype, p.n, p.m, row, col, plan);
      CHECK(out_memory == expected_memory);
    }
  }
}

TEST_CASE("points of any strides give the bits of packed ones") {
  for (const int32_t dtype : {FEN_F64, FEN_F32})
    for (const std::string& cost : names_of("cost")) {
      Instance p = cloud_instance(cost, 47, 39, 4, 6);
      p.dtype = dtype;
      CAPTURE(p.name());
      Solver packed(p);
      packed.solve();
      const int64_t size = dtype == FEN_F32 ? 4 : 8;
      std::vector<unsigned char> memory_x(static_cast<std::size_t>(size * 47 * 12)), memory_y(memory_x.size());
      fen_array x, y;
      fill_strided(&x, memory_x, dtype, p.n, p.d, size, 47 * size, p.x);
      fill_strided(&y, memory_y, dtype, p.m, p.d, -9 * size, 2 * size, p.y);
      fen_error err = fresh_error();
      fen_geometry* geometry = nullptr;
      fen_problem* problem = nullptr;
      fen_solver* solver = nullptr;
      const Array a(dtype, {p.n}, p.a), b(dtype, {p.m}, p.b), f(dtype, {p.n}), g(dtype, {p.m});
      check(fen_point_cloud_create(&x, &y, cost.c_str(), &geometry, &err), err);
      check(fen_transport_create(geometry, a.view(), b.view(), &p.spec, &problem, &err), err);
      check(fen_sinkhorn_create(problem, "auto", nullptr, &solver, &err), err);
      check(fen_solver_solve(solver, nullptr, &err), err);
      check(fen_transport_potentials(solver, f.view(), g.view(), &err), err);
      CHECK(f.values() == packed.phi());
      CHECK(g.values() == packed.psi());
      fen_solver_destroy(solver);
      fen_problem_destroy(problem);
      fen_geometry_destroy(geometry);
    }
}

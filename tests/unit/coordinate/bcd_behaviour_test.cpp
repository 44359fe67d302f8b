#include <doctest/doctest.h>

#include <atomic>

#include "coordinate/bcd_case.hpp"

namespace fenchel::bcd_test {
namespace {

// Columns of very different lengths, few of them in the truth.
SmoothCase uneven(index rows, index cols, unsigned seed) {
  SmoothCase data("least_squares", rows, cols, seed);
  const Vector lengths = test_noise(cols, seed + 10), truth = test_noise(cols, seed + 11);
  for (index j = 0; j < cols; ++j)
    for (index i = 0; i < rows; ++i)
      data.A[static_cast<std::size_t>(i * cols + j)] *= std::pow(10.0, lengths[static_cast<std::size_t>(j)]);
  for (index i = 0; i < rows; ++i)
    for (index j = 0; j < cols; j += 7)
      data.y[static_cast<std::size_t>(i)] +=
          data.A[static_cast<std::size_t>(i * cols + j)] * truth[static_cast<std::size_t>(j)];
  return data;
}

index updates_to(const std::shared_ptr<const CompositeProblem>& p, MinimizeSettings settings, double target) {
  settings.trace = 100000;
  settings.tol = 1e-12;
  settings.max_iter = 100000;
  auto solver = make_bcd(p, settings);
  solver->solve(nullptr, nullptr, nullptr);
  const Vector values = objectives(*solver);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] <= target) return static_cast<index>(i) + 1;
  return 1 << 30;
}

double optimum(const std::shared_ptr<const CompositeProblem>& p) {
  MinimizeSettings settings;
  settings.tol = 1e-12;
  settings.max_iter = 1000000;
  auto solver = make_bcd(p, settings);
  return solver->solve(nullptr, nullptr, nullptr).objective;
}

std::int32_t stop_at_third(void*, const Progress& progress) { return progress.iteration >= 3 ? 1 : 0; }
std::int32_t fails(void*, const Progress&) { return -7; }

}  // namespace

TEST_CASE("greedy rules with the update that they score need far fewer updates than Gauss-Southwell") {
  SmoothCase data = uneven(120, 60, 2);
  const auto p = problem(data.make());
  const double start = 0.5 * [&] {
    double sum = 0;
    for (const double y : data.y) sum += y * y;
    return sum;
  }();
  const double best = optimum(p), target = best + 1e-8 * (start - best);
  const auto count = [&](Partition partition, Selection selection) {
    return updates_to(p, rules(partition, selection, BlockUpdate::matrix), target);
  };
  const index gs = count(Partition::sort, Selection::gs), gsl = count(Partition::sort, Selection::gsl);
  const index gsq = count(Partition::sort, Selection::gsq), mgd = count(Partition::sort, Selection::mgd);
  const index cyclic = count(Partition::order, Selection::cyclic), gsd = count(Partition::variable, Selection::gsd);
  const index iht = count(Partition::variable, Selection::gsq_iht);
  MESSAGE("updates: cyclic ", cyclic, " gs ", gs, " gsl ", gsl, " gsq ", gsq, " mgd ", mgd, "; variable: gsd ", gsd,
          " gsq_iht ", iht);
  CHECK(gsq <= 0.75 * static_cast<double>(gs));
  CHECK(gsl <= gs);
  CHECK(gsq < cyclic);
  CHECK(mgd == gsq);  // of a quadratic the bound is exact
  CHECK(gsd <= gsq);
  CHECK(iht <= gsd);
}

TEST_CASE("the support of l1 least squares is found after finitely many updates, and Newton ends there") {
  SmoothCase data = uneven(80, 200, 4);
  const auto f = data.make();
  MinimizeSettings settings;
  settings.tol = 1e-13;
  settings.trace = 100000;
  auto solver = make_bcd(problem(f, l1(20.0)), settings);
  const MinimizeResult& result = solver->solve(nullptr, nullptr, nullptr);
  CHECK(result.termination == static_cast<int>(Termination::CONVERGED));
  CHECK(result.support > 5);
  CHECK(result.support < 60);
  CHECK(result.support_iteration > 0);
  CHECK(result.iterations - result.support_iteration <= 2 * result.support / 5 + 30);
  for (std::size_t row = 0; row < solver->trace().size(); row += kTraceColumns)
    if (solver->trace()[row] > static_cast<double>(result.support_iteration))
      CHECK(solver->trace()[row + 5] == static_cast<double>(result.support));
  // Before its last step the residual was far above what the Newton step left.
  settings.newton = 0;
  settings.max_iter = result.iterations;
  auto plain = make_bcd(problem(f, l1(20.0)), settings);
  CHECK(plain->solve(nullptr, nullptr, nullptr).residual > 100 * result.residual);
}

TEST_CASE("greedy rules beat cyclic ones on l1 least squares by a wide margin") {
  SmoothCase data = uneven(80, 200, 4);
  const auto p = problem(data.make(), l1(20.0));
  const double best = optimum(p), target = best * (1 + 1e-9);
  MinimizeSettings cyclic = rules(Partition::order, Selection::cyclic, BlockUpdate::exact_qp);
  cyclic.newton = 0;
  const index slow = updates_to(p, cyclic, target), fast = updates_to(p, {}, target);
  MESSAGE("updates: cyclic ", slow, " greedy ", fast);
  CHECK(15 * fast <= slow);
}

TEST_CASE("bounds hold exactly, and the solution meets the conditions of nonnegative least squares") {
  SmoothCase data("least_squares", 50, 25, 12);
  const auto f = data.make();
  const auto g = TermMaker("box", prox_terms()).real("lower", 0).real("upper", 0.3).make<Prox>();
  for (const BlockUpdate update : {BlockUpdate::tmp, BlockUpdate::exact_qp, BlockUpdate::gradient}) {
    MinimizeSettings settings = rules(Partition::variable, Selection::automatic, update);
    settings.tol = 1e-11;
    auto solver = make_bcd(problem(f, g), settings);
    const MinimizeResult& result = solver->solve(nullptr, nullptr, nullptr);
    CHECK(result.termination == static_cast<int>(Termination::CONVERGED));
    const Vector x = solution(*solver);
    Vector slopes;
    evaluate(*f, x, &slopes);
    index inside = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      CHECK(x[j] >= 0);
      CHECK(x[j] <= 0.3);
      if (x[j] == 0) CHECK(slopes[j] >= -1e-8);
      if (x[j] == 0.3) CHECK(slopes[j] <= 1e-8);
      if (x[j] > 0 && x[j] < 0.3) CHECK(std::abs(slopes[j]) <= 1e-8);
      inside += x[j] > 0 && x[j] < 0.3 ? 1 : 0;
    }
    CHECK(inside > 0);
    CHECK(inside < 25);
  }
}

TEST_CASE("the gap bounds the distance to the optimum, and closes") {
  struct Row {
    const char* loss;
    std::shared_ptr<const Prox> g;
  };
  const auto box = TermMaker("box", prox_terms()).real("lower", 0).real("upper", 0.3).make<Prox>();
  const auto ridge = TermMaker("squared_l2", prox_terms()).real("lam", 0.7).make<Prox>();
  const Row rows[] = {{"least_squares", l1(1.0)}, {"logistic", l1(0.4)}, {"least_squares", box},
                      {"logistic", ridge},        {"huber", box},        {"squared_hinge", l1(0.5)}};
  for (const Row& row : rows) {
    for (const bool intercept : {false, true}) {
      SmoothCase data(row.loss, 40, 15, 21);
      data.offset = test_noise(40, 4);
      data.intercept = intercept;
      INFO(row.loss, " intercept ", intercept);
      const auto p = problem(data.make(), row.g);
      const double best = optimum(p);
      for (const double tol : {1e-1, 1e-3, 1e-11}) {
        MinimizeSettings settings;
        settings.tol = tol;
        auto solver = make_bcd(p, settings);
        const MinimizeResult& result = solver->solve(nullptr, nullptr, nullptr);
        CHECK(result.objective - best <= result.gap + 1e-12 * std::abs(best));
        if (!intercept) CHECK(result.certificate == static_cast<int>(Certificate::GAP));
        if (tol < 1e-9 && !intercept) CHECK(result.gap <= 1e-7 * std::abs(best));
      }
    }
  }
}

TEST_CASE("a nonconvex term ends at a stationary point and claims no more") {
  SmoothCase data("least_squares", 50, 25, 12);
  const auto mcp = TermMaker("mcp", prox_terms()).real("lam", 2).real("gamma", 3).make<Prox>();
  auto solver = make_bcd(problem(data.make(), mcp), {});
  const MinimizeResult& result = solver->solve(nullptr, nullptr, nullptr);
  CHECK(result.termination == static_cast<int>(Termination::CONVERGED));
  CHECK(result.certificate == static_cast<int>(Certificate::STATIONARITY));
  CHECK(result.gap == kInf);
}

TEST_CASE("single precision: data of either dtype, an iterate of floats") {
  SmoothCase data("logistic", 60, 20, 3);
  const auto exact = problem(data.make(), l1(1.0)), single = problem(data.make<float>(), l1(1.0), Dtype::f32);
  MinimizeSettings settings;
  settings.tol = 1e-10;
  auto reference = make_bcd(exact, settings);
  reference->solve(nullptr, nullptr, nullptr);
  auto solver = make_bcd(single, {});
  CHECK(solver->solve(nullptr, nullptr, nullptr).termination == static_cast<int>(Termination::CONVERGED));
  const Vector x = solution(*solver);
  for (const double v : x) CHECK(v == static_cast<double>(static_cast<float>(v)));
  CHECK(largest_difference(x, solution(*reference)) <= 2e-4);
}

TEST_CASE("a warm start at the solution ends at once, whatever was solved before") {
  SmoothCase data("least_squares", 40, 20, 3);
  const auto p = problem(data.make(), l1(1.0));
  MinimizeSettings settings;
  settings.tol = 1e-9;
  auto solver = make_bcd(p, settings);
  solver->solve(nullptr, nullptr, nullptr);
  Vector x = solution(*solver);
  ArrayView view;
  view.ndim = 1;
  view.data = x.data();
  view.shape[0] = 20;
  view.strides[0] = sizeof(double);
  solver->warm_start(view);
  CHECK(solver->solve(nullptr, nullptr, nullptr).iterations <= 1);
  solver->warm_start({});
  CHECK(solver->solve(nullptr, nullptr, nullptr).iterations > 3);
  x[3] = kNaN;
  CHECK(status_of([&] { solver->warm_start(view); }) == Status::NOT_FINITE);
}

TEST_CASE("cancel, limits and a failing monitor leave a point no worse than the start") {
  SmoothCase data = uneven(80, 60, 6);
  const auto p = problem(data.make());
  MinimizeSettings settings = rules(Partition::order, Selection::cyclic, BlockUpdate::gradient);
  settings.monitor_interval = 0;
  auto solver = make_bcd(p, settings);
  const double start = evaluate(*p->f(), Vector(60, 0.0));
  const MinimizeResult& cancelled = solver->solve(nullptr, stop_at_third, nullptr);
  CHECK(cancelled.termination == static_cast<int>(Termination::CANCELLED));
  CHECK(cancelled.iterations == 3);
  CHECK(cancelled.objective < start);
  std::atomic<bool> flag{true};
  CHECK(solver->solve(&flag, nullptr, nullptr).termination == static_cast<int>(Termination::CANCELLED));
  CHECK(status_of([&] { solver->solve(nullptr, fails, nullptr); }) == Status::CALLBACK);
  settings.max_iter = 7;
  auto limited = make_bcd(p, settings);
  CHECK(limited->solve(nullptr, nullptr, nullptr).termination == static_cast<int>(Termination::MAX_ITER));
  CHECK(limited->result().iterations == 7);
}

TEST_CASE("a seed repeats a random solve bit for bit; another seed does not") {
  SmoothCase data = uneven(60, 40, 6);
  const auto p = problem(data.make());
  MinimizeSettings settings = rules(Partition::sort, Selection::random, BlockUpdate::matrix);
  settings.max_iter = 20;
  settings.seed = 3;
  auto a = make_bcd(p, settings), b = make_bcd(p, settings);
  const auto first = a->solve(nullptr, nullptr, nullptr).objective;
  CHECK(b->solve(nullptr, nullptr, nullptr).objective == first);
  CHECK(a->solve(nullptr, nullptr, nullptr).objective == first);
  settings.seed = 4;
  CHECK(make_bcd(p, settings)->solve(nullptr, nullptr, nullptr).objective != first);
}

}  // namespace fenchel::bcd_test

// claim3.cpp -- prints the comparison of block rules (Nutini, Laradji and Schmidt, Let's Make Block Coordinate Descent
// Converge Faster, 2017) and says whether each statement held. Counts of updates do not depend on the machine; only the
// times of the forest solve do. Returns 1 when a statement failed.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>

#include "coordinate/bcd_case.hpp"
#include "solvers/coordinate/bcd_dense.hpp"
#include "solvers/coordinate/bcd_pairing.hpp"
#include "solvers/coordinate/forest_solve.hpp"

namespace fenchel::bcd_test {
namespace {

int failures = 0;

void state(bool held, const char* what) {
  std::printf("  %s  %s\n", held ? "held  " : "FAILED", what);
  failures += held ? 0 : 1;
}

// X = (N(0, 1) + 1) * 10 N(0, 1) of its column, an entry kept with probability 10 log(n) / n; w sparse.
struct Data {
  index n, p;
  Vector A, z;  // z = A w
  std::mt19937_64 random;
  std::normal_distribution<double> normal;

  Data(index rows, index cols, unsigned seed)
      : n(rows), p(cols), A(static_cast<std::size_t>(rows * cols)), random(seed) {
    std::uniform_real_distribution<double> uniform;
    const double keep = 10 * std::log(static_cast<double>(n)) / static_cast<double>(n);
    Vector lengths(static_cast<std::size_t>(p)), w(static_cast<std::size_t>(p));
    for (double& v : lengths) v = 10 * normal(random);
    for (double& v : w) v = uniform(random) < 0.1 ? normal(random) : 0;
    z.assign(static_cast<std::size_t>(n), 0);
    for (std::size_t i = 0; i < z.size(); ++i) {
      for (std::size_t j = 0; j < w.size(); ++j) {
        double& a = A[i * w.size() + j];
        a = (normal(random) + 1) * lengths[j] * (uniform(random) < keep ? 1 : 0);
        z[i] += a * w[j];
      }
    }
  }
  std::shared_ptr<const Smooth> term(const char* loss, const Vector& y, double classes = 0) {
    makers.emplace_back("dense", operator_terms()).array("matrix", A, {n, p});
    const auto op = makers.back().make<Operator>();
    TermMaker& f = makers.emplace_back(loss, smooth_terms());
    f.term("A", op).array("y", y);
    if (classes > 0) f.real("classes", classes);
    return f.make<Smooth>();
  }
  std::deque<TermMaker> makers;
};

using Problem = std::shared_ptr<const CompositeProblem>;

struct Run {
  index updates = -1;  // to the target; -1: not within the limit
  MinimizeResult result;
};

Run run_to(const Problem& p, MinimizeSettings settings, double target, index limit) {
  settings.trace = static_cast<std::int32_t>(limit);
  settings.max_iter = limit;
  settings.tol = 1e-14;
  auto solver = make_bcd(p, settings);
  Run run;
  // The monitor would see residuals only: the trace holds the objectives.
  run.result = solver->solve(nullptr, nullptr, nullptr);
  const Vector values = objectives(*solver);
  for (std::size_t i = 0; i < values.size() && run.updates < 0; ++i)
    if (values[i] <= target) run.updates = static_cast<index>(solver->trace()[i * kTraceColumns]);
  return run;
}

double optimum(const Problem& p, MinimizeSettings settings = {}) {
  settings.tol = 1e-13;
  settings.max_iter = 300000;
  auto solver = make_bcd(p, settings);
  return solver->solve(nullptr, nullptr, nullptr).objective;
}

double start_value(const Problem& p) { return evaluate(*p->f(), Vector(static_cast<std::size_t>(p->size()), 0.0)); }

struct Rule {
  Partition partition;
  Selection selection;
  BlockUpdate update;
  const char* name;
};

// Updates to (F - best) <= accuracy * (F(0) - best), one row a rule.
std::vector<index> table(const Problem& p, double best, double accuracy, index limit, std::span<const Rule> list) {
  const double start = start_value(p), target = best + accuracy * (start - best);
  std::vector<index> counts;
  for (const Rule& rule : list) {
    MinimizeSettings settings = rules(rule.partition, rule.selection, rule.update);
    settings.newton = 0;
    settings.seed = 1;
    const Run run = run_to(p, settings, target, limit);
    if (run.updates >= 0)
      std::printf("    %-34s %8lld\n", rule.name, static_cast<long long>(run.updates));
    else
      std::printf("    %-34s > %lld: (F - F*) / (F(0) - F*) = %.1e\n", rule.name, static_cast<long long>(limit),
                  (run.result.objective - best) / (start - best));
    counts.push_back(run.updates < 0 ? limit + 1 : run.updates);
  }
  return counts;
}

bool at_most(index a, double share, index b) { return static_cast<double>(a) <= share * static_cast<double>(b); }

void least_squares() {
  std::printf("\nleast squares, 1000 x 500, uneven columns, blocks of 5: updates to 1e-8 of F(0) - F*\n");
  Data data(1000, 500, 1);
  Vector y = data.z;
  for (double& v : y) v += data.normal(data.random);
  const Problem p = problem(data.term("least_squares", y));
  const double best = optimum(p);
  constexpr auto matrix = BlockUpdate::matrix, gradient = BlockUpdate::gradient;
  constexpr auto sort = Partition::sort, variable = Partition::variable;
  std::printf("  matrix updates\n");
  const Rule exact[] = {{Partition::order, Selection::cyclic, matrix, "cyclic, order"},
                        {Partition::order, Selection::random, matrix, "random, order"},
                        {sort, Selection::cyclic, matrix, "cyclic, sort"},
                        {sort, Selection::lipschitz, matrix, "lipschitz, sort"},
                        {sort, Selection::gs, matrix, "gs, sort"},
                        {sort, Selection::gsl, matrix, "gsl, sort"},
                        {sort, Selection::gsd, matrix, "gsd, sort"},
                        {sort, Selection::gsq, matrix, "gsq, sort"},
                        {sort, Selection::mgd, matrix, "mgd, sort"},
                        {variable, Selection::gs, matrix, "gs, variable"},
                        {variable, Selection::gsd, matrix, "gsd, variable (the default)"},
                        {variable, Selection::gsq_iht, matrix, "gsq_iht, variable"}};
  const auto counts = table(p, best, 1e-8, 100000, exact);
  std::printf("  1/L updates\n");
  const Rule first[] = {{Partition::order, Selection::cyclic, gradient, "cyclic, order"},
                        {sort, Selection::gs, gradient, "gs, sort"},
                        {sort, Selection::gsl, gradient, "gsl, sort"},
                        {sort, Selection::gsd, gradient, "gsd, sort"},
                        {variable, Selection::gsl, gradient, "gsl, variable"},
                        {variable, Selection::gsl, BlockUpdate::line_search_L, "gsl, variable, line_search_L"}};
  const auto plain = table(p, best, 1e-8, 100000, first);
  state(at_most(counts[7], 0.75, counts[4]), "gsq with matrix updates <= 0.75 x gs (same blocks)");
  state(at_most(counts[10], 0.75, counts[9]), "gsd with matrix updates <= 0.75 x gs (variable blocks)");
  state(at_most(counts[11], 1.05, counts[10]), "gsq_iht is no worse than gsd (within 5 %)");
  state(at_most(plain[2], 0.75, plain[1]), "gsl with 1/L updates <= 0.75 x gs");
  state(status_of([&] { make_bcd(p, rules(sort, Selection::gsq, gradient)); }) == Status::UNSUPPORTED,
        "gsq with 1/L updates, worse than gs in the pilot, is refused");
}

void sparse_least_squares() {
  std::printf("\nl1 least squares, 400 x 1000, blocks of 5: updates to 1e-9 of F(0) - F*\n");
  Data data(400, 1000, 2);
  Vector y = data.z;
  for (double& v : y) v += data.normal(data.random);
  const auto f = data.term("least_squares", y);
  Vector slopes;
  evaluate(*f, Vector(1000, 0.0), &slopes);
  double most = 0;
  for (const double s : slopes) most = std::max(most, std::abs(s));
  const Problem p = problem(f, l1(0.02 * most));
  const double best = optimum(p);
  constexpr auto qp = BlockUpdate::exact_qp, tmp = BlockUpdate::tmp;
  const Rule list[] = {{Partition::order, Selection::cyclic, qp, "cyclic, order, exact_qp"},
                       {Partition::sort, Selection::gs, qp, "gs, sort, exact_qp"},
                       {Partition::sort, Selection::gsq, qp, "gsq, sort, exact_qp"},
                       {Partition::variable, Selection::gs, qp, "gs, variable, exact_qp"},
                       {Partition::variable, Selection::gsd, qp, "gsd, variable, exact_qp"},
                       {Partition::variable, Selection::gsd, tmp, "gsd, variable, tmp"}};
  const auto counts = table(p, best, 1e-9, 30000, list);
  state(at_most(counts[4], 0.1, counts[0]), "greedy needs at most a tenth of the cyclic updates");
  MinimizeSettings settings;
  settings.tol = 1e-13;
  auto solver = make_bcd(p, settings);
  const MinimizeResult r = solver->solve(nullptr, nullptr, nullptr);
  settings.newton = 0;
  settings.max_iter = 100000;
  auto slow = make_bcd(p, settings);
  const MinimizeResult s = slow->solve(nullptr, nullptr, nullptr);
  std::printf(
      "    support %lld, constant after update %lld; residual %.0e at update %lld (without Newton steps on the "
      "support: %.0e at %lld)\n",
      static_cast<long long>(r.support), static_cast<long long>(r.support_iteration), r.residual,
      static_cast<long long>(r.iterations), s.residual, static_cast<long long>(s.iterations));
  state(r.support_iteration > 0 && r.residual <= 1e-13, "support found after finitely many updates");
  state(r.iterations - r.support_iteration <= 2 * r.support / 5 + 30, "and Newton ends it there");
}

// The bound of the Hessian is far from it here, so that gsq does not score what Newton updates attain. mgd does, but
// the largest decrease of one update is not always the best way on: its share of gs is printed, not judged.
constexpr Rule kNewtonRules[] = {
    {Partition::order, Selection::cyclic, BlockUpdate::newton, "cyclic, order"},
    {Partition::sort, Selection::gs, BlockUpdate::newton, "gs, sort"},
    {Partition::sort, Selection::gsq, BlockUpdate::newton, "gsq, sort (scores the bound)"},
    {Partition::sort, Selection::mgd, BlockUpdate::newton, "mgd, sort"},
    {Partition::variable, Selection::gs, BlockUpdate::newton, "gs, variable"},
    {Partition::variable, Selection::gsd, BlockUpdate::newton, "gsd, variable (the default)"}};

void newton_updates(const Problem& p) {
  const auto counts = table(p, optimum(p), 1e-4, 20000, kNewtonRules);
  const auto share = [&](std::size_t a, std::size_t b) {
    return static_cast<double>(counts[a]) / static_cast<double>(counts[b]);
  };
  std::printf("    gsq / gs %.2f and mgd / gs %.2f with the same blocks; gsd / gs with variable blocks %.2f\n",
              share(2, 1), share(3, 1), share(5, 4));
  state(at_most(counts[2], 0.75, counts[1]), "gsq <= 0.75 x gs (same blocks)");
  state(at_most(counts[5], 0.75, counts[1]), "gsd with variable blocks <= 0.75 x gs with fixed ones");
}

void logistic() {
  std::printf("\nlogistic, 500 x 250, l2 1, blocks of 5, newton updates: updates to 1e-4 of F(0) - F*\n");
  Data data(500, 250, 3);
  Vector y = data.z;
  std::uniform_real_distribution<double> uniform;
  for (double& v : y) v = (v >= 0 ? 1 : -1) * (uniform(data.random) < 0.1 ? -1 : 1);
  const auto ridge = TermMaker("squared_l2", prox_terms()).real("lam", 1).make<Prox>();
  newton_updates(problem(data.term("logistic", y), ridge));
}

// Labels of a random linear classifier, a tenth of them drawn anew.
void softmax() {
  constexpr int classes = 6;
  constexpr std::size_t rows = 200, cols = 60;
  std::printf("\nsoftmax, 200 x 60, 6 classes, l2 1, blocks of 5, newton updates: updates to 1e-4 of F(0) - F*\n");
  Data data(rows, cols, 4);
  Vector weights(cols * classes), labels(rows);
  for (double& w : weights) w = data.normal(data.random);
  std::uniform_real_distribution<double> uniform;
  std::uniform_int_distribution<int> any(0, classes - 1);
  for (std::size_t i = 0; i < rows; ++i) {
    double best = -kInf;
    for (std::size_t k = 0; k < classes; ++k) {
      double z = 0;
      for (std::size_t j = 0; j < cols; ++j) z += data.A[i * cols + j] * weights[j * classes + k];
      if (z > best) labels[i] = static_cast<double>(k);
      best = std::max(best, z);
    }
    if (uniform(data.random) < 0.1) labels[i] = any(data.random);
  }
  const auto ridge = TermMaker("squared_l2", prox_terms()).real("lam", 1).make<Prox>();
  newton_updates(problem(data.term("multinomial", labels, classes), ridge));
}

double seconds_of(index repeats, const auto& work) {
  double least = kInf;
  for (index i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return least;
}

void forests() {
  std::printf("\none tree, solved by message passing: least time of 20\n");
  double per_node[2] = {0, 0}, apart = kInf, dense_seconds = 0, tree_seconds = 0;
  for (const index n : {index{1000}, index{2000}, index{4000}, index{16000}, index{64000}}) {
    const SparseMatrix<> tree(n, n, random_tree(n, 3), true);
    const BcdColumns H(*tree.stored(), true);
    const Vector right = test_noise(n, 5);
    Vector d = right;
    std::vector<index> members(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < members.size(); ++i) members[i] = static_cast<index>(i);
    ForestSolver solver(n);
    const double seconds = seconds_of(20, [&] {
      d = right;
      solver.solve(H, members.data(), n, nullptr, d.data());
    });
    std::printf("    n = %6lld  %9.1f us  %6.1f ns a node\n", static_cast<long long>(n), 1e6 * seconds,
                1e9 * seconds / static_cast<double>(n));
    if (n == 1000) per_node[0] = seconds / static_cast<double>(n);
    per_node[1] = seconds / static_cast<double>(n);
    if (n != 2000) continue;
    tree_seconds = seconds;
    Vector dense(static_cast<std::size_t>(n * n), 0.0), e = right;
    for (index j = 0; j < n; ++j)
      H.visit(j, [&](index i, double v) { dense[static_cast<std::size_t>(i * n + j)] = v; });
    dense_seconds = seconds_of(1, [&] {
      factor_block(n, dense.data());
      solve_block(n, dense.data(), e.data());
    });
    double size = 0;
    for (const double v : e) size = std::max(size, std::abs(v));
    apart = largest_difference(d, e) / size;
  }
  std::printf("    n = 2000 by dense Cholesky: %.0f ms against %.0f us, solutions %.0e apart\n", 1e3 * dense_seconds,
              1e6 * tree_seconds, apart);
  state(apart <= 1e-10, "a tree block equals the dense solution to 1e-10");
  state(per_node[1] <= 4 * per_node[0], "its cost is linear: 64 times the nodes, at most 4 times the time of each");
}

void lattice_d() {
  std::printf(
      "\ndata set D, 50 x 50 lattice with 100 labels: F - F* after 500 updates (100 coordinates for general blocks)\n");
  const auto [entries, c] = labelled_lattice();
  const Problem p = problem(quadratic(entries, c));
  constexpr double known = -1045999575.2270696;
  constexpr auto matrix = BlockUpdate::matrix;
  const Rule list[] = {{Partition::variable, Selection::gsd, matrix, "gsd, variable"},
                       {Partition::red_black, Selection::cyclic, matrix, "cyclic, red_black"},
                       {Partition::greedy_forest, Selection::random, matrix, "random, greedy_forest"},
                       {Partition::forest, Selection::cyclic, matrix, "cyclic, forest"},
                       {Partition::greedy_forest, Selection::gsd, matrix, "gsd, greedy_forest (the default)"}};
  std::vector<double> left;
  for (const Rule& rule : list) {
    MinimizeSettings settings = rules(rule.partition, rule.selection, rule.update, 100);
    settings.max_iter = 500;
    settings.tol = 1e-14;
    auto solver = make_bcd(p, settings);
    left.push_back(solver->solve(nullptr, nullptr, nullptr).objective - known);
    std::printf("    %-34s %9.1e\n", rule.name, left.back());
  }
  MinimizeSettings settings;
  settings.tol = 1e-12;
  auto solver = make_bcd(p, settings);
  const MinimizeResult& r = solver->solve(nullptr, nullptr, nullptr);
  std::printf("    optimum %.6f after %lld updates; stored %.7f\n", r.objective, static_cast<long long>(r.iterations),
              known);
  state(std::abs(r.objective - known) <= 1e-11 * std::abs(known), "the stored optimum is reached");
  state(left[4] <= left[1] && left[3] <= left[1] && left[1] <= left[0],
        "forests before red-black before general blocks");
}

}  // namespace
}  // namespace fenchel::bcd_test

int main() {
  using namespace fenchel::bcd_test;
  std::printf("claim 3: greedy block rules, exact block updates, message passing, identification\n");
  least_squares();
  sparse_least_squares();
  logistic();
  softmax();
  forests();
  lattice_d();
  std::printf("\n%s\n", failures == 0 ? "every statement held" : "some statements FAILED");
  return failures == 0 ? 0 : 1;
}

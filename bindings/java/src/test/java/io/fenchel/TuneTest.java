// TuneTest.java -- the weights of penalties from held-out data: against grids, folds, monitors, what is refused.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TuneTest {
  private static final int M = 40;
  private static final int N = 10;
  private static final int FOLDS = 3;
  private static final double[] TRUTH = {2, -1, 1, 0.5};

  private final List<Operator> maps = new ArrayList<>();
  private final List<Smooth> terms = new ArrayList<>();

  /** Parts 2k and 2k + 1 are the training and the held-out data of fold k. */
  @BeforeEach
  void makeTerms() {
    for (int part = 0; part < 2 * FOLDS; part++) {
      double[] matrix = Problems.uniform(100 + part, M * N);
      double[] y = Problems.uniform(200 + part, M);
      for (int i = 0; i < matrix.length; i++) {
        matrix[i] = 4 * matrix[i] - 2;
      }
      for (int i = 0; i < M; i++) {
        y[i] = 6 * y[i] - 3;
        for (int j = 0; j < TRUTH.length; j++) {
          y[i] += matrix[i * N + j] * TRUTH[j];
        }
      }
      maps.add(Operator.dense(matrix, M, N));
      terms.add(Smooth.leastSquares(maps.get(part), y));
    }
  }

  @AfterEach
  void closeTerms() {
    terms.forEach(Term::close);
    maps.forEach(Term::close);
  }

  private Tuner tuner(String penalty, int folds) {
    Tuner out = Tuner.of(penalty);
    for (int k = 0; k < folds; k++) {
      out.fold(terms.get(2 * k), terms.get(2 * k + 1));
    }
    return out;
  }

  /** The criterion by its definition: solved afresh, evaluated on the held-out data. */
  private double criterion(Prox penalty, int folds) {
    double sum = 0;
    for (int k = 0; k < folds; k++) {
      sum += terms.get(2 * k + 1).value(Composite.of(terms.get(2 * k)).add(penalty).tol(1e-12).maxIter(100_000).solve().x());
    }
    return sum / folds;
  }

  private double ridge(double lam, int folds) {
    try (Prox g = Prox.named("squared_l2").number("lam", lam).build()) {
      return criterion(g, folds);
    }
  }

  @Test
  void risksNeedNoHeldOutData() {
    for (Risk risk : List.of(Risk.SURE, Risk.GCV, Risk.LEAVE_ONE_OUT, Risk.SURE_MONTE_CARLO)) {
      TuneResult best = Tuner.of("squared_l2").start("lam", 1).fold(terms.get(0)).risk(risk).sigma(1).tune();
      boolean exact = best.degrees() > 0 && best.degrees() < N;
      assertTrue(exact || risk == Risk.SURE_MONTE_CARLO && Double.isFinite(best.degrees()));
      assertTrue(best.criterion() <= best.firstCriterion());
    }
    TuneResult dealt = Tuner.of("l1").start("lam", 1).fold(terms.get(0)).risk(Risk.CROSS_VALIDATION).cv(4).seed(2).tune();
    assertEquals(4, dealt.folds());
    assertEquals(4 * dealt.iterations(), dealt.solves());
    assertEquals(N, dealt.x(3).length);
    assertThrows(UnsupportedException.class, () -> Tuner.of("l1").start("lam", 1).fold(terms.get(0)).risk(Risk.GCV).tune());
    assertThrows(NullArgumentException.class, () -> Tuner.of("l1").start("lam", 1).fold(terms.get(0)).tune());
  }

  @Test
  void weightAndRoundingOfATotalVariation() {
    int rows = 14;
    int cols = 12;
    double[] clean = new double[rows * cols];
    double[] noisy = Problems.uniform(7, rows * cols);
    for (int i = 0; i < clean.length; i++) {
      clean[i] = Math.sin(0.3 * (i / cols)) + (i % cols > 5 ? 0.5 : 0);
      noisy[i] = clean[i] + 0.6 * (noisy[i] - 0.5);
    }
    try (Operator identity = Operator.named("identity").number("size", clean.length).build();
        Smooth f = Smooth.leastSquares(identity, noisy);
        Smooth judge = Smooth.leastSquares(identity, clean)) {
      Tuner tuner = Tuner.of(SmoothNames.SMOOTHED_TV).start("lam", 0.02).start("eps", 0.1)
          .fixed("shape", new long[] {rows, cols}).fold(f, judge);
      TuneResult best = tuner.tune();
      assertTrue(best.criterion() < 0.6 * best.firstCriterion());
      assertSame(DerivativeStatus.CERTIFIED, best.derivativeStatus());
      try (Smooth tv = best.smooth(); Smooth sum = Smooth.named(SmoothNames.SUM).term("term", f).term("term", tv).build()) {
        double[] x = Composite.of(sum).method("fista").tol(1e-11).maxIter(100_000).solve().x();
        assertArrayEquals(x, best.x(0), 1e-6);
        Derivative by = Composite.of(sum).derivativeAt(x).vjp(clean, SolutionParameters.F_EPS, SolutionParameters.F_Y);
        assertEquals(1, by.of(SolutionParameters.F_EPS).length);
        assertEquals(clean.length, by.of(SolutionParameters.F_Y).length);
      }
      assertThrows(NameException.class, best::term);
      assertThrows(UnsupportedException.class,
          () -> Tuner.of(SmoothNames.SMOOTHED_TV).start("huber", 1).fold(f, judge).tune());
    }
  }

  @Test
  void weightsOfSamplesLowerTheCriterionAndAreNoPartOfThePenalty() {
    double[] half = new double[M];
    Arrays.fill(half, 0.5);
    TuneResult best = tuner("squared_l2", 1).fixed("lam", 2.0).start("f.weights", half).maxIter(20).tune();
    assertTrue(best.criterion() < 0.9 * best.firstCriterion());
    double[] weights = best.values("f.weights");
    assertEquals(M, weights.length);
    assertTrue(Arrays.stream(weights).allMatch(w -> w > 0 && w < 1));
    try (Prox g = best.term()) {
      assertEquals(N, g.value(new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}), 1e-12);
    }
  }

  @Test
  void ridgeByHoldOutIsAsGoodAsAGrid() {
    TuneResult best = tuner("squared_l2", 1).start("lam", 1).tune();
    assertTrue(best.converged() && best.iterations() <= 30, best.toString());
    assertEquals(DerivativeStatus.CERTIFIED, best.derivativeStatus());
    assertEquals(ridge(best.value("lam"), 1), best.criterion(), 1e-8 * best.criterion());
    for (int i = -60; i <= 60; i++) {
      double lam = Math.exp(0.15 * i);
      assertTrue(best.criterion() <= ridge(lam, 1) * (1 + 2e-5), "lam = " + lam + " is better");
    }
    assertTrue(best.criterion() < best.firstCriterion());
    assertEquals(terms.get(1).value(best.x(0)), best.criterion(), 1e-9 * best.criterion());
    try (Prox g = best.term()) {
      assertEquals(criterion(g, 1), best.criterion(), 1e-8 * best.criterion());
    }
    assertEquals(1, best.folds());
    assertEquals(Set.of("lam"), best.parameters());
    assertArrayEquals(new double[] {best.value("lam")}, best.values("lam"));
    assertTrue(best.toString().contains("lam="), best.toString());
  }

  @Test
  void foldsShareTheirWeightsAndThreadsDoNotMatter() {
    TuneResult serial = tuner("l1", FOLDS).start("lam", 1).tune();
    TuneResult parallel = tuner("l1", FOLDS).start("lam", 1).numThreads(2).tune();
    assertTrue(serial.converged(), serial.toString());
    assertEquals(FOLDS * serial.iterations(), serial.solves());
    assertEquals(serial.value("lam"), parallel.value("lam"));
    double mean = 0;
    for (int k = 0; k < FOLDS; k++) {
      assertArrayEquals(serial.x(k), parallel.x(k));
      mean += terms.get(2 * k + 1).value(serial.x(k)) / FOLDS;
    }
    assertEquals(mean, serial.criterion(), 1e-9 * mean);
    assertThrows(IndexOutOfBoundsException.class, () -> serial.x(FOLDS));
    try (Prox g = serial.term()) {
      assertEquals(criterion(g, FOLDS), serial.criterion(), 1e-7 * mean);
    }
  }

  @Test
  void floatsAgreeWithDoubles() {
    TuneResult wide = tuner("l1", 2).start("lam", 1).tune();
    TuneResult narrow = tuner("l1", 2).start("lam", 1).dtype(Dtype.F32).tune();
    assertEquals(wide.criterion(), narrow.criterion(), 1e-3 * wide.criterion());
    assertEquals(N, narrow.xFloats(1).length);
    assertArrayEquals(wide.x(1), narrow.x(1), 0.1);
    assertThrows(DtypeException.class, () -> wide.xFloats(0));
  }

  @Test
  void manyWeightsFindTheColumnsThatMatter() {
    TuneResult one = tuner("squared_l2", 2).start("lam", 1).tune();
    double[] start = new double[N];
    Arrays.fill(start, 1);
    TuneResult each = tuner("squared_l2", 2).start("weights", start).fixed("lam", 1).tune();
    assertTrue(each.converged(), each.toString());
    assertTrue(each.criterion() < one.criterion());
    double[] weights = each.values("weights");
    double relevant = Arrays.stream(weights, 0, TRUTH.length).map(Math::log).average().orElseThrow();
    assertTrue(relevant < Arrays.stream(weights, TRUTH.length, N).map(Math::log).average().orElseThrow());
    assertEquals(1, start[0]);
    assertThrows(StateException.class, () -> each.value("weights"));
    assertTrue(each.toString().contains("10 values"), each.toString());
    TuneResult two = tuner("elastic_net", 2).start("l1", 1).start("l2", 1).tune();
    assertTrue(two.value("l1") > 0 && two.value("l2") > 0 && two.criterion() <= two.firstCriterion());
  }

  /** The term of the result keeps what was fixed. */
  @Test
  void fixedGroupsStay() {
    TuneResult best = tuner("group_l2", 1).start("lam", 1).fixed("size", 2).fixed("weights", new double[] {1, 1, 2, 2, 2}).tune();
    try (Prox g = best.term()) {
      assertEquals(criterion(g, 1), best.criterion(), 1e-6 * best.criterion());
    }
    TuneResult listed = tuner("group_l2", 1).start("lam", 1).fixed("group", new long[] {0, 0, 1, 1, 2, 2, 3, 3, 4, 4})
        .fixed("weights", new double[] {1, 1, 2, 2, 2}).tune();
    assertEquals(best.criterion(), listed.criterion(), 1e-6 * best.criterion());
  }

  @Test
  void aMonitorSeesEvaluationsAndMayCancel() {
    List<Progress> seen = new ArrayList<>();
    TuneResult best = tuner("squared_l2", 1).start("lam", 500).monitorInterval(0).monitor(p -> {
      seen.add(p);
      return p.iteration() < 3;
    }).tune();
    assertEquals(Termination.CANCELLED, best.termination());
    assertFalse(best.converged());
    assertEquals(3, best.iterations());
    assertEquals(3, seen.get(seen.size() - 1).iteration());
    assertEquals(best.firstCriterion(), seen.get(0).residual(), 1e-12 * best.firstCriterion());
    assertEquals(ridge(best.value("lam"), 1), best.criterion(), 1e-7 * best.criterion());
  }

  @Test
  void exceptionsComeBackAsTheyAre() {
    IllegalStateException failure = new IllegalStateException("in a monitor");
    Tuner broken = tuner("squared_l2", 1).start("lam", 1).monitorInterval(0).monitor(p -> {
      throw failure;
    });
    assertSame(failure, assertThrows(IllegalStateException.class, broken::tune));
    assertTrue(broken.monitor(null).tune().converged());
    IllegalArgumentException inside = new IllegalArgumentException("in a term");
    try (Smooth fails = Smooth.of(N, true, (x, gradient) -> {
      throw inside;
    })) {
      assertSame(inside, assertThrows(IllegalArgumentException.class,
          () -> Tuner.of("squared_l2").start("lam", 1).fold(terms.get(0), fails).numThreads(2).tune()));
    }
  }

  private static void refused(Class<? extends FenchelException> type, String word, Executable call) {
    FenchelException failure = assertThrows(type, call);
    assertTrue(failure.getMessage().contains(word), failure.getMessage());
  }

  @Test
  void refusalsNameWhatIsWrong() {
    refused(RangeException.class, "theta", () -> tuner("l1", 1).start("lam", -1).tune());
    refused(NotFiniteException.class, "theta", () -> tuner("l1", 1).start("lam", Double.NaN).tune());
    refused(UnsupportedException.class, "elastic_net.l2", () -> tuner("tv1d", 1).start("lam", 1).tune());
    refused(NameException.class, "lasso", () -> tuner("lasso", 1).start("lam", 1).tune());
    refused(NameException.class, "lam", () -> tuner("l1", 1).fixed("lam", 2).start("lam", 1).tune());
    refused(ShapeException.class, "size 2", () -> tuner("l1", 1).start("weights", new double[] {1, 2}).tune());
    refused(ShapeException.class, "theta", () -> tuner("l1", 1).start("lam", new double[] {1, 2}).tune());
    refused(RangeException.class, "folds", () -> Tuner.of("l1").start("lam", 1).tune());
    refused(EmptyException.class, "theta", () -> tuner("l1", 1).tune());
    refused(RangeException.class, "tol", () -> tuner("l1", 1).start("lam", 1).tol(2).tune());
    refused(NameException.class, "linear_solver", () -> tuner("l1", 1).set("linear_solver", "magic"));
    refused(NullArgumentException.class, "criterion", () -> Tuner.of("l1").fold(terms.get(0), null));
    refused(NullArgumentException.class, "weights", () -> Tuner.of("l1").start("weights", null));
    refused(NameException.class, "not tuned", () -> tuner("l1", 1).start("lam", 1).maxIter(1).tune().value("l2"));
    assertThrows(UncertifiedException.class, () -> tuner("l1", 1).start("lam", 1).requireCertified(true).tune());
    try (Operator small = Operator.dense(new double[] {1, 2}, 1, 2); Smooth other = Smooth.leastSquares(small, new double[1])) {
      refused(ShapeException.class, "size 2", () -> Tuner.of("l1").start("lam", 1).fold(terms.get(0), other).tune());
    }
    Tuner closed = tuner("l1", 1).start("lam", 1);
    terms.get(0).close();
    assertThrows(StateException.class, closed::tune);
  }
}

// CompositeTest.java -- composite problems with known answers, their settings, paths, and misuse.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CompositeTest {
  private static final int ROWS = 4;
  private static final int COLS = 5;
  private static final double[] A = {1, -2, 3, -4, 5, 2, -1, 0, -1, 3, -1, 0, 4, -3, 2, -1, -1, -1, 1, 3};
  private static final double[] B = {1, 2, 3, 4};
  private static final double[] ONES = {1, 1, 1, 1};
  private static final double LAM = 2.9;
  private static final double[] LASSO = {-0.3877278911564627, 0, 0, 0.02174149659863943, 0.6168435374149660};
  private static final double[] ELASTIC_NET = {-0.6004983388704322, 0, 0, 0.195182724252491, 0.764119601328903};
  private static final double[] LOGISTIC = {0, 0, 0.2114635341704963, 0, 2.845881348733116};
  private static final double OBJECTIVE = 7.2757727891;

  private final List<Term> opened = new ArrayList<>();

  /** Closed after the test: other tests count live handles. */
  private <T extends Term> T keep(T term) {
    opened.add(term);
    return term;
  }

  @AfterEach
  void closeTerms() {
    opened.forEach(Term::close);
  }

  private Operator matrix() {
    return keep(Operator.dense(A, ROWS, COLS));
  }

  private Smooth squares() {
    return keep(Smooth.leastSquares(matrix(), B));
  }

  private Composite lasso() {
    return Composite.of(squares()).add(keep(Prox.l1(LAM))).tol(1e-12).maxIter(1_000_000);
  }

  /** Creeps: it never converges, and runs for hundreds of iterations before it says that it stalled. */
  private Composite creeping() {
    return lasso().method(MinimizeMethods.ISTA).tol(1e-300).step(1e-9).stepRule(StepRule.FIXED).monitorInterval(0);
  }

  /** A monitor that says when it was called first, and then waits. */
  private record Gate(CountDownLatch running, CountDownLatch open) implements Monitor {
    Gate() {
      this(new CountDownLatch(1), new CountDownLatch(1));
    }

    @Override
    public boolean proceed(Progress progress) {
      running.countDown();
      try {
        open.await();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
      return true;
    }
  }

  @Test
  void theTinyLassoByEveryMethodThatTakesIt() {
    int solved = 0;
    for (String method : Fenchel.minimizeMethods()) {
      MinimizeResult result;
      try {
        result = lasso().method(method).solve();
      } catch (UnsupportedException refused) {
        continue;
      }
      solved++;
      assertTrue(result.converged(), method + ": " + result);
      assertArrayEquals(LASSO, result.x(), 1e-6, method);
      assertEquals(OBJECTIVE, result.objective(), 1e-8, method);
      assertTrue(method.equals("auto") || method.equals(result.methodName()), result.toString());
    }
    assertTrue(solved >= 6, solved + " methods");
  }

  @Test
  void theTinyModelsInOneCall() {
    assertArrayEquals(LASSO, Models.lasso(A, ROWS, COLS, B, LAM).x(), 1e-4);
    assertArrayEquals(ELASTIC_NET, Models.elasticNet(A, ROWS, COLS, B, 1, 1).x(), 1e-4);
    MinimizeResult zero = Models.logistic(A, ROWS, COLS, ONES, 100);
    assertArrayEquals(new double[COLS], zero.x());
    assertEquals(ROWS * Math.log(2), zero.objective(), 1e-12);
    double[] spoilt = {1, 2, 3, Double.NaN};
    assertThrows(ShapeException.class, () -> Models.lasso(A, ROWS, COLS + 1, B, LAM));
    assertThrows(ShapeException.class, () -> Models.lasso(A, ROWS, COLS, new double[3], LAM));
    assertThrows(NotFiniteException.class, () -> Models.elasticNet(A, ROWS, COLS, spoilt, 1, 1));
    assertThrows(RangeException.class, () -> Models.lasso(A, ROWS, COLS, B, -1));
    assertThrows(RangeException.class, () -> Models.elasticNet(A, ROWS, COLS, B, 1, Double.POSITIVE_INFINITY));
    assertThrows(RangeException.class, () -> Models.logistic(A, ROWS, COLS, B, 1));
    assertThrows(RangeException.class, () -> Models.path(A, ROWS, COLS, B, new double[] {1, -1}));
    assertThrows(NullArgumentException.class, () -> Models.path(A, ROWS, COLS, null, new double[] {1}));
  }

  @Test
  void termsTakeNamedParameters() {
    double[] offset = Arrays.stream(B).map(v -> -v).toArray();
    try (Operator data = matrix();
        Smooth f = Smooth.named(SmoothNames.LOGISTIC).term("A", data).array("y", ONES).array("offset", offset).build();
        Prox g = Prox.named("l1").number("lam", 0.1).build()) {
      assertArrayEquals(LOGISTIC, Composite.of(f).add(g).tol(1e-12).solve().x(), 1e-5);
    }
    // An infinite weight fixes a coordinate at 0.
    double[] weights = {1, 1, 1, 1, Double.POSITIVE_INFINITY};
    try (Prox g = Prox.named("l1").number("lam", LAM).array("weights", weights).build()) {
      assertEquals(0.0, Composite.of(squares()).add(g).solve().x()[4]);
    }
  }

  @Test
  void problemsOfFloats() {
    Composite problem = lasso().dtype(Dtype.F32).tol(0);
    MinimizeResult result = problem.solve();
    assertTrue(result.converged(), result.toString());
    assertEquals(COLS, result.xFloats().length);
    assertEquals(result.xFloats()[4], (float) result.x()[4]);
    assertArrayEquals(LASSO, result.x(), 1e-3);
    assertThrows(DtypeException.class, () -> lasso().solve().xFloats());
    try (Minimizer solver = problem.build()) {
      assertEquals(Dtype.F32, solver.dtype());
      assertArrayEquals(LASSO, solver.warmStart(result.xFloats()).solve().x(), 1e-3);
      assertThrows(ShapeException.class, () -> solver.warmStart(new float[3]));
    }
    try (Minimizer solver = lasso().build()) {
      assertThrows(DtypeException.class, () -> solver.warmStart(new float[COLS]));
    }
  }

  @Test
  void warmStartsTracesAndDualPoints() {
    try (Minimizer solver = lasso().method(MinimizeMethods.FISTA).trace(100000).build()) {
      assertEquals(COLS, solver.size());
      assertThrows(StateException.class, solver::trace);
      MinimizeResult cold = solver.solve();
      assertTrue(cold.trace().length > 1);
      double[] last = cold.trace()[cold.trace().length - 1];
      assertEquals(6, last.length);
      assertEquals(cold.objective(), last[2], 1e-9);
      MinimizeResult warm = solver.warmStart(cold.x()).solve();
      assertTrue(warm.iterations() < cold.iterations(), warm.iterations() + " and " + cold.iterations());
      solver.warmStart((double[]) null);
      assertArrayEquals(cold.x(), solver.solve().x());
    }
    try (Minimizer solver = lasso().method(MinimizeMethods.CD).build()) {
      assertThrows(StateException.class, () -> solver.dual(0));
      double[] x = solver.solve().x();
      double[] u = solver.dual(0);
      for (int j = 0; j < COLS; j++) {
        assertEquals(x[j] == 0 ? Math.min(LAM, Math.abs(u[j])) : LAM, Math.abs(u[j]), 1e-4);
        assertTrue(x[j] * u[j] >= 0);
      }
      assertThrows(RangeException.class, () -> solver.dual(1));
    }
  }

  @Test
  void aDualPointLeavesOutTheIntercept() {
    try (Operator data = matrix();
        Smooth f = Smooth.named("least_squares").term("A", data).array("y", B).number("intercept", 1).build();
        Prox g = Prox.l1(LAM);
        Minimizer solver = Composite.of(f).add(g).method(MinimizeMethods.CD).build()) {
      assertEquals(COLS + 1, solver.solve().x().length);
      assertEquals(COLS, solver.dual(0).length);
    }
  }

  @Test
  void sumsOfComposedTerms() {
    // Fused Lasso of a step by total variation as l1 of differences: both halves shrink by lam / 3.
    double[] y = {0, 0, 0, 6, 6, 6};
    try (Operator identity = Operator.named("identity").number("size", 6).build();
        Operator differences = Operator.named("differences").indices("shape", 6).build();
        Smooth f = Smooth.leastSquares(identity, y); Prox g = Prox.l1(3)) {
      MinimizeResult result = Composite.of(f).add(g, differences).tol(1e-10).maxIter(1_000_000).solve();
      assertArrayEquals(new double[] {1, 1, 1, 5, 5, 5}, result.x(), 1e-6, result.toString());
    }
  }

  @Test
  void paths() {
    Composite problem = Composite.of(squares()).add(keep(Prox.l1(1))).tol(1e-12);
    assertEquals(29, problem.lambdaMax(), 1e-12);
    PathResult path = problem.path(new double[] {29, LAM});
    assertEquals(2, path.count());
    assertEquals(LAM, path.factor(1));
    assertArrayEquals(new double[COLS], path.x(0));
    assertArrayEquals(LASSO, path.x(1), 1e-5);
    assertEquals(Termination.CONVERGED, path.summary(1).termination());
    assertArrayEquals(path.x(1), Models.path(A, ROWS, COLS, B, new double[] {LAM}).x(0), 1e-4);
    PathResult floats = problem.dtype(Dtype.F32).tol(0).path(new double[] {29, LAM});
    assertArrayEquals(LASSO, floats.x(1), 1e-2);
    assertEquals((float) floats.x(1)[4], floats.xFloats(1)[4]);
    assertThrows(DtypeException.class, () -> path.xFloats(1));
    assertThrows(RangeException.class, () -> problem.path(new double[] {-1}));
    assertThrows(NullArgumentException.class, () -> problem.path(null));
  }

  @Test
  void heldOutLosses() {
    Composite problem = Composite.of(squares()).add(keep(Prox.l1(1)));
    double[][] losses = problem.crossValidate(new double[] {1e6, 0.1}, new int[] {0, 1, 0, 1});
    assertEquals(2, losses.length);
    // At x = 0 the loss of a fold is the mean of y^2 / 2.
    assertEquals((1 + 9) / 4.0, losses[0][0], 1e-9);
    assertEquals((4 + 16) / 4.0, losses[1][0], 1e-9);
    assertTrue(Double.isFinite(losses[0][1]) && losses[0][1] != losses[0][0]);
    assertThrows(ShapeException.class, () -> problem.crossValidate(new double[] {1}, new int[] {0, 1}));
    assertThrows(RangeException.class, () -> problem.crossValidate(new double[] {1}, new int[] {0, 1, -1, 0}));
  }

  @Test
  void unfoldedIterations() {
    try (Operator data = matrix(); Smooth f = Smooth.leastSquares(data, B); Prox g = Prox.l1(LAM)) {
      Composite problem = Composite.of(f).add(g);
      double[] steps = {0.01, 0.02};
      double[] thresholds = {1, 0.5};
      double[] x = new double[COLS];
      for (int t = 0; t < steps.length; t++) {
        double[] gradient = f.gradient(x);
        for (int j = 0; j < COLS; j++) {
          x[j] -= steps[t] * gradient[j];
        }
        x = g.prox(x, steps[t] * thresholds[t]);
      }
      assertArrayEquals(x, problem.unfold(steps, thresholds, null), 1e-14);
      UnfoldGradient gradient = problem.unfoldGradient(steps, thresholds, null, new double[] {1, 1, 1, 1, 1});
      double h = 1e-6;
      double up = Arrays.stream(problem.unfold(new double[] {0.01 + h, 0.02}, thresholds, null)).sum();
      double down = Arrays.stream(problem.unfold(new double[] {0.01 - h, 0.02}, thresholds, null)).sum();
      assertEquals((up - down) / (2 * h), gradient.steps()[0], 1e-5);
      assertEquals(COLS, gradient.x0().length);
      double[] objectives = new double[2];
      assertArrayEquals(x, problem.unfold(steps, thresholds, null, objectives), 1e-14);
      assertEquals(f.value(x) + g.value(x), objectives[1], 1e-12);
      assertThrows(ShapeException.class, () -> problem.unfold(steps, thresholds, null, new double[3]));
      double[] rounded = Composite.of(f).add(g).dtype(Dtype.F32).unfold(steps, thresholds, new double[COLS]);
      assertArrayEquals(x, rounded, 1e-6);
      assertThrows(RangeException.class, () -> problem.unfold(new double[] {-1}, null, null));
    }
  }

  // ---- stopping -----------------------------------------------------------------------------------------------------

  @Test
  void aMonitorCancels() {
    MinimizeResult result = creeping().monitor(p -> p.iteration() < 50).solve();
    assertEquals(Termination.CANCELLED, result.termination());
    assertEquals(50, result.iterations());
    assertTrue(result.x()[4] != 0);
  }

  @Test
  void anExceptionOfAMonitorComesBackAsItIs() {
    IllegalStateException failure = new IllegalStateException("of the monitor");
    AtomicInteger calls = new AtomicInteger();
    try (Minimizer solver = creeping().monitor(p -> {
      if (calls.incrementAndGet() == 3) {
        throw failure;
      }
      return calls.get() < 6;
    }).build()) {
      assertSame(failure, assertThrows(IllegalStateException.class, solver::solve));
      assertEquals(3, calls.get(), "called again after it failed");
      // The solver stays usable.
      assertEquals(Termination.CANCELLED, solver.solve().termination());
    }
    assertSame(failure, assertThrows(IllegalStateException.class, () -> lasso().monitorInterval(0).monitor(p -> {
      throw failure;
    }).path(new double[] {20, 10, 5})));
  }

  @Test
  void cancelComesFromAnotherThread() throws InterruptedException {
    Gate gate = new Gate();
    try (Minimizer solver = creeping().monitor(gate).build()) {
      AtomicReference<MinimizeResult> result = new AtomicReference<>();
      Thread worker = new Thread(() -> result.set(solver.solve()));
      worker.start();
      gate.running().await();
      assertThrows(BusyException.class, solver::solve);
      solver.cancel();
      gate.open().countDown();
      worker.join();
      assertEquals(Termination.CANCELLED, result.get().termination());
    }
  }

  @Test
  void anInterruptCancelsAndStays() {
    Thread.currentThread().interrupt();
    MinimizeResult result = creeping().solve();
    assertTrue(Thread.interrupted());
    assertEquals(Termination.CANCELLED, result.termination());
  }

  @Test
  void closingDuringASolveWaitsForIt() throws InterruptedException {
    long before = Handle.live();
    Gate gate = new Gate();
    Minimizer solver;
    try (Operator data = matrix(); Smooth f = Smooth.leastSquares(data, B); Prox g = Prox.l1(LAM)) {
      solver = Composite.of(f).add(g).method(MinimizeMethods.FISTA).tol(1e-12).maxIter(1_000_000).trace(10)
          .monitorInterval(0).monitor(gate).build();
    }
    AtomicReference<MinimizeResult> result = new AtomicReference<>();
    Thread worker = new Thread(() -> result.set(solver.solve()));
    worker.start();
    gate.running().await();
    solver.close();
    assertThrows(StateException.class, solver::solve);
    gate.open().countDown();
    worker.join();
    assertArrayEquals(LASSO, result.get().x(), 1e-6);
    assertTrue(result.get().trace().length > 0);
    solver.cancel();
    assertEquals(before, Handle.live());
  }

  // ---- lifetimes and misuse -----------------------------------------------------------------------------------------

  @Test
  void termsMayBeClosedFirst() {
    long before = Handle.live();
    Minimizer solver;
    try (Operator data = matrix(); Smooth f = Smooth.leastSquares(data, B); Prox g = Prox.l1(LAM)) {
      solver = Composite.of(f).add(g).tol(1e-12).build();
    }
    // Memory that was freed would be reused.
    for (int k = 0; k < 100; k++) {
      Operator.dense(new double[ROWS * COLS], ROWS, COLS).close();
    }
    assertArrayEquals(LASSO, solver.solve().x(), 1e-5);
    solver.close();
    solver.close();
    assertEquals(before, Handle.live());
  }

  @Test
  void aDirectBufferIsUsedInPlaceAndKept() {
    DoubleBuffer buffer =
        ByteBuffer.allocateDirect(A.length * Double.BYTES).order(ByteOrder.nativeOrder()).asDoubleBuffer();
    buffer.put(A).flip();
    Operator data = Operator.dense(buffer, ROWS, COLS);
    double before = data.apply(new double[] {1, 0, 0, 0, 0})[0];
    buffer.put(0, 7);
    assertEquals(1, before);
    assertEquals(7, data.apply(new double[] {1, 0, 0, 0, 0})[0]);
    buffer.put(0, 1);
    Minimizer solver = Composite.of(keep(Smooth.leastSquares(data, B))).add(keep(Prox.l1(LAM))).tol(1e-12).build();
    data.close();
    buffer = null;
    data = null;
    for (int k = 0; k < 5; k++) {
      System.gc();
      ByteBuffer.allocateDirect(A.length * Double.BYTES);
    }
    assertArrayEquals(LASSO, solver.solve().x(), 1e-5);
    Reference.reachabilityFence(solver);
    solver.close();
  }

  @Test
  void useAfterCloseIsRefused() {
    Operator data = matrix();
    Smooth f = Smooth.leastSquares(data, B);
    Prox g = Prox.l1(1);
    data.close();
    assertThrows(StateException.class, () -> data.apply(new double[COLS]));
    assertThrows(StateException.class, data::transpose);
    assertThrows(StateException.class, () -> Smooth.leastSquares(data, B));
    assertEquals(15, f.value(new double[COLS]));
    g.close();
    assertThrows(StateException.class, () -> Composite.of(f).add(g).solve());
    f.close();
    assertThrows(StateException.class, () -> f.value(new double[COLS]));
  }

  @Test
  void misuseIsNamed() {
    long before = Handle.live();
    NameException misspelt = assertThrows(NameException.class, () -> Prox.named("l11").build());
    assertTrue(misspelt.getMessage().contains("l1"), misspelt.getMessage());
    assertThrows(NameException.class, () -> Prox.named("l1").number("lamb", 1).build());
    assertThrows(RangeException.class, () -> Prox.l1(-1));
    assertThrows(NotFiniteException.class, () -> Operator.dense(new double[] {Double.NaN}, 1, 1));
    assertThrows(ShapeException.class, () -> Operator.dense(A, 5, 5));
    assertThrows(NullArgumentException.class, () -> Operator.named("dense").build());
    assertThrows(NullArgumentException.class, () -> Smooth.leastSquares(null, B));
    assertThrows(NullArgumentException.class, () -> Composite.of(null).add(null));
    try (Operator data = matrix(); Prox g = Prox.l1(1); Smooth f = Smooth.leastSquares(data, B)) {
      assertThrows(ShapeException.class, () -> Smooth.leastSquares(data, new double[3]));
      assertThrows(StateException.class, () -> Smooth.named("least_squares").term("A", g).array("y", B).build());
      assertThrows(ShapeException.class, () -> data.apply(new double[4]));
      assertThrows(NullArgumentException.class, () -> data.apply((double[]) null));
      assertThrows(RangeException.class, () -> g.prox(new double[3], -1.0));
      assertThrows(ShapeException.class, () -> g.prox(new double[3], 2, 1.0));
      assertThrows(RangeException.class, () -> Composite.of(f).add(g).tol(-1).solve());
      assertThrows(NameException.class, () -> Composite.of(f).add(g).method("none").solve());
      assertThrows(UnsupportedException.class, () -> Composite.of(f).add(g).add(g).add(g).method("fista").solve());
      assertThrows(NameException.class, () -> Composite.of(f).set("none", "1"));
    }
    assertEquals(before, Handle.live());
    assertFalse(Fenchel.proxTerms().isEmpty());
  }
}

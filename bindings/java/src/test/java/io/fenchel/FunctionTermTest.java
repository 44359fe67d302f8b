// FunctionTermTest.java -- terms from Java functions: answers, exceptions through solves, threads, lifetimes.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FunctionTermTest {
  private static final int M = 20;
  private static final int N = 6;
  private static final double[] A = matrix();
  private static final double[] Y = Problems.uniform(4, M);
  private static final double LAM = 0.3;

  private static double[] matrix() {
    double[] out = Problems.uniform(3, M * N);
    for (int k = 0; k < out.length; k++) {
      out[k] -= 0.5;
    }
    return out;
  }

  static void multiply(double[] x, double[] y) {
    for (int i = 0; i < M; i++) {
      y[i] = 0;
      for (int j = 0; j < N; j++) {
        y[i] += A[i * N + j] * x[j];
      }
    }
  }

  static void transposed(double[] y, double[] x) {
    java.util.Arrays.fill(x, 0);
    for (int i = 0; i < M; i++) {
      for (int j = 0; j < N; j++) {
        x[j] += A[i * N + j] * y[i];
      }
    }
  }

  private static double squares(double[] x, double[] gradient) {
    double[] r = new double[M];
    multiply(x, r);
    double sum = 0;
    for (int i = 0; i < M; i++) {
      r[i] -= Y[i];
      sum += r[i] * r[i] / 2;
    }
    if (gradient != null) {
      transposed(r, gradient);
    }
    return sum;
  }

  private static void curvature(double[] x, double[] v, double[] out) {
    double[] r = new double[M];
    multiply(v, r);
    transposed(r, out);
  }

  private static double soft(double[] v, double step, double[] x) {
    double sum = 0;
    for (int j = 0; j < v.length; j++) {
      x[j] = Math.signum(v[j]) * Math.max(Math.abs(v[j]) - LAM * step, 0);
      sum += Math.abs(x[j]);
    }
    return LAM * sum;
  }

  private static Smooth smooth() {
    return Smooth.of(N, true, FunctionTermTest::squares);
  }

  private static Prox simple() {
    return Prox.of(N, true, FunctionTermTest::soft);
  }

  private static double[] lasso() {
    try (Operator data = Operator.dense(A, M, N); Smooth f = Smooth.leastSquares(data, Y); Prox g = Prox.l1(LAM)) {
      return Composite.of(f).add(g).tol(1e-12).solve().x();
    }
  }

  // ---- answers ------------------------------------------------------------------------------------------------------

  @Test
  void operators() {
    double[] x = Problems.uniform(8, N);
    double[] y = Problems.uniform(9, M);
    try (Operator map = Operator.of(M, N, FunctionTermTest::multiply, FunctionTermTest::transposed);
        Operator matrix = Operator.dense(A, M, N); Operator back = map.transpose();
        Operator twice = Operator.named("stack").term("A", map).term("A", map).build()) {
      assertEquals(M, map.rows());
      assertEquals(N, map.cols());
      assertArrayEquals(matrix.apply(x), map.apply(x), 1e-14);
      assertArrayEquals(matrix.adjoint(y), map.adjoint(y), 1e-14);
      assertArrayEquals(matrix.adjoint(y), back.apply(y), 1e-14);
      assertArrayEquals(matrix.apply(Problems.floats(x)), map.apply(Problems.floats(x)), 1e-5f);
      assertArrayEquals(matrix.adjoint(Problems.floats(y)), map.adjoint(Problems.floats(y)), 1e-5f);
      assertEquals(matrix.norm(), map.norm(), 0.05 * matrix.norm());
      assertEquals(map.apply(x)[3], twice.apply(x)[M + 3]);
    }
  }

  @Test
  void smoothTerms() {
    double[] x = Problems.uniform(8, N);
    double[] v = Problems.uniform(9, N);
    try (Smooth f = Smooth.of(N, true, FunctionTermTest::squares, FunctionTermTest::curvature, 100);
        Smooth bare = Smooth.of(N, false, FunctionTermTest::squares);
        Operator data = Operator.dense(A, M, N); Smooth same = Smooth.leastSquares(data, Y)) {
      assertEquals(same.value(x), f.value(x), 1e-13);
      assertArrayEquals(same.gradient(x), f.gradient(x), 1e-13);
      assertArrayEquals(same.hvp(x, v), f.hvp(x, v), 1e-13);
      assertArrayEquals(same.gradient(Problems.floats(x)), f.gradient(Problems.floats(x)), 1e-5f);
      float[] along = Problems.floats(v);
      assertArrayEquals(same.hvp(Problems.floats(x), along), f.hvp(Problems.floats(x), along), 1e-5f);
      assertEquals(same.value(Problems.floats(x)), f.value(Problems.floats(x)), 1e-5);
      assertEquals(100, f.lipschitz());
      assertEquals(Double.POSITIVE_INFINITY, bare.lipschitz());
      assertTrue(f.capabilities().contains("convex") && !bare.capabilities().contains("convex"));
      assertThrows(UnsupportedException.class, () -> bare.hvp(x, v));
      assertThrows(ShapeException.class, () -> f.value(new double[N + 1]));
    }
  }

  @Test
  void onlyWhatIsAskedForIsComputed() {
    List<Boolean> wanted = new ArrayList<>();
    try (Smooth f = Smooth.of(2, true, (x, gradient) -> {
      wanted.add(gradient != null);
      return 0;
    })) {
      f.value(new double[2]);
      f.gradient(new double[2]);
    }
    assertEquals(List.of(false, true), wanted);
  }

  @Test
  void simpleTerms() {
    double[] v = {3, -1, 0.1, -0.2, 0.5, 7};
    try (Prox g = simple(); Prox l1 = Prox.l1(LAM)) {
      assertArrayEquals(l1.prox(v, 2.0), g.prox(v, 2.0), 1e-15);
      assertArrayEquals(l1.prox(Problems.floats(v), 2.0), g.prox(Problems.floats(v), 2.0), 1e-6f);
      assertEquals(l1.value(v), g.value(v), 1e-14);
      double[] values = new double[2];
      double[] both = g.prox(new double[] {3, -1, 0.1, -0.2, 0.5, 7, 0, 0, 0, 0, 0, 1}, 2, 1.0, values);
      assertEquals(0.7, both[11], 1e-15);
      assertEquals(LAM * 0.7, values[1], 1e-15);
      assertThrows(ShapeException.class, () -> g.prox(new double[2], 1.0));
    }
  }

  /** A function that knows floats is given floats. */
  @Test
  void floatsWithoutRounding() {
    ProxFunction doubling = new ProxFunction() {
      @Override
      public double prox(double[] v, double step, double[] x) {
        throw new AssertionError("doubles");
      }

      @Override
      public double prox(float[] v, double step, float[] x) {
        x[0] = 2 * v[0];
        return 1;
      }
    };
    try (Prox g = Prox.of(1, false, doubling)) {
      assertArrayEquals(new float[] {6}, g.prox(new float[] {3}, 1.0));
      assertThrows(AssertionError.class, () -> g.prox(new double[] {3}, 1.0));
    }
  }

  // ---- solves -------------------------------------------------------------------------------------------------------

  @Test
  void problemsOfFunctions() {
    double[] expected = lasso();
    try (Smooth f = smooth(); Prox g = simple()) {
      for (String method : List.of("auto", "ista", "fista", "adaptive")) {
        MinimizeResult result = Composite.of(f).add(g).method(method).tol(1e-10).maxIter(1_000_000).solve();
        assertTrue(result.converged(), result.toString());
        assertArrayEquals(expected, result.x(), 1e-6, method);
      }
      MinimizeResult floats = Composite.of(f).add(g).dtype(Dtype.F32).tol(1e-4).solve();
      assertArrayEquals(expected, floats.x(), 1e-2, floats.toString());
    }
    // The same through an operator: l1 behind a map, and least squares over one.
    try (Operator map = Operator.of(M, N, FunctionTermTest::multiply, FunctionTermTest::transposed);
        Smooth f = Smooth.leastSquares(map, Y); Prox g = Prox.l1(LAM);
        Operator same = Operator.of(N, N, (x, y) -> System.arraycopy(x, 0, y, 0, N),
            (y, x) -> System.arraycopy(y, 0, x, 0, N))) {
      assertArrayEquals(expected, Composite.of(f).add(g).tol(1e-10).maxIter(1_000_000).solve().x(), 1e-6);
      assertArrayEquals(expected, Composite.of(f).add(g, same).tol(1e-9).maxIter(1_000_000).solve().x(), 1e-5);
    }
  }

  @Test
  void unfoldedFunctions() {
    double[] steps = {0.1, 0.2, 0.1};
    double[] cotangent = {1, 1, 1, 1, 1, 1};
    double unknown = Double.POSITIVE_INFINITY;
    try (Smooth f = Smooth.of(N, true, FunctionTermTest::squares, FunctionTermTest::curvature, unknown);
        Prox g = Prox.l1(LAM); Operator data = Operator.dense(A, M, N); Smooth same = Smooth.leastSquares(data, Y)) {
      Composite mine = Composite.of(f).add(g);
      Composite theirs = Composite.of(same).add(g);
      assertArrayEquals(theirs.unfold(steps, null, null), mine.unfold(steps, null, null), 1e-13);
      assertArrayEquals(theirs.unfoldGradient(steps, null, null, cotangent).steps(),
          mine.unfoldGradient(steps, null, null, cotangent).steps(), 1e-12);
    }
  }

  @Test
  void aSolveInsideAFunction() {
    AtomicInteger inner = new AtomicInteger();
    ProxFunction nested = (v, step, x) -> {
      inner.incrementAndGet();
      if (step == 0) {
        return soft(v, 0, x);
      }
      try (Smooth f = Smooth.of(N, true, (z, gradient) -> {
        double sum = 0;
        for (int j = 0; j < N; j++) {
          sum += (z[j] - v[j]) * (z[j] - v[j]) / (2 * step);
          if (gradient != null) {
            gradient[j] = (z[j] - v[j]) / step;
          }
        }
        return sum;
      }); Prox g = simple()) {
        double[] found = Composite.of(f).add(g).tol(1e-12).solve().x();
        System.arraycopy(found, 0, x, 0, N);
        return g.value(found);
      }
    };
    try (Smooth f = smooth(); Prox g = Prox.of(N, true, nested)) {
      assertArrayEquals(lasso(), Composite.of(f).add(g).solve().x(), 1e-4);
    }
    assertTrue(inner.get() > 2);
  }

  /** The function of a term calls the term: the arrays of the outer call stay its own. */
  @Test
  void aFunctionThatCallsItsOwnTerm() {
    Operator[] self = new Operator[1];
    try (Operator halves = Operator.of(1, 1, (x, y) -> {
      double before = x[0];
      double inner = before < 1 ? 0 : self[0].apply(new double[] {before / 2})[0];
      assertEquals(before, x[0]);
      y[0] = before + inner;
    }, (y, x) -> x[0] = y[0])) {
      self[0] = halves;
      for (int k = 0; k < 3; k++) {
        assertEquals(8 + 4 + 2 + 1 + 0.5, halves.apply(new double[] {8})[0]);
      }
    }
  }

  /** Whatever numThreads says. */
  @Test
  void functionsRunOnTheThreadThatCalled() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    int size = 50_000;
    try (Smooth f = Smooth.of(size, true, (x, gradient) -> {
      seen.add(Thread.currentThread());
      double sum = 0;
      for (int i = 0; i < size; i++) {
        sum += (x[i] - i) * (x[i] - i) / 2;
        if (gradient != null) {
          gradient[i] = x[i] - i;
        }
      }
      return sum;
    }); Prox g = Prox.of(size, true, (v, step, x) -> {
      seen.add(Thread.currentThread());
      return soft(v, step, x);
    })) {
      assertTrue(Composite.of(f).add(g).numThreads(4).solve().converged());
    }
    try (Operator map = Operator.of(M, N, (x, y) -> {
      seen.add(Thread.currentThread());
      multiply(x, y);
    }, (y, x) -> {
      seen.add(Thread.currentThread());
      transposed(y, x);
    }); Smooth f = Smooth.leastSquares(map, Y); Prox g = Prox.l1(LAM)) {
      assertArrayEquals(lasso(), Composite.of(f).add(g).numThreads(4).tol(1e-10).maxIter(1_000_000).solve().x(), 1e-6);
    }
    assertEquals(Set.of(Thread.currentThread()), seen);
  }

  // ---- exceptions ---------------------------------------------------------------------------------------------------

  private static RuntimeException boom() {
    return new IllegalArgumentException("at the bottom");
  }

  @Test
  void exceptionsComeBackAsTheyAre() {
    RuntimeException failure = boom();
    double[] two = {1, 1};
    try (Operator map = Operator.of(2, 2, (x, y) -> {
      throw failure;
    }, (y, x) -> {
      throw failure;
    }); Smooth f = Smooth.of(2, true, (x, gradient) -> {
      throw failure;
    }, (x, v, out) -> {
      throw failure;
    }, 1); Prox g = Prox.of(2, true, (v, step, x) -> {
      throw failure;
    })) {
      List<Runnable> calls = List.of(() -> map.apply(two), () -> map.adjoint(two), map::norm, () -> f.value(two),
          () -> f.gradient(two), () -> f.gradient(new float[2]), () -> f.hvp(two, two), () -> g.prox(two, 1.0),
          () -> g.prox(new float[4], 2, 1.0), () -> g.value(two));
      for (Runnable call : calls) {
        assertSame(failure, assertThrows(RuntimeException.class, call::run));
      }
    }
  }

  /** Wherever a problem is prepared, solved or asked. */
  @Test
  void exceptionsEndEveryCallOnAProblem() {
    RuntimeException failure = boom();
    double[] steps = {0.1};
    double[] ones = {1, 1, 1, 1, 1, 1};
    try (Operator map = Operator.of(M, N, (x, y) -> {
      throw failure;
    }, (y, x) -> {
      throw failure;
    }); Smooth f = Smooth.leastSquares(map, Y); Prox g = Prox.l1(LAM)) {
      Composite problem = Composite.of(f).add(g);
      List<Runnable> calls = List.of(f::lipschitz, problem::solve, () -> problem.unfold(steps, null, ones),
          () -> problem.unfoldGradient(steps, null, ones, ones));
      for (Runnable call : calls) {
        assertSame(failure, assertThrows(IllegalArgumentException.class, call::run));
      }
    }
  }

  private static double recurse(double x) {
    return 1 + recurse(x + 1);
  }

  @Test
  void errorsTravelToo() {
    AssertionError error = new AssertionError("an error");
    try (Prox g = Prox.of(1, true, (v, step, x) -> {
      throw error;
    }); Prox deep = Prox.of(1, true, (v, step, x) -> recurse(step))) {
      assertSame(error, assertThrows(AssertionError.class, () -> g.prox(new double[1], 1.0)));
      assertThrows(StackOverflowError.class, () -> deep.prox(new double[1], 1.0));
      assertThrows(StackOverflowError.class, () -> deep.prox(new float[1], 1.0));
    }
  }

  @Test
  void exceptionsEndASolve() {
    for (int k : new int[] {1, 2, 7}) {
      for (String where : List.of("gradient", "prox")) {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger failing = new AtomicInteger(k);
        Runnable count = () -> {
          if (calls.incrementAndGet() == failing.get()) {
            throw boom();
          }
        };
        try (Smooth f = Smooth.of(N, true, (x, gradient) -> {
          if (where.equals("gradient")) {
            count.run();
          }
          return squares(x, gradient);
        }); Prox g = Prox.of(N, true, (v, step, x) -> {
          if (where.equals("prox")) {
            count.run();
          }
          return soft(v, step, x);
        }); Minimizer solver = Composite.of(f).add(g).tol(1e-10).maxIter(1_000_000).build()) {
          RuntimeException caught = assertThrows(IllegalArgumentException.class, solver::solve);
          assertEquals("boom", caught.getStackTrace()[0].getMethodName());
          assertEquals(k, calls.get(), "called again after it failed");
          failing.set(-1);
          // The solver stays usable.
          assertArrayEquals(lasso(), solver.solve().x(), 1e-6);
        }
      }
    }
  }

  /** Both fail: the monitor of the same solve, and then a function. */
  @Test
  void monitorsAndFunctions() {
    IllegalStateException ofMonitor = new IllegalStateException("of the monitor");
    try (Smooth f = smooth(); Prox g = simple()) {
      assertSame(ofMonitor, assertThrows(IllegalStateException.class,
          () -> Composite.of(f).add(g).monitorInterval(0).monitor(p -> {
            throw ofMonitor;
          }).solve()));
      MinimizeResult cancelled = Composite.of(f).add(g).monitorInterval(0).monitor(p -> false).solve();
      assertEquals(Termination.CANCELLED, cancelled.termination());
    }
  }

  @Test
  void aFunctionMayCancel() {
    Minimizer[] self = new Minimizer[1];
    AtomicInteger calls = new AtomicInteger();
    try (Smooth f = Smooth.of(N, true, (x, gradient) -> {
      if (calls.incrementAndGet() == 5) {
        self[0].cancel();
      }
      return squares(x, gradient);
    }); Prox g = simple(); Minimizer solver = Composite.of(f).add(g).method("ista").tol(1e-300).step(1e-9)
        .stepRule(StepRule.FIXED).monitorInterval(0).build()) {
      self[0] = solver;
      assertEquals(Termination.CANCELLED, solver.solve().termination());
    }
  }

  // ---- threads and lifetimes ----------------------------------------------------------------------------------------

  @Test
  void manyThreadsShareATerm() throws InterruptedException {
    double[] expected = lasso();
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    try (Smooth f = smooth(); Prox g = simple()) {
      for (int t = 0; t < 8; t++) {
        RuntimeException mine = t % 2 == 0 ? null : new IllegalArgumentException("of thread " + t);
        threads.add(new Thread(() -> {
          try {
            for (int k = 0; k < 20; k++) {
              assertArrayEquals(expected, Composite.of(f).add(g).tol(1e-10).maxIter(1_000_000).solve().x(), 1e-6);
              if (mine != null) {
                try (Prox failing = Prox.of(N, true, (v, step, x) -> {
                  throw mine;
                })) {
                  Composite problem = Composite.of(f).add(failing);
                  assertSame(mine, assertThrows(IllegalArgumentException.class, problem::solve));
                }
              }
            }
          } catch (Throwable failure) {
            failures.add(failure);
          }
        }));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertEquals(List.of(), failures);
  }

  @Test
  void functionsLiveAsLongAsWhatMayCallThem() throws InterruptedException {
    long before = Handle.live();
    LinearFunction function = new LinearFunction() {
      @Override
      public void apply(double[] x, double[] y) {
        y[0] = 2 * x[0];
      }
    };
    WeakReference<LinearFunction> alive = new WeakReference<>(function);
    Operator map = Operator.of(1, 1, function, function);
    Smooth f = Smooth.leastSquares(map, new double[] {4});
    Minimizer solver = Composite.of(f).tol(1e-12).build();
    function = null;
    map.close();
    f.close();
    System.gc();
    assertEquals(2, solver.solve().x()[0], 1e-9);
    solver.close();
    assertTrue(Handle.live() <= before);  // fewer where others' are collected meanwhile
    for (int k = 0; k < 100 && alive.get() != null; k++) {
      System.gc();
      Thread.sleep(20);
    }
    assertNull(alive.get(), "the function is still held");
  }

  private static WeakReference<ProxFunction> forgotten() {
    double[] shift = {1};
    ProxFunction function = (v, step, x) -> x[0] = v[0] + shift[0];
    Prox g = Prox.of(1, true, function);
    assertEquals(3, g.prox(new double[] {2}, 1.0)[0]);
    return new WeakReference<>(function);
  }

  @Test
  void theCleanerFreesFunctionsThatWereNotClosed() throws InterruptedException {
    List<WeakReference<ProxFunction>> all = new ArrayList<>();
    for (int k = 0; k < 100; k++) {
      all.add(forgotten());
    }
    for (int k = 0; k < 100 && all.stream().anyMatch(one -> one.get() != null); k++) {
      System.gc();
      Thread.sleep(20);
    }
    assertEquals(0, all.stream().filter(one -> one.get() != null).count());
  }

  @Test
  void misuseIsNamed() {
    long before = Handle.live();
    assertThrows(NullArgumentException.class, () -> Operator.of(1, 1, null, (y, x) -> { }));
    assertThrows(NullArgumentException.class, () -> Operator.of(1, 1, (x, y) -> { }, null));
    assertThrows(NullArgumentException.class, () -> Smooth.of(1, true, null));
    assertThrows(NullArgumentException.class, () -> Prox.of(1, true, null));
    assertThrows(RangeException.class, () -> Operator.of(0, 1, (x, y) -> { }, (y, x) -> { }));
    assertThrows(RangeException.class, () -> Smooth.of(-1, true, (x, gradient) -> 0));
    assertThrows(RangeException.class, () -> Smooth.of(1, true, (x, gradient) -> 0, null, -1));
    assertThrows(RangeException.class, () -> Prox.of(0, true, (v, step, x) -> 0));
    assertTrue(Handle.live() <= before);
    try (Smooth f = smooth(); Prox g = Prox.l1(1)) {
      // No linear model: no path.
      assertThrows(UnsupportedException.class, () -> Composite.of(f).add(g).lambdaMax());
      assertFalse(f.capabilities().contains("hvp"));
    }
  }
}

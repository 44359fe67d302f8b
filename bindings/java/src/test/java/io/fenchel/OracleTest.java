// OracleTest.java -- bilevel problems by Java functions: the closed forms of tests/capi/test_bilevel.c, every call failing.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class OracleTest {
  private static final double[] A = {1, 2, 4};
  private static final double[] B = {1, -1, 0.5};
  private static final double W = 0.1;
  private static final int N = 3;
  private static final int M = 2;
  private static final double[] START = {0.1, 0.2};
  private static final double[] X = {0.5, 0.5, 0.5};
  private static final BilevelConstants KNOWN = new BilevelConstants(1, 4, 0, 1, 0, 1);

  /** Counts the calls of all functions; one of them fails. */
  private static final class Trip {
    int calls;
    int at;
    RuntimeException failure;
    double answer = Double.NaN;

    double called(double value) {
      boolean now = ++calls == at;
      if (now && failure != null) {
        throw failure;
      }
      return now ? answer : value;
    }
  }

  /** h = sum_j a_j x_j^2 / 2 - x_0 t_0 - x_1 t_1. */
  static double lower(double[] x, double[] t, int fresh, double[] dx, double[] dt) {
    double sum = -x[0] * t[0] - x[1] * t[1];
    for (int j = 0; j < N; j++) {
      sum += A[j] * x[j] * x[j] / 2;
      if (dx != null) {
        dx[j] = A[j] * x[j] - (j < M ? t[j] : 0);
      }
      if (dt != null && j < M) {
        dt[j] = -x[j];
      }
    }
    return sum;
  }

  /** f = ||x - b||^2 / 2 + w ||t||^2 / 2. */
  static double upper(double[] x, double[] t, int fresh, double[] dx, double[] dt) {
    double sum = 0;
    for (int j = 0; j < N; j++) {
      sum += (x[j] - B[j]) * (x[j] - B[j]) / 2;
      if (dx != null) {
        dx[j] = x[j] - B[j];
      }
    }
    for (int j = 0; j < M; j++) {
      sum += W * t[j] * t[j] / 2;
      if (dt != null) {
        dt[j] = W * t[j];
      }
    }
    return sum;
  }

  static void hvp(double[] x, double[] t, int fresh, int count, double[] v, double[] out) {
    for (int i = 0; i < count * N; i++) {
      out[i] = A[i % N] * v[i];
    }
  }

  static void crossT(double[] x, double[] t, int fresh, int count, double[] v, double[] out) {
    for (int k = 0; k < count; k++) {
      for (int j = 0; j < M; j++) {
        out[k * M + j] = -v[k * N + j];
      }
    }
  }

  private static BilevelProblem plain(Trip trip) {
    return BilevelProblem.of(N, M, (x, t, fresh, dx, dt) -> trip.called(lower(x, t, fresh, dx, dt)),
        (x, t, fresh, dx, dt) -> trip.called(upper(x, t, fresh, dx, dt)));
  }

  private static BilevelProblem problem(Trip trip) {
    return plain(trip).lowerHvp((x, t, fresh, count, v, out) -> {
      hvp(x, t, fresh, count, v, out);
      out[0] = trip.called(out[0]);
    }).lowerCrossT((x, t, fresh, count, v, out) -> {
      crossT(x, t, fresh, count, v, out);
      out[0] = trip.called(out[0]);
    }).constants(theta -> {
      trip.called(0);
      return KNOWN;
    });
  }

  private static double[] read(DoubleBuffer buffer) {
    double[] out = new double[buffer.remaining()];
    buffer.get(out);
    return out;
  }

  /** The same problem on the library's own memory; positions and limits are left anywhere. */
  private static BilevelProblem inPlace() {
    LevelFunction[] levels = {OracleTest::lower, OracleTest::upper};
    LevelFunction.InPlace[] moved = new LevelFunction.InPlace[2];
    for (int i = 0; i < 2; i++) {
      LevelFunction level = levels[i];
      moved[i] = (x, t, fresh, dx, dt) -> {
        double[] slope = dx == null ? null : new double[N];
        double[] outer = dt == null ? null : new double[M];
        assertTrue(x.isReadOnly() && t.isReadOnly() && x.isDirect());
        double value = level.evaluate(read(x), read(t), fresh, slope, outer);
        if (dx != null) {
          dx.put(slope).limit(1);
        }
        if (dt != null) {
          dt.put(outer);
        }
        return value;
      };
    }
    LevelProduct[] products = {OracleTest::hvp, OracleTest::crossT};
    LevelProduct.InPlace[] carried = new LevelProduct.InPlace[2];
    for (int i = 0; i < 2; i++) {
      LevelProduct product = products[i];
      carried[i] = (x, t, fresh, count, v, out) -> {
        double[] to = new double[out.remaining()];
        product.apply(read(x), read(t), fresh, count, read(v), to);
        out.put(to);
      };
    }
    return BilevelProblem.inPlace(N, M, moved[0], moved[1]).lowerHvpInPlace(carried[0]).lowerCrossTInPlace(carried[1])
        .constants(KNOWN);
  }

  private static double slope(double[] t, int j) {
    return (t[j] / A[j] - B[j]) / A[j] + W * t[j];
  }

  @Test
  void settingsHaveTheLibrarysDefaults() {
    BilevelProblem problem = problem(new Trip());
    double[] defaults = new double[problem.options.length];
    FenchelRaw.fen_bilevel_options_init(defaults);
    assertArrayEquals(defaults, problem.options);
    assertArrayEquals(problem(new Trip()).lowerMethod(LowerMethod.FISTA).logTheta(true).accuracy(0.5).options,
        problem.set("lower_method", "fista").set("log_theta", "1").set("accuracy", "0.5").options);
  }

  @Test
  void hypergradientIsTheClosedForm() {
    double[] t = {0.3, -0.7};
    for (boolean differences : new boolean[] {false, true}) {
      BilevelProblem problem = differences ? plain(new Trip()) : problem(new Trip());
      BilevelResult found = problem.hypergradient(t, new double[N]);
      double[] error = {found.gradient()[0] - slope(t, 0), found.gradient()[1] - slope(t, 1)};
      double tolerance = differences ? 1e-7 : 1e-8;
      assertTrue(Math.abs(error[0]) < tolerance && Math.abs(error[1]) < tolerance, found.toString());
      assertEquals(differences ? 1 : 0, found.finiteDifferences());
      assertEquals(differences ? DerivativeStatus.UNCERTIFIED : DerivativeStatus.CERTIFIED, found.derivativeStatus());
      assertEquals(!differences, found.certified());
      assertArrayEquals(new double[] {0.3, -0.35, 0}, found.x(), 1e-7);
      if (!differences) {
        assertTrue(Math.hypot(error[0], error[1]) <= found.bound() + 1e-15 && found.bound() < 1e-7);
        BilevelResult same = inPlace().hypergradient(t, new double[N]);
        assertArrayEquals(found.gradient(), same.gradient());
        assertArrayEquals(found.x(), same.x());
      }
    }
  }

  @Test
  void methodsFindTheMinimum() {
    for (BilevelProblem problem : List.of(problem(new Trip()), inPlace())) {
      for (String method : new String[] {"implicit", "maid", "f2sa", "bome", "sl_bamm"}) {
        // of the gain left, the others: of the slope
        double tol = method.equals(BilevelMethods.IMPLICIT) ? 1e-12 : 1e-6;
        BilevelResult found = problem.tol(tol).solve(method, new double[M], new double[N]);
        assertTrue(found.converged() && found.value() < found.firstValue(), found.toString());
        for (int j = 0; j < M; j++) {
          assertEquals(B[j] * A[j] / (1 + W * A[j] * A[j]), found.theta()[j], 1e-4);
          assertEquals(found.theta()[j] / A[j], found.x()[j], 1e-6);
        }
        assertThrows(StateException.class, found::gradient);
      }
    }
  }

  @Test
  void boundsBind() {
    BilevelProblem problem = problem(new Trip()).bounds(new double[] {-1, -0.5}, new double[] {0.5, Double.POSITIVE_INFINITY});
    double[] theta = problem.solve("implicit", new double[M], new double[N]).theta();
    assertEquals(0.5, theta[0]);
    assertTrue(theta[1] >= -0.5);
    assertEquals(-0.5, theta[1], 1e-12);
  }

  @Test
  void monitorsWatchCancelAndFail() {
    List<Progress> seen = new ArrayList<>();
    BilevelProblem problem = problem(new Trip()).monitorInterval(0).tol(0);
    BilevelResult all = problem.monitor(seen::add).solve("implicit", new double[M], new double[N]);
    assertTrue(seen.size() >= 2 && seen.get(seen.size() - 1).residual() <= seen.get(0).residual());
    BilevelResult cut = problem.monitor(p -> p.iteration() < 2).solve("implicit", new double[M], new double[N]);
    assertEquals(Termination.CANCELLED, cut.termination());
    assertTrue(cut.iterations() < all.iterations());
    IllegalStateException failure = new IllegalStateException("in a monitor");
    problem.monitor(p -> {
      throw failure;
    });
    assertSame(failure, assertThrows(IllegalStateException.class, () -> problem.solve("implicit", START, X)));
  }

  @Test
  void everyCallMayThrow() {
    double[] undisturbed = problem(new Trip()).solve("implicit", START, X).theta();
    for (int k = 1;; k++) {
      Trip trip = new Trip();
      trip.at = k;
      trip.failure = new IllegalStateException("at call " + k);
      BilevelProblem broken = problem(trip);
      double[] theta = START.clone();
      try {
        broken.solve("implicit", theta, X);
        assertTrue(trip.calls < k && k > 10);
        break;
      } catch (IllegalStateException thrown) {
        assertSame(trip.failure, thrown);
        assertEquals(k, trip.calls);
        assertArrayEquals(START, theta);
      }
      assertArrayEquals(undisturbed, broken.solve("implicit", START, X).theta()); // as good as before
    }
  }

  /** Numbers that are not finite: a search goes on with a shorter step; where there is nothing to shorten, an error says so. */
  @Test
  void everyCallMayBeOutsideTheDomain() {
    int survived = 0;
    for (int k = 1;; k++) {
      Trip trip = new Trip();
      trip.at = k;
      try {
        BilevelResult found = problem(trip).solve("implicit", START, X);
        if (trip.calls < k) {
          break;
        }
        survived++;
        assertTrue(Double.isFinite(found.value()));
      } catch (RangeException refused) {
        assertTrue(refused.getMessage().contains("finite"), refused.getMessage());
      }
    }
    assertTrue(survived > 0);
  }

  /** g = theta_0 |x|_1 over least squares: x = soft(b, theta_0). */
  @Test
  void aProxAndItsDerivative() {
    BilevelProblem problem = BilevelProblem.of(N, 1, (x, t, fresh, dx, dt) -> {
      double sum = 0;
      for (int j = 0; j < N; j++) {
        sum += (x[j] - B[j]) * (x[j] - B[j]) / 2;
        if (dx != null) {
          dx[j] = x[j] - B[j];
        }
      }
      if (dt != null) {
        dt[0] = 0;
      }
      return sum;
    }, (x, t, fresh, dx, dt) -> {
      if (dx != null) {
        System.arraycopy(x, 0, dx, 0, N);
      }
      if (dt != null) {
        dt[0] = 0;
      }
      return Problems.dot(x, x) / 2;
    }).lowerHvp((x, t, fresh, count, v, out) -> System.arraycopy(v, 0, out, 0, v.length))
        .lowerCrossT((x, t, fresh, count, v, out) -> Arrays.fill(out, 0))
        .prox((v, t, step, u) -> {
          double sum = 0;
          for (int j = 0; j < N; j++) {
            u[j] = Math.signum(v[j]) * Math.max(0, Math.abs(v[j]) - step * t[0]);
            sum += Math.abs(u[j]);
          }
          return t[0] * sum;
        })
        .proxVjp((v, t, step, c, dv, dt) -> {
          double sum = 0;
          for (int j = 0; j < N; j++) {
            boolean on = Math.abs(v[j]) > step * t[0];
            sum -= on ? step * Math.signum(v[j]) * c[j] : 0;
            if (dv != null) {
              dv[j] = on ? c[j] : 0;
            }
          }
          if (dt != null) {
            dt[0] = sum;
          }
        });
    BilevelResult found = problem.hypergradient(new double[] {0.6}, new double[N]);
    assertArrayEquals(new double[] {0.4, -0.4, 0}, found.x(), 1e-6);
    assertEquals(-0.8, found.gradient()[0], 1e-6);
  }

  @Test
  void freshTellsTheTruth() {
    double[][] last = new double[2][];
    int[] stale = new int[1];
    LevelFunction look = (x, t, fresh, dx, dt) -> {
      if (last[0] == null) {
        assertEquals(BilevelProblem.FRESH_X | BilevelProblem.FRESH_THETA, fresh);
      } else {
        assertTrue((fresh & BilevelProblem.FRESH_X) != 0 || Arrays.equals(x, last[0]));
        assertTrue((fresh & BilevelProblem.FRESH_THETA) != 0 || Arrays.equals(t, last[1]));
        stale[0] += (fresh & BilevelProblem.FRESH_THETA) == 0 ? 1 : 0;
      }
      last[0] = x.clone();
      last[1] = t.clone();
      return 0;
    };
    BilevelProblem.of(N, M, (x, t, fresh, dx, dt) -> look.evaluate(x, t, fresh, dx, dt) + lower(x, t, fresh, dx, dt),
        (x, t, fresh, dx, dt) -> look.evaluate(x, t, fresh, dx, dt) + upper(x, t, fresh, dx, dt)).solve("implicit", START, X);
    assertTrue(stale[0] > 5);
  }

  private static void refused(Class<? extends FenchelException> type, String word, Executable call) {
    FenchelException failure = assertThrows(type, call);
    assertTrue(failure.getMessage().contains(word), failure.getMessage());
  }

  @Test
  void refusalsNameWhatIsWrong() {
    Trip trip = new Trip();
    refused(NameException.class, "implicitt", () -> problem(trip).solve("implicitt", START, X));
    refused(ShapeException.class, "theta", () -> problem(trip).solve("implicit", X, X));
    refused(ShapeException.class, "x", () -> problem(trip).hypergradient(START, START));
    refused(NotFiniteException.class, "theta", () -> problem(trip).hypergradient(new double[] {Double.NaN, 0}, X));
    refused(RangeException.class, "theta", () -> problem(trip).bounds(new double[] {1, 1}, null).solve("implicit", START, X));
    refused(ShapeException.class, "low", () -> problem(trip).bounds(X, null).solve("implicit", START, X));
    refused(RangeException.class, "tol", () -> problem(trip).tol(2).solve("implicit", START, X));
    refused(RangeException.class, "oracles.n", () -> BilevelProblem.of(0, M, OracleTest::lower, OracleTest::upper)
        .hypergradient(START, new double[0]));
    refused(NullArgumentException.class, "lower", () -> BilevelProblem.of(N, M, null, OracleTest::upper));
    refused(NullArgumentException.class, "theta", () -> problem(trip).solve("implicit", null, X));
    refused(NullArgumentException.class, "prox", () -> problem(trip).proxVjp((v, t, s, c, dv, dt) -> { }).hypergradient(START, X));
    assertEquals(0, trip.calls);
    assertThrows(UncertifiedException.class, () -> plain(trip).requireCertified(true).hypergradient(START, X));
    assertThrows(NullPointerException.class,
        () -> problem(trip).constants((BilevelConstants.Function) theta -> null).hypergradient(START, X));
  }

  /** What a function costs beyond its body: gradient steps with functions that do next to nothing, over the calls. */
  @Test
  void aCallCostsLessThanAMicrosecond() {
    System.out.println("| unknowns | on arrays, us a call, all included | in place |");
    double small = 0;
    for (int n : new int[] {3, 100, 1000}) {
      BilevelProblem inPlace = BilevelProblem.inPlace(n, 1, (x, t, fresh, dx, dt) -> flat(dx, dt), (x, t, fresh, dx, dt) -> flat(dx, dt))
          .lowerHvpInPlace((x, t, fresh, count, v, out) -> out.put(v))
          .lowerCrossTInPlace((x, t, fresh, count, v, out) -> out.put(0, 0));
      BilevelProblem arrays = BilevelProblem.of(n, 1, (x, t, fresh, dx, dt) -> flat(dx, dt), (x, t, fresh, dx, dt) -> flat(dx, dt))
          .lowerHvp((x, t, fresh, count, v, out) -> System.arraycopy(v, 0, out, 0, v.length))
          .lowerCrossT((x, t, fresh, count, v, out) -> out[0] = 0);
      double[] best = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
      for (int round = 0; round < 10; round++) {
        best[0] = Math.min(best[0], microseconds(arrays, n));
        best[1] = Math.min(best[1], microseconds(inPlace, n));
      }
      System.out.printf("| %d | %.3f | %.3f |%n", n, best[0], best[1]);
      small = small == 0 ? Math.max(best[0], best[1]) : small;
    }
    // With 3 unknowns the library's own work is some 0.04 us. Five times the target means that something is broken.
    assertTrue(small < 5, small + " us");
  }

  private static double flat(double[] dx, double[] dt) {
    for (double[] slope : new double[][] {dx, dt}) {
      if (slope != null) {
        Arrays.fill(slope, 1);
      }
    }
    return 1;
  }

  private static double flat(DoubleBuffer dx, DoubleBuffer dt) {
    for (DoubleBuffer slope : new DoubleBuffer[] {dx, dt}) {
      for (int i = 0; slope != null && i < slope.limit(); i++) {
        slope.put(i, 1);
      }
    }
    return 1;
  }

  private static double microseconds(BilevelProblem problem, int n) {
    problem.lowerMethod(LowerMethod.GRADIENT).lowerStep(1e-3).lowerMaxIter(20000);
    long begun = System.nanoTime();
    BilevelResult found = problem.hypergradient(new double[1], new double[n]);
    return (System.nanoTime() - begun) * 1e-3 / found.lowerGradients();
  }
}

// FailureTest.java -- every kind of bad input has its exception class, status and a message that names the argument.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class FailureTest {
  private static final double[] COST = {0, 1, 1, 0};
  private static final double[] HALF = {0.5, 0.5};

  private static void refused(Class<? extends FenchelException> type, Status status, String word, Executable call) {
    FenchelException failure = assertThrows(type, call);
    assertEquals(status, failure.status());
    assertTrue(failure.getMessage().contains(word), "'" + word + "' is not in: " + failure.getMessage());
  }

  private static Sinkhorn problem() {
    return Sinkhorn.problem(COST, 2, 2).weights(HALF, HALF).eps(0.1);
  }

  @Test
  void settings() {
    refused(RangeException.class, Status.RANGE, "eps", () -> problem().eps(0).solve());
    refused(RangeException.class, Status.RANGE, "eps", () -> problem().eps(-1).solve());
    refused(RangeException.class, Status.RANGE, "eps", () -> problem().eps(Double.NaN).solve());
    refused(RangeException.class, Status.RANGE, "max_iter", () -> problem().maxIter(0).solve());
    refused(RangeException.class, Status.RANGE, "max_iter", () -> problem().maxIter(Long.MIN_VALUE).solve());
    refused(RangeException.class, Status.RANGE, "num_threads", () -> problem().numThreads(-1).solve());
    refused(NameException.class, Status.NAME, "sinkhorn", () -> problem().method("sinkhron").solve());
    refused(NullArgumentException.class, Status.NULL_ARGUMENT, "method", () -> problem().method(null).solve());
    refused(NameException.class, Status.NAME, "max_iter", () -> problem().set("max_itr", "3"));
    refused(RangeException.class, Status.RANGE, "tol", () -> problem().set("tol", "2"));
  }

  @Test
  void matrices() {
    refused(ShapeException.class, Status.SHAPE, "cost", () -> Sinkhorn.problem(COST, 2, 3).eps(0.1).solve());
    refused(ShapeException.class, Status.SHAPE, "cost", () -> Sinkhorn.problem(COST, -2, -2).eps(0.1).solve());
    refused(EmptyException.class, Status.EMPTY, "cost", () -> Sinkhorn.problem(new double[0], 0, 3).eps(0.1).solve());
    refused(NotFiniteException.class, Status.NOT_FINITE, "cost",
        () -> Sinkhorn.problem(new double[] {0, 1, Double.NaN, 0}, 2, 2).eps(0.1).solve());
    refused(NullArgumentException.class, Status.NULL_ARGUMENT, "cost",
        () -> Sinkhorn.problem((double[]) null, 2, 2).eps(0.1).solve());
    refused(NullArgumentException.class, Status.NULL_ARGUMENT, "geometry",
        () -> Sinkhorn.problem((Geometry) null).eps(0.1).solve());
  }

  @Test
  void weights() {
    refused(ShapeException.class, Status.SHAPE, "a", () -> problem().weights(new double[] {1}, HALF).solve());
    refused(NegativeMassException.class, Status.NEGATIVE, "b",
        () -> problem().weights(HALF, new double[] {1.5, -0.5}).solve());
    refused(NotFiniteException.class, Status.NOT_FINITE, "a",
        () -> problem().weights(new double[] {Double.POSITIVE_INFINITY, 1}, HALF).solve());
    refused(MassException.class, Status.MASS, "mass", () -> problem().weights(HALF, new double[] {1, 1}).solve());
    refused(MassException.class, Status.MASS, "mass", () -> problem().weights(new double[2], HALF).solve());
  }

  @Test
  void geometries() {
    double[] points = {0, 1, 2};
    refused(NameException.class, Status.NAME, "sqeuclidean",
        () -> PointCloud.of(points, 3, points, 3, 1, "sqeuclidian"));
    refused(NullArgumentException.class, Status.NULL_ARGUMENT, "x",
        () -> PointCloud.of((double[]) null, 3, points, 3, 1, Costs.L1));
    refused(ShapeException.class, Status.SHAPE, "y", () -> PointCloud.of(points, 3, points, 2, 1, Costs.L1));
    refused(NotFiniteException.class, Status.NOT_FINITE, "x",
        () -> PointCloud.of(new double[] {Double.NaN}, 1, points, 3, 1, Costs.L1));
    refused(UnsupportedException.class, Status.UNSUPPORTED, "euclidean",
        () -> Grid.of(new int[] {3}, null, Costs.EUCLIDEAN));
    refused(ShapeException.class, Status.SHAPE, "spacing",
        () -> Grid.of(new int[] {3, 3}, new double[] {1}, Costs.L1));
    FenchelException tooMany =
        assertThrows(FenchelException.class, () -> Grid.of(new int[] {2, 2, 2, 2}, null, Costs.L1));
    assertTrue(tooMany.getMessage().contains("ndim"), tooMany.getMessage());
    assertThrows(FenchelException.class, () -> Grid.of(new int[] {3, 0}, null, Costs.L1));
  }

  @Test
  void warmStarts() {
    try (SinkhornSolver solver = problem().build()) {
      refused(ShapeException.class, Status.SHAPE, "phi", () -> solver.warmStart(new double[3], HALF));
      refused(NotFiniteException.class, Status.NOT_FINITE, "psi",
          () -> solver.warmStart(HALF, new double[] {0, Double.NaN}));
      assertTrue(solver.solve().converged());
    }
  }

  @Test
  void namesOfAnyEncodingAreRefusedInAscii() {
    NameException failure = assertThrows(NameException.class, () -> problem().method("sinkh\u00f6rn\u20ac").solve());
    assertTrue(failure.getMessage().contains("did you mean 'sinkhorn'"), failure.getMessage());
    assertTrue(failure.getMessage().chars().allMatch(c -> c >= ' ' && c < 127), failure.getMessage());
  }

  @Test
  void everyStatusHasItsClass() {
    for (Status status : Status.values()) {
      FenchelException failure = status.exception(-5, "text");
      assertEquals(status, failure.status());
      assertEquals(-5, failure.detail());
      assertNotNull(failure.getMessage());
      assertEquals(status.code() == 0, failure.getClass() == FenchelException.class, status.name());
      assertInstanceOf(RuntimeException.class, failure);
    }
  }
}

// BatchTest.java -- many problems in one call, and the divergence.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BatchTest {
  private static final int COUNT = 7;
  private static final int N = 6;
  private static final int M = 5;
  private static final double[] COSTS = Problems.uniform(1, COUNT * N * M);

  private static SinkhornBatch batch() {
    return SinkhornBatch.problems(COUNT, N, M).costs(COSTS).eps(0.1).plans(true);
  }

  private static double[] slice(double[] all, int k, int size) {
    return Arrays.copyOfRange(all, k * size, (k + 1) * size);
  }

  @Test
  void itemsAreWhatSingleSolvesGive() {
    BatchResult all = batch().numThreads(2).solve();
    assertEquals(0, all.failed());
    assertNull(all.firstFailure());
    for (int k = 0; k < COUNT; k++) {
      try (TransportResult one = Sinkhorn.problem(slice(COSTS, k, N * M), N, M).eps(0.1).solve()) {
        assertEquals(Status.OK, all.status(k));
        assertEquals(Termination.CONVERGED, all.summary(k).termination());
        assertArrayEquals(one.phi(), all.phi(k));
        assertArrayEquals(one.psi(), all.psi(k));
        assertArrayEquals(one.plan(), all.plan(k));
        assertEquals(one.cost(), all.summary(k).cost());
      }
    }
  }

  @Test
  void ownSizesAndSharedCosts() {
    int[] rows = {6, 5, 4, 3, 2, 1, 6};
    int[] cols = {5, 4, 3, 2, 1, 5, 5};
    BatchResult all = batch().sizes(rows, cols).solve();
    for (int k = 0; k < COUNT; k++) {
      double[] leading = new double[rows[k] * cols[k]];
      for (int i = 0; i < rows[k]; i++) {
        System.arraycopy(COSTS, k * N * M + i * M, leading, i * cols[k], cols[k]);
      }
      try (TransportResult one = Sinkhorn.problem(leading, rows[k], cols[k]).eps(0.1).solve()) {
        assertArrayEquals(one.plan(), all.plan(k), 1e-12);
        assertEquals(rows[k], all.phi(k).length);
        assertEquals(cols[k], all.psi(k).length);
      }
    }
    double[] shared = slice(COSTS, 0, N * M);
    BatchResult same = SinkhornBatch.problems(3, N, M).sharedCost(shared).eps(0.1).solve();
    assertArrayEquals(same.phi(0), same.phi(2));
    assertArrayEquals(all.phi(0), same.phi(1));
    assertThrows(StateException.class, () -> same.plan(0));
  }

  @Test
  void aBadItemFailsAlone() {
    double[] costs = COSTS.clone();
    costs[2 * N * M + 4] = Double.NaN;
    double[] a = new double[COUNT * N];
    Arrays.fill(a, 1.0 / N);
    a[4 * N] = -1;
    BatchResult all = SinkhornBatch.problems(COUNT, N, M).costs(costs).weights(a, null).eps(0.1).solve();
    assertEquals(2, all.failed());
    assertEquals(Status.NOT_FINITE, all.status(2));
    assertEquals(Status.NEGATIVE, all.status(4));
    assertEquals(Status.OK, all.status(6));
    assertInstanceOf(NotFiniteException.class, all.firstFailure());
    assertArrayEquals(new double[N], all.phi(2));
    assertEquals(Termination.NOT_RUN, all.summary(2).termination());
    assertTrue(all.toString().contains("2 failed"));
  }

  @Test
  void floatsAndMalformedBatches() {
    BatchResult narrow = SinkhornBatch.problems(COUNT, N, M).costs(Problems.floats(COSTS)).eps(0.1).solve();
    assertArrayEquals(batch().solve().phi(3), narrow.phi(3), 1e-4);
    assertThrows(ShapeException.class, () -> SinkhornBatch.problems(3, N, M).costs(COSTS).eps(0.1).solve());
    assertThrows(DtypeException.class, () -> SinkhornBatch.problems(3, N, M).eps(0.1).solve());
    assertThrows(ShapeException.class, () -> batch().sizes(new int[2], new int[2]));
  }

  @Test
  void theMonitorCountsProblems() {
    int many = 2000;
    AtomicLong last = new AtomicLong();
    SinkhornBatch.problems(many, N, M).sharedCost(slice(COSTS, 0, N * M)).eps(0.1).monitorInterval(0).monitor(p -> {
      assertTrue(p.iteration() >= last.get());
      last.set(p.iteration());
      return true;
    }).solve();
    assertTrue(last.get() >= many / 2 && last.get() <= many, "last " + last.get());
    IllegalStateException failure = new IllegalStateException("stop");
    assertSame(failure, assertThrows(IllegalStateException.class, () -> batch().monitorInterval(0).monitor(p -> {
      throw failure;
    }).solve()));
  }

  @Test
  void divergence() {
    double[] x = Problems.uniform(31, 40 * 2);
    double[] y = Arrays.stream(Problems.uniform(32, 30 * 2)).map(v -> v + 0.5).toArray();
    DivergenceResult result =
        SinkhornDivergence.between(x, 40, y, 30, 2).eps(0.05).gradients("x", "a").compute();
    assertTrue(result.converged());
    assertTrue(result.value() > 0.1, "value " + result.value());
    assertEquals(80, result.xGrad().length);
    assertEquals(40, result.aGrad().length);
    assertNull(result.yGrad());
    assertTrue(result.cross().cost() > result.first().cost());
    assertEquals(0.0, SinkhornDivergence.between(x, 40, x, 40, 2).eps(0.05).compute().value(), 1e-9);
    // The gradient predicts a small step.
    double step = 1e-5;
    double[] moved = x.clone();
    moved[7] += step;
    double after = SinkhornDivergence.between(moved, 40, y, 30, 2).eps(0.05).compute().value();
    assertEquals(result.xGrad()[7], (after - result.value()) / step, 1e-4);
    assertThrows(NameException.class, () -> SinkhornDivergence.between(x, 40, y, 30, 2).gradients("z"));
    assertThrows(ShapeException.class, () -> SinkhornDivergence.between(x, 41, y, 30, 2).eps(0.05).compute());
  }
}

// BufferTest.java -- buffers of all kinds give the bits that arrays give.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class BufferTest {
  private static final int N = 30;
  private static final int M = 20;
  private static final double[] COST = Problems.uniform(1, N * M);
  private static final double[] A = Problems.weights(2, N);
  private static final double[] B = Problems.weights(3, M);
  private static final double[] EXPECTED = solve(Sinkhorn.problem(COST, N, M).weights(A, B));

  private static double[] solve(Sinkhorn problem) {
    try (TransportResult result = problem.eps(0.05).solve()) {
      return result.plan();
    }
  }

  /** The values from a given byte on, in a buffer with margins that must not matter. */
  private static ByteBuffer bytes(double[] values, ByteOrder order, int margin, boolean direct) {
    int size = 8 * values.length + 2 * margin;
    ByteBuffer buffer = (direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size)).order(order);
    for (int i = 0; i < values.length; i++) {
      buffer.putDouble(margin + 8 * i, values[i]);
    }
    return buffer.position(margin).limit(margin + 8 * values.length);
  }

  private static DoubleBuffer direct(double[] values) {
    return bytes(values, ByteOrder.nativeOrder(), 0, true).asDoubleBuffer();
  }

  @Test
  void directBuffersAreBitEqual() {
    assertArrayEquals(EXPECTED, solve(Sinkhorn.problem(direct(COST), N, M).weights(direct(A), direct(B))));
  }

  @Test
  void positionAndLimitAreHonoured() {
    DoubleBuffer wide = direct(Problems.uniform(9, N * M + 10));
    wide.position(3);
    wide.slice().put(COST);
    wide.limit(3 + N * M);
    assertArrayEquals(EXPECTED, solve(Sinkhorn.problem(wide, N, M).weights(A, B)));
    assertEquals(3, wide.position());
    assertEquals(3 + N * M, wide.limit());
    wide.limit(4 + N * M);
    assertThrows(ShapeException.class, () -> solve(Sinkhorn.problem(wide, N, M).weights(A, B)));
  }

  @Test
  void bytesOfAnyOrderAlignmentAndKind() {
    for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
      for (int margin : new int[] {0, 8, 3}) {
        for (boolean direct : new boolean[] {true, false}) {
          ByteBuffer cost = bytes(COST, order, margin, direct);
          ByteBuffer a = bytes(A, order, margin, direct);
          ByteBuffer b = bytes(B, order, margin, direct);
          String where = order + " " + margin + " " + direct;
          assertArrayEquals(EXPECTED, solve(Sinkhorn.problem(cost, Dtype.F64, N, M).weights(a, b)), where);
          assertArrayEquals(
              EXPECTED, solve(Sinkhorn.problem(cost.asDoubleBuffer().slice(), N, M).weights(A, B)), where);
        }
      }
    }
  }

  @Test
  void outputsOfAnyKindAreBitEqual() {
    try (TransportResult result = Sinkhorn.problem(COST, N, M).weights(A, B).eps(0.05).solve()) {
      for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
        for (int margin : new int[] {0, 8, 3}) {
          for (boolean direct : new boolean[] {true, false}) {
            ByteBuffer plan = bytes(new double[N * M], order, margin, direct);
            result.plan(plan);
            for (int i = 0; i < N * M; i++) {
              assertEquals(EXPECTED[i], plan.getDouble(margin + 8 * i));
            }
            for (int i = 0; i < margin; i++) {
              assertEquals(0, plan.duplicate().clear().get(i), "a byte before the position was written");
              assertEquals(0, plan.duplicate().clear().get(margin + 8 * N * M + i), "a byte after the limit was written");
            }
          }
        }
      }
      DoubleBuffer phi = direct(new double[N]);
      DoubleBuffer psi = DoubleBuffer.allocate(M);
      result.potentials(phi, psi);
      double[] got = new double[N];
      phi.get(got);
      assertArrayEquals(result.phi(), got);
      assertArrayEquals(result.psi(), psi.array());
      DoubleBuffer product = direct(new double[N]);
      result.apply(direct(B), 1, product, PlanProduct.PLAN);
      product.get(got);
      assertArrayEquals(result.apply(B, 1), got);
    }
  }

  @Test
  void directCostIsUsedInPlace() {
    try (TransportResult copied = Sinkhorn.problem(COST, N, M).weights(A, B).eps(0.05).solve();
        TransportResult inPlace = Sinkhorn.problem(direct(COST), N, M).weights(A, B).eps(0.05).solve()) {
      assertEquals(0, copied.copiedBytes());
      assertEquals(0, inPlace.copiedBytes());
    }
    DoubleBuffer shared = direct(COST);
    try (CostMatrix matrix = CostMatrix.of(shared, N, M)) {
      shared.put(5, 0.625);
      assertEquals(0.625, matrix.cost()[5]);
    }
  }

  @Test
  void floatBuffersAreBitEqual() {
    float[] cost = Problems.floats(COST);
    FloatBuffer buffer = ByteBuffer.allocateDirect(4 * N * M).order(ByteOrder.nativeOrder()).asFloatBuffer();
    buffer.put(cost).flip();
    float[] a = Problems.floats(A);
    float[] b = Problems.floats(B);
    assertArrayEquals(
        solve(Sinkhorn.problem(cost, N, M).weights(a, b)), solve(Sinkhorn.problem(buffer, N, M).weights(a, b)));
    assertArrayEquals(
        solve(Sinkhorn.problem(cost, N, M).weights(a, b)),
        solve(Sinkhorn.problem(FloatBuffer.wrap(cost), N, M).weights(FloatBuffer.wrap(a), FloatBuffer.wrap(b))));
  }

  @Test
  void wrongBuffersAreRefused() {
    try (TransportResult result = Sinkhorn.problem(COST, N, M).weights(A, B).eps(0.05).solve()) {
      assertThrows(ReadOnlyException.class, () -> result.plan(direct(COST).asReadOnlyBuffer()));
      assertThrows(ReadOnlyException.class, () -> result.plan(DoubleBuffer.wrap(COST).asReadOnlyBuffer()));
      assertThrows(ShapeException.class, () -> result.plan(direct(A)));
      assertThrows(DtypeException.class, () -> result.plan(FloatBuffer.allocate(N * M)));
      assertThrows(DtypeException.class, () -> result.plan(java.nio.IntBuffer.allocate(N * M)));
      DoubleBuffer both = direct(new double[N + M]);
      assertThrows(
          OverlapException.class, () -> result.apply(both.slice(0, M), 1, both.slice(5, N), PlanProduct.PLAN));
    }
    assertThrows(DtypeException.class, () -> CostMatrix.of(java.nio.IntBuffer.allocate(4), 2, 2));
    assertThrows(ShapeException.class, () -> CostMatrix.of(ByteBuffer.allocateDirect(33), Dtype.F64, 2, 2));
    assertThrows(DtypeException.class, () -> Sinkhorn.problem(ByteBuffer.allocateDirect(32), 2, 2).eps(1).solve());
  }
}

// InPlaceTest.java -- terms from Java functions on the library's own memory.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class InPlaceTest {
  private static final int N = 9;
  private static final double[] Y = Problems.uniform(5, N);
  private static final double LAM = 0.2;

  /** Relative access, on purpose: positions are the function's to move. */
  private static void doubled(DoubleBuffer x, DoubleBuffer y) {
    while (x.hasRemaining()) {
      y.put(2 * x.get());
    }
  }

  private static double squares(DoubleBuffer x, DoubleBuffer gradient) {
    double sum = 0;
    for (int i = 0; i < x.limit(); i++) {
      double r = x.get(i) - Y[i % N];
      sum += r * r / 2;
      if (gradient != null) {
        gradient.put(i, r);
      }
    }
    return sum;
  }

  private static double soft(DoubleBuffer v, double step, DoubleBuffer x) {
    double sum = 0;
    for (int i = 0; i < v.limit(); i++) {
      double at = v.get(i);
      x.put(i, Math.signum(at) * Math.max(Math.abs(at) - LAM * step, 0));
      sum += Math.abs(x.get(i));
    }
    return LAM * sum;
  }

  private static Smooth smooth(int n) {
    return Smooth.inPlace(n, true, InPlaceTest::squares, (x, v, out) -> out.put(v), 1);
  }

  @Test
  void operators() {
    double[] x = Problems.uniform(6, N);
    double[] twice = new double[N];
    for (int i = 0; i < N; i++) {
      twice[i] = 2 * x[i];
    }
    try (Operator map = Operator.inPlace(N, N, InPlaceTest::doubled, InPlaceTest::doubled)) {
      for (int k = 0; k < 20; k++) {
        assertArrayEquals(twice, map.apply(x));
        assertArrayEquals(twice, map.adjoint(x));
        assertArrayEquals(Problems.floats(twice), map.apply(Problems.floats(x)));
      }
      assertEquals(2, map.norm(), 0.05);
    }
  }

  @Test
  void smoothAndSimpleTerms() {
    double[] x = Problems.uniform(6, N);
    try (Smooth f = smooth(N); Prox g = Prox.inPlace(N, true, InPlaceTest::soft); Prox l1 = Prox.l1(LAM);
        Operator identity = Operator.named("identity").number("size", N).build();
        Smooth same = Smooth.leastSquares(identity, Y)) {
      assertEquals(same.value(x), f.value(x), 1e-14);
      assertArrayEquals(same.gradient(x), f.gradient(x), 1e-15);
      assertArrayEquals(same.gradient(Problems.floats(x)), f.gradient(Problems.floats(x)), 1e-6f);
      assertEquals(same.value(Problems.floats(x)), f.value(Problems.floats(x)), 1e-6);
      assertArrayEquals(x, f.hvp(x, x));
      assertArrayEquals(Problems.floats(x), f.hvp(Problems.floats(x), Problems.floats(x)));
      assertArrayEquals(l1.prox(x, 0.7), g.prox(x, 0.7), 1e-15);
      assertArrayEquals(l1.prox(Problems.floats(x), 0.7), g.prox(Problems.floats(x), 0.7), 1e-6f);
      // More rows than buffers are kept.
      double[] rows = Problems.uniform(7, 30 * N);
      for (int k = 0; k < 3; k++) {
        assertArrayEquals(l1.prox(rows, 30, 0.7), g.prox(rows, 30, 0.7), 1e-15);
      }
      assertEquals(l1.value(x), g.value(x), 1e-15);
      for (Dtype dtype : Dtype.values()) {
        double[] expected = Composite.of(same).add(l1).dtype(dtype).solve().x();
        MinimizeResult result = Composite.of(f).add(g).dtype(dtype).solve();
        assertTrue(result.converged(), result.toString());
        assertArrayEquals(expected, result.x(), 1e-4);
      }
    }
  }

  /** The same numbers whether vectors are copied or not. */
  @Test
  void copiesChangeNothing() {
    for (String method : List.of("ista", "fista", "adaptive", "condat_vu", "davis_yin")) {
      try (Smooth f = smooth(N); Smooth copied = Smooth.of(N, true, (x, gradient) ->
          squares(DoubleBuffer.wrap(x), gradient == null ? null : DoubleBuffer.wrap(gradient)), null, 1);
          Prox g = Prox.inPlace(N, true, InPlaceTest::soft);
          Prox copying = Prox.of(N, true, (v, step, x) -> soft(DoubleBuffer.wrap(v), step, DoubleBuffer.wrap(x)))) {
        MinimizeResult one = Composite.of(f).add(g).method(method).solve();
        MinimizeResult other = Composite.of(copied).add(copying).method(method).solve();
        assertArrayEquals(one.x(), other.x(), method);
        assertEquals(one.iterations(), other.iterations(), method);
      }
    }
  }

  @Test
  void whatTheBuffersAre() {
    List<String> seen = new ArrayList<>();
    try (Prox g = Prox.inPlace(2, true, new ProxFunction.InPlace() {
      @Override
      public double prox(DoubleBuffer v, double step, DoubleBuffer x) {
        assertThrows(ReadOnlyBufferException.class, () -> v.put(0, 1));
        assertTrue(v.isDirect() && x.isDirect() && v.order() == ByteOrder.nativeOrder());
        seen.add("doubles " + v.position() + " " + v.limit() + " " + x.position() + " " + x.limit());
        x.put(v).limit(1);
        v.limit(1);
        return 3;
      }

      @Override
      public double prox(FloatBuffer v, double step, FloatBuffer x) {
        assertTrue(v.isReadOnly() && v.isDirect() && x.order() == ByteOrder.nativeOrder());
        seen.add("floats " + v.position() + " " + v.limit());
        x.put(v);
        return 4;
      }
    })) {
      for (int k = 0; k < 2; k++) {
        double[] values = new double[1];
        assertArrayEquals(new double[] {1, 2}, g.prox(new double[] {1, 2}, 1, 1.0, values));
        assertEquals(3, values[0]);
      }
      assertArrayEquals(new float[] {1, 2}, g.prox(new float[] {1, 2}, 1.0));
    }
    assertEquals(List.of("doubles 0 2 0 2", "doubles 0 2 0 2", "floats 0 2"), seen);
  }

  @Test
  void exceptionsComeBackAsTheyAre() {
    IllegalArgumentException failure = new IllegalArgumentException("in place");
    double[] two = {1, 1};
    try (Operator map = Operator.inPlace(2, 2, (x, y) -> {
      throw failure;
    }, InPlaceTest::doubled); Smooth f = Smooth.inPlace(2, true, (x, gradient) -> {
      throw failure;
    }, null, 1); Prox g = Prox.inPlace(2, true, (v, step, x) -> {
      throw failure;
    }); Prox l1 = Prox.l1(1)) {
      List<Runnable> calls = List.of(() -> map.apply(two), () -> f.gradient(two), () -> f.value(new float[2]),
          () -> g.prox(two, 1.0), () -> Composite.of(f).add(l1).solve());
      for (Runnable call : calls) {
        assertSame(failure, assertThrows(IllegalArgumentException.class, call::run));
      }
      assertArrayEquals(new double[] {2, 2}, map.adjoint(two));
    }
    // Beyond the limit of a buffer is an exception, no crash.
    try (Prox g = Prox.inPlace(2, true, (v, step, x) -> v.get(2))) {
      assertThrows(IndexOutOfBoundsException.class, () -> g.prox(two, 1.0));
    }
    assertThrows(NullArgumentException.class, () -> Prox.inPlace(2, true, null));
  }

  @Test
  void manyThreadsShareATerm() throws InterruptedException {
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    try (Smooth f = smooth(N); Prox g = Prox.inPlace(N, true, InPlaceTest::soft)) {
      double[] expected = Composite.of(f).add(g).solve().x();
      for (int t = 0; t < 8; t++) {
        threads.add(new Thread(() -> {
          try {
            for (int k = 0; k < 200; k++) {
              assertArrayEquals(expected, Composite.of(f).add(g).solve().x());
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
}

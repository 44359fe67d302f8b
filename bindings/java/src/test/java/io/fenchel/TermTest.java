// TermTest.java -- operators, smooth and simple terms called by themselves.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.DoubleBuffer;
import org.junit.jupiter.api.Test;

class TermTest {
  private static final double[] MATRIX = {1, 0, 2, 0, 3, 0};  // (2, 3)
  private static final double[] X = {1, 2, 3};

  @Test
  void matricesDenseAndSparse() {
    try (Operator dense = Operator.dense(MATRIX, 2, 3);
        Operator csc = Operator.csc(2, new int[] {0, 1, 2, 3}, new int[] {0, 1, 0}, new double[] {1, 3, 2});
        Operator csr = Operator.csr(3, new int[] {0, 2, 3}, new int[] {0, 2, 1}, new double[] {1, 2, 3});
        Operator wide = Operator.named("csr").number("cols", 3).indices("indptr", new long[] {0, 2, 3})
            .indices("indices", new long[] {0, 2, 1}).array("values", new float[] {1, 2, 3}).build();
        Operator floats = Operator.dense(new float[] {1, 0, 2, 0, 3, 0}, 2, 3);
        Operator columns = Operator.denseColumns(new double[] {1, 0, 0, 3, 2, 0}, 2, 3);
        Operator shortColumns = Operator.denseColumns(new float[] {1, 0, 0, 3, 2, 0}, 2, 3);
        Operator buffer = Operator.denseColumns(DoubleBuffer.wrap(new double[] {1, 0, 0, 3, 2, 0}), 2, 3)) {
      for (Operator a : new Operator[] {dense, csc, csr, wide, floats, columns, shortColumns, buffer}) {
        assertEquals(2, a.rows());
        assertEquals(3, a.cols());
        assertArrayEquals(new double[] {7, 6}, a.apply(X));
        assertArrayEquals(new float[] {7, 6}, a.apply(new float[] {1, 2, 3}));
        assertArrayEquals(new double[] {1, 6, 2}, a.adjoint(new double[] {1, 2}));
        assertArrayEquals(new float[] {1, 6, 2}, a.adjoint(new float[] {1, 2}));
        assertArrayEquals(new double[] {7, 6, 2, 0}, a.apply(new double[] {1, 2, 3, 0, 0, 1}, 2));
        assertArrayEquals(new float[] {7, 6, 2, 0}, a.apply(new float[] {1, 2, 3, 0, 0, 1}, 2));
        assertArrayEquals(new double[] {1, 6, 2, 0, 3, 0}, a.adjoint(new double[] {1, 2, 0, 1}, 2));
        assertArrayEquals(new float[] {1, 6, 2, 0, 3, 0}, a.adjoint(new float[] {1, 2, 0, 1}, 2));
        assertThrows(ShapeException.class, () -> a.apply(X, 2));
        assertThrows(RangeException.class, () -> a.apply(X, 0));
        assertTrue(a.norm() >= 3 - 1e-9 && a.norm() <= 3 * 1.021, a.norm() + " is no norm");
      }
      try (Operator transpose = dense.transpose();
          Operator stack = Operator.named("stack").term("A", dense).term("A", csc).build()) {
        assertArrayEquals(dense.adjoint(new double[] {1, 2}), transpose.apply(new double[] {1, 2}));
        assertArrayEquals(new double[] {7, 6, 7, 6}, stack.apply(X));
      }
    }
  }

  @Test
  void smoothTerms() {
    double[] y = {1, 1};
    try (Operator a = Operator.dense(MATRIX, 2, 3); Smooth f = Smooth.leastSquares(a, y)) {
      assertEquals((36 + 25) / 2.0, f.value(X));
      assertArrayEquals(new double[] {6, 15, 12}, f.gradient(X));
      assertArrayEquals(new float[] {6, 15, 12}, f.gradient(new float[] {1, 2, 3}));
      assertArrayEquals(a.adjoint(a.apply(X)), f.hvp(X, X), 1e-12);
      assertArrayEquals(new float[] {7, 18, 14}, f.hvp(new float[] {1, 2, 3}, new float[] {1, 2, 3}));
      double[] slope = new double[3];
      float[] shortSlope = new float[3];
      assertEquals(61 / 2.0, f.valueAndGradient(X, slope));
      assertEquals(61 / 2.0, f.valueAndGradient(new float[] {1, 2, 3}, shortSlope));
      assertEquals(61 / 2.0, f.value(new float[] {1, 2, 3}));
      assertArrayEquals(f.gradient(X), slope);
      assertArrayEquals(new float[] {6, 15, 12}, shortSlope);
      assertThrows(ShapeException.class, () -> f.valueAndGradient(X, new double[2]));
      assertThrows(ShapeException.class, () -> f.hvp(X, new double[2]));
      assertThrows(NullArgumentException.class, () -> f.gradient((double[]) null));
      assertTrue(f.lipschitz() >= 9 - 1e-9);
      assertTrue(f.capabilities().contains("hvp"), f.toString());
      assertThrows(ShapeException.class, () -> f.gradient(new double[2]));
      assertThrows(NotFiniteException.class, () -> f.value(new double[] {Double.NaN, 0, 0}));
    }
  }

  @Test
  void simpleTerms() {
    try (Prox g = Prox.named("l1").number("lam", 2).array("weights", new double[] {1, 0, 0.5}).build()) {
      double[] v = {3, -1, -0.5};
      assertArrayEquals(new double[] {1, -1, 0}, g.prox(v, 1.0));
      assertArrayEquals(new float[] {1, -1, 0}, g.prox(new float[] {3, -1, -0.5f}, 1.0));
      assertArrayEquals(new double[] {1, -1, 0, 1, -1, 0}, g.prox(new double[] {3, -1, -0.5, 3, -1, -0.5}, 2, 1.0));
      assertArrayEquals(new double[] {2, -1, -0.25}, g.prox(v, new double[] {0.5, 1, 0.25}));
      assertEquals(6.5, g.value(v));
      assertArrayEquals(new double[] {1, 1, 0}, g.vjp(v, 1.0, new double[] {1, 1, 1}));
      assertEquals(0, g.conjugate(new double[] {2, 0, 1}));
      assertEquals(Double.POSITIVE_INFINITY, g.conjugate(new double[] {3, 0, 1}));
      // Floats, and the value at each row of the result.
      float[] w = {3, -1, -0.5f};
      float[] twice = {3, -1, -0.5f, 0, 7, 2};
      double[] values = new double[2];
      assertArrayEquals(new float[] {1, -1, 0, 0, 7, 1}, g.prox(twice, 2, 1.0, values));
      assertArrayEquals(new double[] {2, 1}, values);
      assertArrayEquals(new double[] {1, -1, 0}, g.prox(v, 1, 1.0, new double[1]));
      assertArrayEquals(new float[] {1, -1, 0, 0, 7, 1}, g.prox(twice, 2, 1.0));
      assertArrayEquals(new float[] {2, -1, -0.25f}, g.prox(w, new float[] {0.5f, 1, 0.25f}));
      assertArrayEquals(new float[] {1, 1, 0}, g.vjp(w, 1.0, new float[] {1, 1, 1}));
      assertEquals(6.5, g.value(w));
      // A step a row, and rows of cotangents.
      assertArrayEquals(new float[] {1, -1, 0, 0, 7, 1.5f}, g.proxRows(twice, new float[] {1, 0.5f}, values, 2));
      assertArrayEquals(new double[] {2, 1.5}, values);
      double[] one = {1};
      assertArrayEquals(new double[] {1, -1, 0}, g.proxRows(v, one, null, 0));
      assertArrayEquals(new double[] {1, -1, 0, 2, -1, 0},
          g.proxRows(new double[] {3, -1, -0.5, 3, -1, -0.5}, new double[] {1, 0.5}, null, 1));
      assertArrayEquals(new float[] {1, 1, 0, 0, 2, 3}, g.vjp(twice, 2, 1.0, new float[] {1, 1, 1, 2, 2, 3}));
      assertArrayEquals(new double[] {1, 1, 0, 1, 1, 0},
          g.vjp(new double[] {3, -1, -0.5, 3, -1, -0.5}, 2, 1.0, new double[] {1, 1, 1, 1, 1, 1}));
      assertThrows(RangeException.class, () -> g.proxRows(v, new double[] {-1}, null, 1));
      assertThrows(ShapeException.class, () -> g.proxRows(v, new double[] {1, 1}, null, 1));
      assertThrows(ShapeException.class, () -> g.proxRows(v, one, new double[2], 1));
      assertThrows(NullArgumentException.class, () -> g.proxRows(v, null, null, 1));
      assertEquals(0, g.conjugate(new float[] {2, 0, 1}));
      assertThrows(ShapeException.class, () -> g.prox(twice, 2, 1.0, new double[1]));
      assertThrows(ShapeException.class, () -> g.vjp(w, 1.0, new float[2]));
    }
  }

  @Test
  void anyTermOfTheCatalogueIsReachedByName() {
    try (Prox simplex = Prox.named(ProxNames.SIMPLEX).build()) {
      assertArrayEquals(new double[] {0, 0, 1}, simplex.prox(new double[] {0, 0, 5}, 1.0), 1e-15);
    }
    int made = 0;
    for (String name : Fenchel.proxTerms()) {
      try (Prox g = Prox.named(name).build()) {
        assertEquals("prox", kind(g), name);
        made++;
      } catch (NullArgumentException | RangeException required) {
        // The message says what is missing.
        String message = required.getMessage();
        assertTrue(message.contains(name) || message.contains("needs"), message);
      }
    }
    assertTrue(made >= 10, made + " terms need no parameter");
  }

  private static String kind(Term term) {
    long address = term.acquire();
    try {
      return FenchelRaw.fen_term_kind(address);
    } finally {
      term.release();
    }
  }
}

// ProgramDerivativeTest.java -- derivatives of quadratic programs: a closed form, adjointness, degenerate programs, misuse.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgramDerivativeTest {
  /** min 1/2 |x|^2 - (2, 1) x subject to x1 + x2 = 1, x2 >= 0.25: x = (0.75, 0.25), nu = 1.25, lam = 0.5. */
  private static ProgramDerivative program() {
    return ProgramDerivative.of(new double[] {-2, -1}, new double[] {0.75, 0.25}).quadratic(new double[] {1, 0, 0, 1})
        .equalities(new double[] {1, 1}, new double[] {1}, new double[] {1.25})
        .inequalities(new double[] {0, -1}, new double[] {-0.25}, new double[] {0.5});
  }

  @Test
  void closedForm() {
    Derivative back = program().vjp(Map.of("x", new double[] {1, 3}), "P", "q", "e", "h", "G");
    assertEquals(1, back.of("e")[0], 1e-14);
    assertEquals(-2, back.of("h")[0], 1e-14);
    assertArrayEquals(new double[] {0, 0}, back.of("q"), 1e-14);
    assertArrayEquals(new double[4], back.of("P"), 1e-14);
    assertTrue(back.certified());
    Derivative moved = program().jvp(Map.of("h", new double[] {1}));
    assertArrayEquals(new double[] {1, -1}, moved.of("x"), 1e-14);
    assertEquals(-1, moved.of("nu")[0], 1e-14);
    assertEquals(-2, moved.of("lam")[0], 1e-14);
    Derivative rows = program().jvp(Map.of("G", new double[] {0.5, 0.25}));
    double forward = rows.of("x")[0] + 3 * rows.of("x")[1];
    assertEquals(forward, 0.5 * back.of("G")[0] + 0.25 * back.of("G")[1], 1e-12);
  }

  @Test
  void floatsAreTheDoublesRounded() {
    ProgramDerivative single = ProgramDerivative.of(new float[] {-2, -1}, new float[] {0.75f, 0.25f})
        .quadratic(new float[] {1, 0.25f, 0.25f, 1}).equalities(new float[] {1, 1}, new float[] {1}, new float[] {1.0625f})
        .inequalities(new float[] {0, -1}, new float[] {-0.25f}, new float[] {0.5f});
    ProgramDerivative wide = ProgramDerivative.of(new double[] {-2, -1}, new double[] {0.75, 0.25})
        .quadratic(new double[] {1, 0.25, 0.25, 1}).equalities(new double[] {1, 1}, new double[] {1}, new double[] {1.0625})
        .inequalities(new double[] {0, -1}, new double[] {-0.25}, new double[] {0.5});
    Map<String, double[]> seed = Map.of("x", new double[] {1, 3}, "lam", new double[] {0.1});
    String[] all = {"P", "q", "E", "e", "G", "h"};
    Derivative back = single.vjp(seed, all);
    Derivative expected = wide.vjp(seed, all);
    for (String name : all) {
      assertArrayEquals(expected.of(name), back.of(name), 1e-6, name);
      for (double value : back.of(name)) {
        assertEquals((float) value, value);
      }
    }
    assertSame(expected.derivativeStatus(), back.derivativeStatus());
    Derivative moved = single.jvp(Map.of("h", new double[] {1}));
    for (String name : new String[] {"x", "nu", "lam"}) {
      assertArrayEquals(wide.jvp(Map.of("h", new double[] {1})).of(name), moved.of(name), 1e-6);
    }
    assertThrows(DtypeException.class, () -> program().quadratic(new float[] {1, 0, 0, 1}).vjp(seed, "q"));
    assertThrows(NullArgumentException.class, () -> ProgramDerivative.of(new float[1], null));
    assertThrows(ShapeException.class, () -> ProgramDerivative.of(new float[2], new float[2]).vjp(seed, "e"));
  }

  @Test
  void degenerateProgramsAreSaidToBe() {
    ProgramDerivative weak = ProgramDerivative.of(new double[] {-1}, new double[] {1}).quadratic(new double[] {1})
        .inequalities(new double[] {1}, new double[] {1}, new double[] {0});
    assertSame(DerivativeStatus.AMBIGUOUS, weak.vjp(Map.of("x", new double[] {1}), "q").derivativeStatus());
    ProgramDerivative edge = ProgramDerivative.of(new double[] {-1, 0}, new double[] {1, 0.5})
        .inequalities(new double[] {1, 0, 0, 1}, new double[] {1, 1}, new double[] {1, 0});
    assertThrows(SingularException.class, () -> edge.vjp(Map.of("x", new double[] {1, 0}), "q"));
  }

  @Test
  void misuse() {
    Map<String, double[]> seed = Map.of("x", new double[] {1, 3});
    assertThrows(NullArgumentException.class, () -> ProgramDerivative.of(null, new double[1]));
    assertThrows(NameException.class, () -> program().vjp(seed, "Q"));
    assertThrows(NameException.class, () -> program().vjp(Map.of("h", new double[1]), "q"));
    assertThrows(NameException.class, () -> program().jvp(seed));
    assertThrows(FenchelException.class, () -> program().vjp(Map.of("x", new double[3]), "q"));
    assertThrows(NullArgumentException.class, () -> program().inequalities(new double[2], new double[1], null).vjp(seed, "q"));
    assertThrows(ShapeException.class, () -> ProgramDerivative.of(new double[2], new double[2]).vjp(seed, "e"));
    assertThrows(UnsupportedException.class, () -> program().linearSolver(LinearSolver.CG).vjp(seed, "q"));
  }
}

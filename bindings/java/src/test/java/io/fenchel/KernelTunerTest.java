// KernelTunerTest.java -- kernel ridge: closed forms, leaving out by hand, refusals.
package io.fenchel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KernelTunerTest {
  private static final int N = 20;

  private static double[] inputs() {
    return Problems.uniform(7, 2 * N);
  }

  private static double[] targets() {
    double[] x = inputs();
    double[] y = Problems.uniform(8, N);
    for (int i = 0; i < N; i++) {
      y[i] = Math.sin(5 * x[2 * i]) + 0.1 * y[i];
    }
    return y;
  }

  @Test
  void coefficientsAndCotangentsOfTwoSamples() {
    double[] gram = {2, 1, 1, 2};
    assertArrayEquals(new double[] {1.0 / 8, 3.0 / 8}, KernelTuner.coefficients(gram, new double[] {0.75, 1.25}, 1), 1e-14);
    double[][] back = KernelTuner.cotangents(gram, new double[] {0.75, 1.25}, 1, new double[] {8, 0});
    assertArrayEquals(new double[] {3, -1}, back[0], 1e-14);
    assertArrayEquals(new double[] {-3.0 / 8, -9.0 / 8, 1.0 / 8, 3.0 / 8}, back[1], 1e-14);
    assertEquals(0, back[2][0], 1e-14);
    assertThrows(SingularException.class, () -> KernelTuner.coefficients(new double[] {-1, 0, 0, 1}, new double[] {1, 1}, 0.5));
  }

  @Test
  void tunesBothHyperparameters() {
    KernelTuneResult best = KernelTuner.of("rbf").data(inputs(), N, 2, targets()).risk(Risk.LEAVE_ONE_OUT).tune();
    assertTrue(best.termination() == Termination.CONVERGED && best.criterion() < best.firstCriterion());
    assertTrue(best.degrees() > 1 && best.degrees() < N);
    assertEquals(N, best.alpha().length);
    KernelTuneResult held = KernelTuner.of("linear").data(inputs(), N, 2, targets()).heldOut(inputs(), targets()).lam(0.1).tune();
    assertTrue(held.lam() > 0 && Double.isNaN(held.gamma()));
  }

  @Test
  void floatsAreTheDoublesRounded() {
    float[] gram = {2, 1, 1, 2};
    float[] y = {0.75f, 1.25f};
    assertArrayEquals(new float[] {0.125f, 0.375f}, KernelTuner.coefficients(gram, y, 1), 1e-7f);
    double[][] back = KernelTuner.cotangents(gram, y, 1, new float[] {8, 0});
    assertArrayEquals(new double[] {3, -1}, back[0], 1e-6);
    assertArrayEquals(new double[] {-3.0 / 8, -9.0 / 8, 1.0 / 8, 3.0 / 8}, back[1], 1e-6);
    assertEquals(0, back[2][0], 1e-14);
    float[] inputs = (float[]) Floats.to(Dtype.F32, inputs());
    float[] targets = (float[]) Floats.to(Dtype.F32, targets());
    KernelTuneResult single = KernelTuner.of("rbf").data(inputs, N, 2, targets).risk(Risk.LEAVE_ONE_OUT).tune();
    KernelTuneResult wide = KernelTuner.of("rbf").data(Floats.toDoubles(inputs), N, 2, Floats.toDoubles(targets))
        .risk(Risk.LEAVE_ONE_OUT).tune();
    assertEquals(wide.criterion(), single.criterion(), 0);   // the same numbers, computed in double
    assertEquals(wide.lam(), single.lam(), 0);
    for (int i = 0; i < N; i++) {
      assertEquals((float) wide.alpha()[i], single.alphaFloats()[i], 0);
      assertEquals(single.alphaFloats()[i], single.alpha()[i], 0);
    }
    assertThrows(DtypeException.class, wide::alphaFloats);
    KernelTuneResult held = KernelTuner.of("linear").data(inputs, N, 2, targets).heldOut(inputs, targets).lam(0.1).tune();
    assertTrue(held.lam() > 0 && held.alphaFloats().length == N);
    assertThrows(DtypeException.class,
        () -> KernelTuner.of("linear").data(inputs, N, 2, targets).heldOut(inputs(), targets()).tune());
  }

  @Test
  void stepsBackFromAnIndefiniteMatrix() {
    double[] gram = {1.45, 1.55, 1.55, 1.45};   // eigenvalues 3 and -0.1
    double[] y = {1, 1};
    KernelTuneResult best = KernelTuner.of("gram").data(gram, 2, 2, y).heldOut(gram, new double[] {1.1, 1.1}).lam(5).tune();
    assertTrue(best.lam() > 0.1 && best.lam() < 0.2 && best.refused() > 0);
  }

  @Test
  void refusesWhatIsWrong() {
    assertThrows(NameException.class, () -> KernelTuner.of("sigmoid").data(inputs(), N, 2, targets()).risk(Risk.GCV).tune());
    assertThrows(NullArgumentException.class, () -> KernelTuner.of("rbf").data(inputs(), N, 2, targets()).tune());
    assertThrows(UnsupportedException.class,
        () -> KernelTuner.of("rbf").data(inputs(), N, 2, targets()).risk(Risk.CROSS_VALIDATION).tune());
    assertThrows(RangeException.class, () -> KernelTuner.of("rbf").data(inputs(), N, 2, targets()).risk(Risk.SURE).tune());
  }
}

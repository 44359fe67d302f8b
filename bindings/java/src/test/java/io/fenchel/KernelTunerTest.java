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
  void refusesWhatIsWrong() {
    assertThrows(NameException.class, () -> KernelTuner.of("sigmoid").data(inputs(), N, 2, targets()).risk(Risk.GCV).tune());
    assertThrows(NullArgumentException.class, () -> KernelTuner.of("rbf").data(inputs(), N, 2, targets()).tune());
    assertThrows(UnsupportedException.class,
        () -> KernelTuner.of("rbf").data(inputs(), N, 2, targets()).risk(Risk.CROSS_VALIDATION).tune());
    assertThrows(RangeException.class, () -> KernelTuner.of("rbf").data(inputs(), N, 2, targets()).risk(Risk.SURE).tune());
  }
}

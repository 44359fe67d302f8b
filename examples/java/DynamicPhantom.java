import io.fenchel.Composite;
import io.fenchel.MinimizeResult;
import io.fenchel.Operator;
import io.fenchel.OperatorNames;
import io.fenchel.Prox;
import io.fenchel.ProxNames;
import io.fenchel.Smooth;
import java.awt.Color;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Reconstructs a moving phantom from a quarter of its frequencies: see dynamic_phantom.py.
 *
 * <p>Of each frame's discrete Fourier transform only a random part is measured, with noise. Total variation in space and
 * in time and two nuclear norms, of the frames as rows and of the lines of all frames, say what such sequences look like;
 * each is a simple term, behind a linear map where it needs one, and condat_vu minimises the sum.
 */
final class DynamicPhantom {

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    double[] truth = numbers.doubles("phantom");
    double[] mask = numbers.doubles("phantom_mask");
    int[] shape = numbers.shape("phantom"); // frames, lines, pixels
    int frames = shape[0];
    int side = shape[1];
    // A gradient in space is one group.
    int[] pixel = IntStream.range(0, 2 * truth.length).map(i -> i % truth.length).toArray();
    Map<String, double[]> found = new LinkedHashMap<>();
    found.put("the phantom", truth);
    try (Operator measure = Operator.named(OperatorNames.MASKED_DFT).indices("shape", shape).indices("axes", 1, 2)
            .array("mask", mask).build();
        Operator inSpace = differences(shape, 1, 2);
        Operator inTime = differences(shape, 0);
        Prox lengths = Prox.named(ProxNames.GROUP_L2).number("lam", 0.004).indices("group", pixel).build();
        Prox changes = Prox.l1(0.004);
        Prox framesAsRows = nuclear(frames, side * side);
        Prox linesAsRows = nuclear(frames * side, side)) {
      double[] y = addNoise(measure.apply(truth), mask, numbers.doubles("phantom_noise"));
      found.put("zeros for the rest", measure.adjoint(y));
      try (Smooth f = Smooth.leastSquares(measure, y)) {
        Composite problem = Composite.of(f).tol(1e-4).maxIter(3000);
        found.put("space", solve("space", problem.add(lengths, inSpace)));
        found.put("space and time", solve("space and time", problem.add(changes, inTime)));
        found.put("all four", solve("all four", problem.add(framesAsRows).add(linesAsRows)));
      }
    }
    int k = 0;
    for (String name : found.keySet()) {
      if (!name.equals("the phantom")) {
        Numbers.decimal("error_" + k++, error(found.get(name), truth));
      }
    }
    Numbers.array("all_four", found.get("all four"));
    draw(numbers, found, frames, side);
  }

  private static Operator differences(int[] shape, int... axes) {
    return Operator.named(OperatorNames.DIFFERENCES).indices("shape", shape).indices("axes", axes).build();
  }

  /** The nuclear norm of x read as a matrix. */
  private static Prox nuclear(int rows, int cols) {
    return Prox.named(ProxNames.NUCLEAR).number("rows", rows).number("cols", cols).number("lam", 0.005).build();
  }

  /** To the real and imaginary parts of the frequencies that the mask keeps. */
  private static double[] addNoise(double[] exact, double[] mask, double[] noise) {
    double[] y = exact.clone();
    int at = 0;
    for (int i = 0; i < mask.length; i++) {
      if (mask[i] != 0) {
        y[at++] += noise[2 * i];
        y[at++] += noise[2 * i + 1];
      }
    }
    return y;
  }

  private static double[] solve(String name, Composite problem) {
    MinimizeResult fit = problem.solve();
    System.out.println(name + ": " + fit);
    return fit.x();
  }

  private static double error(double[] x, double[] truth) {
    double missed = 0;
    double all = 0;
    for (int i = 0; i < x.length; i++) {
      missed += (x[i] - truth[i]) * (x[i] - truth[i]);
      all += truth[i] * truth[i];
    }
    return Math.sqrt(missed / all);
  }

  /** A frame of each, and below it a line of it through time. */
  private static void draw(Numbers numbers, Map<String, double[]> found, int frames, int side) throws IOException {
    Pictures picture = new Pictures(found.size() * (3 * side + 8) - 8, 3 * side + 3 * frames + 32);
    int x = 0;
    for (Map.Entry<String, double[]> one : found.entrySet()) {
      double miss = error(one.getValue(), found.get("the phantom"));
      String quality = miss == 0 ? "" : String.format(Locale.ROOT, ", error %.3f", miss);
      picture.text(one.getKey() + quality, x + 4, 16, Color.BLACK);
      picture.grey(Pictures.rows(one.getValue(), side, 6 * side, 1, side), x, 24, 3);
      picture.grey(Pictures.rows(one.getValue(), side, 26, side, frames), x, 3 * side + 32, 3);
      x += 3 * side + 8;
    }
    picture.save(numbers.output.resolve("dynamic_phantom.png"));
  }
}

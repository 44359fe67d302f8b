import io.fenchel.Costs;
import io.fenchel.PlanProduct;
import io.fenchel.PointCloud;
import io.fenchel.Progress;
import io.fenchel.Sinkhorn;
import io.fenchel.SinkhornSolver;
import io.fenchel.TransportResult;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Locale;
import javax.imageio.ImageIO;

/**
 * Gives a photograph the colours of another one: see colour_transfer.py.
 *
 * <p>Unbalanced transport pairs 20,000 pixels of each, without a 20,000 x 20,000 matrix; its potential psi is a warm
 * start for all pixels of the photograph, and each goes to the mean of the colours that it is paired with.
 */
final class ColourTransfer {
  private static final double EPS = 0.005; // in units of the cost, squared distances in the unit cube
  private static final double RHO = 0.1;

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    float[] sample = numbers.floats("temple_sample");
    float[] target = numbers.floats("flower_sample");
    float[] photograph = numbers.floats("temple_image");
    int[] shape = numbers.shape("temple_image");
    float[] psi;
    try (PointCloud cloud = PointCloud.of(sample, sample.length / 3, target, target.length / 3, 3, Costs.SQEUCLIDEAN);
        TransportResult paired = problem(cloud).method("sinkhorn_anderson").solve()) {
      System.out.println(paired);
      psi = paired.psiFloats();
      Numbers.number("cost", paired.cost());
      Numbers.number("dual", paired.dual());
      Numbers.count("passes", paired.passes());
    }
    try (PointCloud cloud =
            PointCloud.of(photograph, photograph.length / 3, target, target.length / 3, 3, Costs.SQEUCLIDEAN);
        SinkhornSolver solver = problem(cloud).method("sinkhorn").tol(0.05).build().warmStart(null, psi);
        TransportResult full = solver.solve()) {
      System.out.println(full);
      float[] moved = full.apply(target, 3, PlanProduct.PROJECTION);
      Numbers.number("full_cost", full.cost());
      Numbers.array("moved", moved);
      write(numbers, moved, shape[0], shape[1]);
    }
  }

  private static Sinkhorn problem(PointCloud cloud) {
    return Sinkhorn.problem(cloud).eps(EPS).rhoA(RHO).rhoB(RHO).numThreads(0).monitorInterval(1)
        .monitor(ColourTransfer::report);
  }

  private static boolean report(Progress p) {
    System.out.printf(
        Locale.ROOT, "  %5.1f s, %d iterations, residual %.1e%n", p.seconds(), p.iteration(), p.residual());
    return true;
  }

  private static void write(Numbers numbers, float[] pixels, int rows, int cols) throws IOException {
    BufferedImage image = new BufferedImage(cols, rows, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < rows * cols; i++) {
      int rgb = 0;
      for (int k = 0; k < 3; k++) {
        rgb = rgb << 8 | Math.round(255 * Math.min(1, Math.max(0, pixels[3 * i + k])));
      }
      image.setRGB(i % cols, i / cols, rgb);
    }
    ImageIO.write(image, "png", numbers.output.resolve("colour_transfer.png").toFile());
  }
}

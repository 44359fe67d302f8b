import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** A white picture to put images, curves and words on: what the stories draw, with the JDK alone. */
final class Pictures {
  private final BufferedImage image;
  private final Graphics2D pen;

  Pictures(int width, int height) {
    image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    pen = image.createGraphics();
    pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    pen.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    pen.setColor(Color.WHITE);
    pen.fillRect(0, 0, width, height);
  }

  void text(String words, double x, double y, Color colour) {
    pen.setColor(colour);
    pen.drawString(words, (float) x, (float) y);
  }

  void bar(double x, double y, double width, double height, Color colour) {
    pen.setColor(colour);
    pen.fill(new Rectangle2D.Double(x, y, width, height));
  }

  /** The box of a diagram, with what its left and right ends, and its bottom and top, stand for. */
  void frame(int x, int y, int width, int height, String left, String right, String low, String high) {
    pen.setColor(Color.GRAY);
    pen.draw(new Rectangle2D.Double(x, y, width, height));
    text(left, x, y + height + 15, Color.GRAY);
    text(right, x + width - 8 * right.length(), y + height + 15, Color.GRAY);
    text(low, x - 8 * low.length() - 2, y + height, Color.GRAY);
    text(high, x - 8 * high.length() - 2, y + 10, Color.GRAY);
  }

  /** Rows of numbers in [0, 1], black to white, each pixel a square of that scale. */
  void grey(double[][] rows, int x, int y, int scale) {
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[i].length; j++) {
        float shade = (float) Math.min(1, Math.max(0, rows[i][j]));
        pen.setColor(new Color(shade, shade, shade));
        pen.fillRect(x + j * scale, y + i * scale, scale, scale);
      }
    }
  }

  /** A curve in a box, whose lower and upper edge are low and high. */
  void curve(double[] values, double low, double high, int x, int y, int width, int height, Color colour) {
    pen.setColor(colour);
    pen.setStroke(new BasicStroke(1.5f));
    Path2D line = new Path2D.Double();
    for (int k = 0; k < values.length; k++) {
      double right = x + width * k / (values.length - 1.0);
      double down = y + height * (high - values[k]) / (high - low);
      if (k == 0) {
        line.moveTo(right, down);
      } else {
        line.lineTo(right, down);
      }
    }
    pen.draw(line);
  }

  /** The rows of a matrix, first to last, every step-th of them. */
  static double[][] rows(double[] matrix, int cols, int first, int step, int count) {
    double[][] out = new double[count][cols];
    for (int i = 0; i < count; i++) {
      System.arraycopy(matrix, (first + i * step) * cols, out[i], 0, cols);
    }
    return out;
  }

  void save(Path file) throws IOException {
    pen.dispose();
    ImageIO.write(image, "png", file.toFile());
  }
}

import io.fenchel.Composite;
import io.fenchel.Operator;
import io.fenchel.Prox;
import io.fenchel.ProxNames;
import io.fenchel.Smooth;
import io.fenchel.SmoothNames;
import io.fenchel.TuneResult;
import io.fenchel.Tuner;
import java.awt.Color;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Finds the wrong labels among handwritten digits of which 40 % are labelled wrongly: see clean_labels.py.
 *
 * <p>Each of 798 samples gets a weight between 0 and 1; the weights are chosen so that the model fitted to the weighted
 * samples does well on 400 digits whose labels are right.
 */
final class CleanLabels {
  private static final int PIXELS = 64;
  private static final int CLASSES = 10;
  private static final double HEAVY = 30; // while labels are judged
  private static final double[] ORDINARY = {3, 10}; // every set of samples is fitted with its best
  private static final int BINS = 20;

  /** Images and labels of some samples. */
  private record Samples(double[] x, double[] y) {
    Samples part(IntStream chosen) {
      int[] rows = chosen.toArray();
      return new Samples(Arrays.stream(rows).boxed()
          .flatMapToDouble(i -> Arrays.stream(x, i * PIXELS, (i + 1) * PIXELS)).toArray(),
          Arrays.stream(rows).mapToDouble(i -> y[i]).toArray());
    }

    Samples and(Samples more) {
      return new Samples(concat(x, more.x), concat(y, more.y));
    }
  }

  private static double[] concat(double[] first, double[] second) {
    double[] out = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, out, first.length, second.length);
    return out;
  }

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    Samples truth = new Samples(numbers.doubles("digits_train_x"), numbers.doubles("digits_train_y"));
    double[] given = numbers.doubles("digits_flipped_y");
    int size = given.length;
    Samples spoilt = new Samples(Arrays.copyOf(truth.x, size * PIXELS), given);
    Samples held = truth.part(IntStream.range(size, truth.y.length));
    Samples tests = new Samples(numbers.doubles("digits_test_x"), numbers.doubles("digits_test_y"));

    TuneResult found = judge(spoilt, held);
    double[] weights = found.values("f.weights");
    boolean[] wrong = new boolean[size];
    for (int i = 0; i < size; i++) {
      wrong[i] = given[i] != truth.y[i];
    }
    int[] kept = IntStream.range(0, size).filter(i -> weights[i] > 0.5).toArray();
    double[] good = IntStream.range(0, size).filter(i -> !wrong[i]).mapToDouble(i -> weights[i]).sorted().toArray();
    double[] bad = IntStream.range(0, size).filter(i -> wrong[i]).mapToDouble(i -> weights[i]).sorted().toArray();
    // The share of pairs, a wrong label and a right one, that the weights put in order.
    double auc = (double) Arrays.stream(good).mapToLong(w -> below(bad, w)).sum() / ((long) good.length * bad.length);
    System.out.println(found);
    System.out.printf(Locale.ROOT, "%d of %d labels wrong, AUC %.4f; %d kept%n", bad.length, size, auc, kept.length);

    Numbers.number("before", found.firstCriterion());
    Numbers.number("after", found.criterion());
    Numbers.count("evaluations", found.iterations());
    Numbers.array("weights", weights);
    Numbers.count("kept", kept.length);
    Numbers.count("kept_wrong", Arrays.stream(kept).filter(i -> wrong[i]).count());
    Numbers.decimal("auc", auc);
    Samples clean = spoilt.part(Arrays.stream(kept));
    Numbers.count("right_by_spoilt", right(spoilt, tests));
    Numbers.count("right_by_kept", right(clean, tests));
    Numbers.count("right_by_held", right(held, tests));
    Numbers.count("right_by_spoilt_and_held", right(spoilt.and(held), tests));
    Numbers.count("right_by_kept_and_held", right(clean.and(held), tests));
    draw(numbers, good, bad);
  }

  private static Operator images(Samples samples) {
    return Operator.dense(samples.x, samples.y.length, PIXELS);
  }

  private static Smooth model(Operator images, Samples samples, int mean) {
    return Smooth.named(SmoothNames.MULTINOMIAL).term("A", images).array("y", samples.y).number("classes", CLASSES)
        .number("mean", mean).build();
  }

  /** A weight for each sample. */
  private static TuneResult judge(Samples spoilt, Samples held) {
    double[] start = new double[spoilt.y.length];
    Arrays.fill(start, 0.5);
    try (Operator a = images(spoilt); Smooth f = model(a, spoilt, 0);
        Operator b = images(held); Smooth criterion = model(b, held, 1)) {
      return Tuner.of("squared_l2").fixed("lam", HEAVY).start("f.weights", start).fold(f, criterion).maxIter(10).tune();
    }
  }

  /** Test digits that a model of these samples classifies rightly. */
  private static long right(Samples samples, Samples tests) {
    long most = 0;
    try (Operator a = images(samples); Smooth f = model(a, samples, 0)) {
      for (double lam : ORDINARY) {
        try (Prox g = Prox.named(ProxNames.SQUARED_L2).number("lam", lam).build()) {
          double[] x = Composite.of(f).add(g).tol(1e-6).solve().x();
          most = Math.max(most,
              IntStream.range(0, tests.y.length).filter(i -> classify(x, tests.x, i) == tests.y[i]).count());
        }
      }
    }
    return most;
  }

  private static int classify(double[] x, double[] images, int which) {
    double[] score = new double[CLASSES];
    for (int p = 0; p < PIXELS; p++) {
      for (int k = 0; k < CLASSES; k++) {
        score[k] += images[which * PIXELS + p] * x[p * CLASSES + k];
      }
    }
    return IntStream.range(1, CLASSES).reduce(0, (best, k) -> score[k] > score[best] ? k : best);
  }

  /** How many of the ascending values lie below another one. */
  private static int below(double[] values, double limit) {
    return (int) Arrays.stream(values).takeWhile(v -> v < limit).count();
  }

  /** Above: how many labels have which weight. Below: wrong labels found over right ones suspected. */
  private static void draw(Numbers numbers, double[] good, double[] bad) throws IOException {
    Pictures picture = new Pictures(670, 600);
    double most = 0;
    for (boolean drawing : new boolean[] {false, true}) {
      for (int b = 0; b < 2 * BINS; b++) {
        int bin = b / 2;
        double[] kind = b % 2 == 0 ? good : bad;
        long height = Arrays.stream(kind).filter(w -> Math.min(BINS - 1, (int) (w * BINS)) == bin).count();
        most = drawing ? most : Math.max(most, height);
        if (drawing) {
          double up = 240 * height / most;
          picture.bar(41 + 30 * bin + 14 * (b % 2), 270 - up, 14, up, b % 2 == 0 ? Color.BLUE : Color.ORANGE);
        }
      }
    }
    DoubleStream found = Arrays.stream(good).map(w -> below(bad, w) / (double) bad.length);
    double[] roc = DoubleStream.concat(DoubleStream.of(0), found).toArray();
    picture.frame(40, 30, 600, 240, "0", "1", "0", String.valueOf((int) most));
    picture.frame(40, 330, 600, 240, "0", "1", "0", "1");
    picture.curve(roc, 0, 1, 40, 330, 600, 240, Color.BLACK);
    picture.text("samples by weight: blue right labels, orange wrong ones", 40, 20, Color.BLACK);
    picture.text("wrong labels found, by right labels suspected", 40, 320, Color.BLACK);
    picture.save(numbers.output.resolve("clean_labels.png"));
  }
}

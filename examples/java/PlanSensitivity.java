import io.fenchel.ProblemTangent;
import io.fenchel.Sinkhorn;
import io.fenchel.SolutionTangent;
import io.fenchel.TransportResult;
import java.awt.Color;
import java.io.IOException;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What colour would the sky of one photograph take from another one, and what decides it? See plan_sensitivity.py.
 *
 * <p>The warmth of what the sky is paired with, red minus blue, differentiated by every share and every cost: one linear
 * system. Beside the strongest derivatives stand differences of plans that are solved again.
 */
final class PlanSensitivity {
  private static final int COLOURS = 32;
  private static final int SKY = 0; // the commonest colour of the temple
  private static final double EPS = 0.01; // in units of the cost, squared distances in the unit cube
  private static final double STEP = 1e-5; // of the differences

  private final double[] sent;
  private final double[] received;
  private final double[] costs;
  private final double[] warmth = new double[COLOURS * COLOURS];

  private PlanSensitivity(Numbers numbers, double[] colours) throws IOException {
    sent = numbers.doubles("temple_shares");
    received = numbers.doubles("flower_shares");
    costs = numbers.doubles("palette_costs");
    for (int j = 0; j < COLOURS; j++) {
      warmth[SKY * COLOURS + j] = (colours[3 * j] - colours[3 * j + 2]) / sent[SKY];
    }
  }

  public static void main(String[] args) throws IOException {
    Numbers numbers = new Numbers(args);
    double[] colours = numbers.doubles("flower_palette");
    PlanSensitivity story = new PlanSensitivity(numbers, colours);
    double[] byShare;
    double[] byCost;
    try (TransportResult solved = story.solve(story.received, story.costs)) {
      System.out.println(solved);
      ProblemTangent by = solved.vjp(new SolutionTangent(null, null, story.warmth), "b", "cost");
      byShare = by.b();
      byCost = by.cost();
      Numbers.decimal("warmth", story.total(solved.plan()));
    }
    int strongest = largest(byCost.length, k -> Math.abs(byCost[k]));
    int more = largest(COLOURS, j -> byShare[j]);
    int less = largest(COLOURS, j -> -byShare[j]);
    double ofCost = story.difference(strongest, more, less, STEP, 0);
    double ofShares = story.difference(strongest, more, less, 0, STEP);
    double slope = byShare[more] - byShare[less];
    System.out.printf(Locale.ROOT, "cost of colour %d to colour %d: derivative %.9f, difference %.9f%n",
        strongest / COLOURS, strongest % COLOURS, byCost[strongest], ofCost);
    System.out.printf(Locale.ROOT, "from colour %d to colour %d: derivative %.9f, difference %.9f%n",
        less, more, slope, ofShares);

    Numbers.array("by_share", byShare);
    Numbers.array("by_cost", byCost);
    Numbers.count("row", strongest / COLOURS);
    Numbers.count("column", strongest % COLOURS);
    Numbers.count("more", more);
    Numbers.count("less", less);
    Numbers.number("slope_of_cost", byCost[strongest]);
    Numbers.number("slope_of_shares", slope);
    Numbers.decimal("difference_of_cost", ofCost);
    Numbers.decimal("difference_of_shares", ofShares);
    draw(numbers, byShare, colours);
  }

  private TransportResult solve(double[] shares, double[] cost) {
    return Sinkhorn.problem(cost, COLOURS, COLOURS).weights(sent, shares).eps(EPS).tol(1e-13).solve();
  }

  private double total(double[] plan) {
    return IntStream.range(0, plan.length).mapToDouble(k -> plan[k] * warmth[k]).sum();
  }

  /** The warmth where one cost is raised, or shares go from one colour to another. */
  private double moved(int entry, int more, int less, double ofCost, double ofShare) {
    double[] cost = costs.clone();
    double[] shares = received.clone();
    cost[entry] += ofCost;
    shares[more] += ofShare;
    shares[less] -= ofShare;
    try (TransportResult solved = solve(shares, cost)) {
      return total(solved.plan());
    }
  }

  private double difference(int entry, int more, int less, double ofCost, double ofShare) {
    return (moved(entry, more, less, ofCost, ofShare) - moved(entry, more, less, -ofCost, -ofShare)) / (2 * STEP);
  }

  /** The first place of the largest value. */
  private static int largest(int count, IntToDoubleFunction value) {
    return IntStream.range(1, count)
        .reduce(0, (best, k) -> value.applyAsDouble(k) > value.applyAsDouble(best) ? k : best);
  }

  /** A bar for the share of each colour, by how much it warms the sky. */
  private static void draw(Numbers numbers, double[] byShare, double[] colours) throws IOException {
    int[] order = IntStream.range(0, COLOURS).boxed().sorted((a, b) -> Double.compare(byShare[b], byShare[a]))
        .mapToInt(j -> j).toArray();
    double high = byShare[order[0]];
    double height = high - byShare[order[COLOURS - 1]];
    Pictures picture = new Pictures(680, 320);
    picture.text("warmth of the sky by the share of each colour of the flower", 20, 18, Color.BLACK);
    for (int k = 0; k < COLOURS; k++) {
      int j = order[k];
      Color colour = new Color((float) colours[3 * j], (float) colours[3 * j + 1], (float) colours[3 * j + 2]);
      double top = 30 + 260 * (high - Math.max(byShare[j], 0)) / height;
      picture.bar(20 + 20 * k, top, 18, 260 * Math.abs(byShare[j]) / height, colour);
    }
    picture.save(numbers.output.resolve("plan_sensitivity.png"));
  }
}

// TuneResult.java -- the best weights of a penalty, and the solutions there.
package io.fenchel;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What {@link Tuner#tune} found. Plain Java memory: nothing is to be closed. */
public final class TuneResult extends TuneFields {
  private final String penalty;
  private final TermParams fixed;
  private final Map<String, Object> values;
  private final Object x;
  private final int size;
  private final int folds;
  private final TuneSummary summary;

  TuneResult(String penalty, TermParams fixed, Map<String, Object> values, Object x, int size, double[] fields) {
    this.penalty = penalty;
    this.fixed = fixed;
    this.values = values;
    this.x = x;
    this.size = size;
    this.folds = size == 0 ? 0 : (int) ArrayView.length("x", x, null) / size;
    this.summary = TuneSummary.of(fields, 0);
  }

  /**
   * What was tuned.
   *
   * @return names of parameters of the penalty, f.weights
   */
  public Set<String> parameters() {
    return Set.copyOf(values.keySet());
  }

  /**
   * The best value of a number.
   *
   * @param parameter its name
   * @return greater than 0
   * @throws NameException when it was not tuned
   * @throws StateException when it is an array, see {@link #values}
   */
  public double value(String parameter) {
    if (found(parameter) instanceof Double number) {
      return number;
    }
    throw Status.STATE.exception("'" + parameter + "' is an array: ask for values");
  }

  /**
   * The best values of an array, or the one of a number.
   *
   * @param parameter its name
   * @return one a coordinate, group or sample, a copy
   * @throws NameException when it was not tuned
   */
  public double[] values(String parameter) {
    Object found = found(parameter);
    return found instanceof double[] many ? many.clone() : new double[] {(double) found};
  }

  private Object found(String parameter) {
    if (!values.containsKey(parameter)) {
      throw Status.NAME.exception("'" + parameter + "' was not tuned; there are " + List.copyOf(values.keySet()));
    }
    return values.get(parameter);
  }

  /**
   * How many folds there were.
   *
   * @return their number
   */
  public int folds() {
    return folds;
  }

  /**
   * The solution of a fold at the best weights.
   *
   * @param k the fold, from 0
   * @return (n), a copy; exact also where tuning is of type float
   */
  public double[] x(int k) {
    java.util.Objects.checkIndex(k, folds);
    return Floats.toDoubles(x instanceof double[] doubles ? Arrays.copyOfRange(doubles, k * size, (k + 1) * size)
        : Arrays.copyOfRange((float[]) x, k * size, (k + 1) * size));
  }

  /**
   * The solution of a fold where tuning is of type float.
   *
   * @param k the fold, from 0
   * @return (n), a copy
   * @throws DtypeException when tuning is of type double
   */
  public float[] xFloats(int k) {
    java.util.Objects.checkIndex(k, folds);
    return Arrays.copyOfRange(Floats.asFloats(x), k * size, (k + 1) * size);
  }

  /**
   * The penalty with the best weights and its fixed parameters, for a last solve on all the data.
   *
   * @return a term, to be closed by the caller
   * @throws NameException for a smooth penalty, see {@link #smooth}
   */
  public Prox term() {
    return best(Prox.named(penalty));
  }

  /**
   * A smooth penalty with the best weights and its fixed parameters: with the data a term of a {@link SmoothNames#SUM}.
   *
   * @return a term, to be closed by the caller
   * @throws NameException for a simple penalty, see {@link #term}
   */
  public Smooth smooth() {
    return best(Smooth.named(penalty));
  }

  private <T extends Term> T best(Term.Builder<T> builder) {
    builder.params.addAll(fixed);
    values.forEach((name, value) -> {
      if (name.equals("f.weights")) {
        return; // of samples: no parameter of the penalty
      }
      if (value instanceof double[] many) {
        builder.array(name, many);
      } else {
        builder.number(name, (double) value);
      }
    });
    return builder.build();
  }

  /**
   * Whether what is left to gain is at most tol.
   *
   * @return true for {@link Termination#CONVERGED}
   */
  public boolean converged() {
    return summary.termination() == Termination.CONVERGED;
  }

  @Override
  public TuneSummary summary() {
    return summary;
  }

  @Override
  public String toString() {
    StringBuilder shown = new StringBuilder();
    values.forEach((name, value) -> shown.append(", ").append(name).append('=')
        .append(value instanceof double[] many ? many.length + " values" : value));
    return "TuneResult[" + termination().label() + shown + ", criterion=" + criterion() + " (was " + firstCriterion()
        + "), iterations=" + iterations() + "]";
  }
}

// Tuner.java -- the weights of a penalty from a criterion.
package io.fenchel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Chooses the weights of a penalty so that solutions do well on data that they have not seen, by derivatives of solutions
 * instead of a grid: minimises 1/K sum_k C_k(x_k) over theta &gt; 0, where x_k minimises f_k(x) + g(x; theta). One fold is
 * a hold-out set, K folds are cross-validation. An evaluation costs one warm-started solve and one linear system a fold,
 * however many weights there are.
 *
 * <pre>{@code
 * try (Operator training = Operator.dense(matrix, rows, cols); Smooth f = Smooth.leastSquares(training, targets);
 *      Operator held = Operator.dense(validation, rows, cols); Smooth criterion = Smooth.leastSquares(held, unseen)) {
 *   TuneResult best = Tuner.of("l1").start("lam", 1.0).fold(f, criterion).tune();
 *   double lam = best.value("lam");
 *   try (Prox g = best.term()) {                                // for a last solve on all the data
 *     double[] x = Composite.of(f).add(g).solve().x();
 *   }
 * }
 * }</pre>
 *
 * <p>The terms stay the caller's and must be open while {@link #tune} runs. A builder belongs to one thread at a time and may
 * tune again; the monitor runs on that thread. Folds run in parallel on the setting numThreads, on which results do not
 * depend; terms that are functions of the caller run one after the other.
 *
 * <p>Pedregosa, Hyperparameter Optimization with Approximate Gradient (2016); Bertrand et al., Implicit Differentiation for
 * Fast Hyperparameter Selection (2022).
 */
public final class Tuner extends TuneSettings<Tuner> {
  private static final int RISK = 9; // where the settings stand in options
  private static final int CV = 12;

  private final String penalty;
  private final Map<String, Object> start = new LinkedHashMap<>();
  private final TermParams fixed = new TermParams();
  private final List<Smooth> terms = new ArrayList<>();
  private final List<Smooth> criteria = new ArrayList<>();
  private Dtype dtype = Dtype.F64;
  private Monitor monitor;

  private Tuner(String penalty) {
    this.penalty = penalty;
  }

  /**
   * Tunes a penalty.
   *
   * @param penalty a name of {@link ProxNames}: l1, positive_l1, squared_l2, elastic_net, group_l2, scaled or box; or
   *     {@link SmoothNames#SMOOTHED_TV}, whose lam and eps are tuned: denoising, a fold a picture
   * @return a builder
   */
  public static Tuner of(String penalty) {
    return new Tuner(penalty);
  }

  /**
   * A number that is tuned.
   *
   * @param parameter of the penalty: lam, l1, l2 or eps
   * @param value where the search starts, greater than 0
   * @return this builder
   */
  public Tuner start(String parameter, double value) {
    start.put(parameter, value);
    return this;
  }

  /**
   * An array that is tuned: weights of the penalty, or f.weights, one value a sample that multiplies its weight in every f:
   * samples that harm the criterion are weighed down.
   *
   * @param parameter weights or f.weights
   * @param values where the search starts, one a coordinate or group, greater than 0; or one a sample, between 0 and 1; copied
   * @return this builder
   * @throws NullArgumentException when values is null
   */
  public Tuner start(String parameter, double[] values) {
    Term.length(parameter, values);
    start.put(parameter, values.clone());
    return this;
  }

  /**
   * A number of the penalty that stays as it is.
   *
   * @param parameter its name
   * @param value its value
   * @return this builder
   */
  public Tuner fixed(String parameter, double value) {
    fixed.number(parameter, value);
    return this;
  }

  /**
   * An array of the penalty that stays as it is.
   *
   * @param parameter its name
   * @param values its elements, copied
   * @return this builder
   * @throws NullArgumentException when values is null
   */
  public Tuner fixed(String parameter, double[] values) {
    Term.length(parameter, values);
    fixed.array(parameter, values.clone());
    return this;
  }

  /**
   * Indices of the penalty that stay as they are, for instance the groups of group_l2 or the shape of smoothed_tv.
   *
   * @param parameter its name
   * @param values the indices, copied
   * @return this builder
   * @throws NullArgumentException when values is null
   */
  public Tuner fixed(String parameter, long[] values) {
    Term.length(parameter, values);
    fixed.array(parameter, values.clone());
    return this;
  }

  /**
   * Adds a fold: what is fitted, and what the fit is judged by.
   *
   * @param f the smooth term of the training data, stays the caller's
   * @param criterion the smooth term of the held-out data, of as many unknowns, stays the caller's
   * @return this builder
   * @throws NullArgumentException when one is null
   */
  public Tuner fold(Smooth f, Smooth criterion) {
    if (f == null || criterion == null) {
      throw Status.NULL_ARGUMENT.exception((f == null ? "f" : "criterion") + " is null");
    }
    terms.add(f);
    criteria.add(criterion);
    return this;
  }

  /**
   * Adds data that are judged by a {@link #risk} that needs no held-out term: {@link Risk#CROSS_VALIDATION}, which deals them
   * out to {@link #cv} folds, {@link Risk#GCV} and others.
   *
   * @param f the smooth term of the training data, stays the caller's
   * @return this builder
   * @throws NullArgumentException when it is null
   */
  public Tuner fold(Smooth f) {
    if (f == null) {
      throw Status.NULL_ARGUMENT.exception("f is null");
    }
    terms.add(f);
    criteria.add(null);
    return this;
  }

  /**
   * The element type of the inner solutions.
   *
   * @param type default: {@link Dtype#F64}
   * @return this builder
   */
  public Tuner dtype(Dtype type) {
    this.dtype = type;
    return this;
  }

  /**
   * Watches the search; see {@link Monitor}. Progress tells the evaluations so far as iteration and the criterion as
   * residual; where the monitor cancels, the best so far is returned.
   *
   * @param monitor called on this thread; null: none
   * @return this builder
   */
  public Tuner monitor(Monitor monitor) {
    this.monitor = monitor;
    return this;
  }

  /**
   * Searches. One weight: the sign of the derivative is bracketed, then the neighbourhood probed; over nonsmooth solutions a
   * criterion may have several valleys, and the best one found is returned. Several weights: projected L-BFGS over their
   * logarithms.
   *
   * @return the best weights found and the solutions there, which need no closing
   * @throws NameException for an unknown penalty or parameter, and for one that is both fixed and tuned
   * @throws UnsupportedException for what cannot be tuned; the message names what can
   * @throws RangeException for a start that is not greater than 0, no fold, or a setting out of its range
   * @throws EmptyException when nothing is tuned
   * @throws ShapeException for terms of different sizes or an array of another length
   * @throws SingularException when the Hessian on an active set is
   * @throws UncertifiedException with requireCertified, when no bound is proved
   */
  public TuneResult tune() {
    double[] theta = start.values().stream()
        .flatMapToDouble(v -> v instanceof double[] many ? Arrays.stream(many) : java.util.stream.DoubleStream.of((double) v))
        .toArray();
    String[] names = start.keySet().toArray(new String[0]);
    double[] fields = new double[TuneSummary.SIZE];
    int folds = terms.size();
    int n = folds == 0 ? 0 : Math.max(0, terms.get(0).cols());
    int solutions = options[RISK] == Risk.CROSS_VALIDATION.code() ? (int) options[CV] : folds;
    Object x = dtype.array(Math.multiplyExact(solutions, n));
    List<Memory> kept = new ArrayList<>();
    withTerms((f, c) -> fixed.pack(TermParams.kindOf(penalty), penalty, kept, parts ->
        FenchelRaw.fen_tune(dtype.code, folds, f, c, penalty, parts, fixed.count(), names, names.length,
            ArrayView.update(theta, theta.length), ArrayView.out("x", x, null, solutions, n), options, monitor, fields)));
    kept.forEach(Memory::release);
    return new TuneResult(penalty, fixed.copy(), values(theta), x, n, fields);
  }

  private Map<String, Object> values(double[] theta) {
    Map<String, Object> out = new LinkedHashMap<>();
    int first = 0;
    for (Map.Entry<String, Object> entry : start.entrySet()) {
      boolean one = entry.getValue() instanceof Double;
      int size = one ? 1 : ((double[]) entry.getValue()).length;
      out.put(entry.getKey(), one ? (Object) theta[first] : Arrays.copyOfRange(theta, first, first + size));
      first += size;
    }
    return out;
  }

  /** What runs while the terms are held open. */
  private interface Call {
    void run(long[] f, long[] criteria);
  }

  private void withTerms(Call call) {
    long[] f = new long[terms.size()];
    boolean judged = criteria.stream().anyMatch(java.util.Objects::nonNull);
    long[] c = judged ? new long[f.length] : null;
    List<Term> acquired = new ArrayList<>();
    try {
      for (int k = 0; k < f.length; k++) {
        f[k] = terms.get(k).acquire();
        acquired.add(terms.get(k));
        if (criteria.get(k) != null) {
          c[k] = criteria.get(k).acquire();
          acquired.add(criteria.get(k));
        }
      }
      call.run(f, c);
    } finally {
      acquired.forEach(Term::release);
    }
  }

  @Override
  Tuner self() {
    return this;
  }
}

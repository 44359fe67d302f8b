// Derivative.java -- a derivative of a solution, and how far it can be trusted.
package io.fenchel;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A derivative of a solution with its own account of its error: {@link #derivativeStatus()}, {@link #residual()} over
 * {@link #scale()}, {@link #bound()}. Plain Java memory: nothing is to be closed.
 */
public final class Derivative extends DerivativeFields {
  private final Map<String, Object> values;
  private final DerivativeSummary summary;

  Derivative(Map<String, Object> values, double[] fields) {
    this.values = values;
    this.summary = DerivativeSummary.of(fields, 0);
  }

  /**
   * The cotangents of several parameters, by name.
   *
   * @return the names that were asked for; empty for a derivative of one vector
   */
  public Set<String> parameters() {
    return values.containsKey("") ? Set.of() : Set.copyOf(values.keySet());
  }

  /**
   * The cotangent of a parameter.
   *
   * @param parameter a name of {@link SolutionParameters} that was asked for
   * @return of the parameter's shape, row-major; exact also where the problem is of type float
   * @throws NameException when it was not asked for
   */
  public double[] of(String parameter) {
    if (!parameters().contains(parameter)) {
      throw Status.NAME.exception("'" + parameter + "' was not asked for; there are " + List.copyOf(parameters()));
    }
    return Floats.toDoubles(values.get(parameter));
  }

  /**
   * The derivative that is one vector: dx of a forward derivative, the cotangent of theta of an implicit one.
   *
   * @return the vector; exact also where the problem is of type float
   * @throws StateException for cotangents of several parameters, see {@link #of}
   */
  public double[] value() {
    if (!values.containsKey("")) {
      throw Status.STATE.exception("there are several parameters: ask for one of " + List.copyOf(values.keySet()));
    }
    return Floats.toDoubles(values.get(""));
  }

  /**
   * The solution of the linear system of {@link ImplicitDerivative#vjp}, a start for the next one.
   *
   * @return (n)
   * @throws StateException for other derivatives
   */
  public double[] adjoint() {
    if (!values.containsKey("adjoint")) {
      throw Status.STATE.exception("only ImplicitDerivative.vjp has an adjoint");
    }
    return (double[]) values.get("adjoint");
  }

  /**
   * Whether the bound is proved.
   *
   * @return true for {@link DerivativeStatus#CERTIFIED}
   */
  public boolean certified() {
    return summary.derivativeStatus() == DerivativeStatus.CERTIFIED;
  }

  @Override
  public DerivativeSummary summary() {
    return summary;
  }

  @Override
  public String toString() {
    return "Derivative[" + derivativeStatus().label() + ", " + active() + " active unknowns, " + linearSolver().label()
        + ", residual=" + residual() + ", bound=" + bound() + "]";
  }
}

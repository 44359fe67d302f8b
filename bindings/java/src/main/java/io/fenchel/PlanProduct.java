// PlanProduct.java -- what a plan is multiplied as.
package io.fenchel;

/** Products that {@link TransportResult#apply} forms without forming the plan. */
public enum PlanProduct {
  /** P v: (m, k) to (n, k). */
  PLAN(0),

  /** P^T v: (n, k) to (m, k). */
  TRANSPOSED(1),

  /** Barycentric projection: P v, each row over its own mass; rows without mass are 0. */
  PROJECTION(2),

  /** Barycentric projection the other way: P^T v, each row over its own mass. */
  PROJECTION_TRANSPOSED(3);

  final int flags;

  PlanProduct(int flags) {
    this.flags = flags;
  }

  boolean isTransposed() {
    return (flags & 1) != 0;
  }
}

// SampleMode.java -- how pairs are drawn from a plan.
package io.fenchel;

/** How {@link TransportResult#sample} draws. */
public enum SampleMode {
  /** A column for each row, in row order; rows without mass get -1. The count is n. */
  PER_ROW(0),

  /** Independent pairs. */
  JOINT(1),

  /** Distinct pairs, by successive sampling. */
  WITHOUT_REPLACEMENT(2);

  final int code;

  SampleMode(int code) {
    this.code = code;
  }
}

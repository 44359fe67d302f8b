// SparsePlan.java -- a plan in compressed rows.
package io.fenchel;

/**
 * Entries of a plan above a threshold, in compressed sparse rows: row i holds the entries
 * {@code indptr[i] .. indptr[i + 1] - 1}.
 *
 * @param rows n
 * @param cols m
 * @param indptr (n + 1)
 * @param indices column of each entry
 * @param values mass of each entry
 */
public record SparsePlan(int rows, int cols, long[] indptr, int[] indices, double[] values) {

  /**
   * Number of entries.
   *
   * @return entries kept
   */
  public int count() {
    return values.length;
  }
}

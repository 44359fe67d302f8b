// Samples.java -- pairs drawn from a plan.
package io.fenchel;

/**
 * Pairs of indices drawn from a plan.
 *
 * @param rows row of each pair
 * @param cols column of each pair
 */
public record Samples(long[] rows, long[] cols) {}

// Monitor.java -- progress callback.
package io.fenchel;

/**
 * Watches a solve. It is called on the solving thread, at most every {@code monitorInterval} seconds.
 *
 * <p>An exception that leaves it ends the solve and is thrown by {@code solve()} as it is, with its own stack.
 */
@FunctionalInterface
public interface Monitor {
  /**
   * Looks at the progress so far.
   *
   * @param progress where the solve stands
   * @return true to go on; false to cancel: the best iterate so far is returned with {@link Termination#CANCELLED}
   */
  boolean proceed(Progress progress);
}

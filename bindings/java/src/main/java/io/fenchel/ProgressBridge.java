// ProgressBridge.java -- called by native code with the fields of fen_progress.
package io.fenchel;

/** Turns a progress call into a {@link Monitor} call, and an interrupt into a cancellation. */
final class ProgressBridge {
  private static final int CONTINUE = 0;
  private static final int CANCEL = 1;

  private ProgressBridge() {}

  /** The interrupt status stays set, so that the caller of solve() sees why it returned early. */
  static int call(Monitor monitor, double[] fields) {
    if (Thread.currentThread().isInterrupted()) {
      return CANCEL;
    }
    return monitor == null || monitor.proceed(Progress.of(fields, 0)) ? CONTINUE : CANCEL;
  }
}

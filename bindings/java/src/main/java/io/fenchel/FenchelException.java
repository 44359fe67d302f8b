// FenchelException.java -- the base of every exception of the native layer.
package io.fenchel;

/**
 * A native call failed. Each {@link Status} has its own unchecked subclass, so that callers may catch precisely
 * what they can handle; the message names the argument, its value and the legal range. How a solve ended
 * (iteration limit, cancelled, ...) is no exception: see {@link Termination}.
 */
public class FenchelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The status of the call. */
  private final Status status;

  /** What a callback returned, else 0. */
  private final int detail;

  FenchelException(Status status, int detail, String message) {
    super(message);
    this.status = status;
    this.detail = detail;
  }

  /**
   * The status of the failed call.
   *
   * @return the status; its {@link Status#code()} is the number of the C interface
   */
  public Status status() {
    return status;
  }

  /**
   * The value that a failing callback returned to the native layer.
   *
   * @return a negative number for {@link Status#CALLBACK}, else 0
   */
  public int detail() {
    return detail;
  }
}

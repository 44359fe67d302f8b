// BatchOutcome.java -- filled by native code after a batch.
package io.fenchel;

/** How many items failed, and what the first one would have thrown. */
final class BatchOutcome {
  long failed;
  FenchelException first;
}

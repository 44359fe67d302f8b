// Handle.java -- owns one native handle: closed by hand, else by the Cleaner.
package io.fenchel;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * A native handle that cannot be used after it was destroyed, whatever threads do: a close during a call takes
 * effect when that call returns.
 */
final class Handle {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final AtomicLong LIVE = new AtomicLong();

  private final State state;
  private final Cleaner.Cleanable cleanable;

  /** The owner must not be reachable from destroy or memory, or it would never be collected. */
  Handle(Object owner, String name, long address, LongConsumer destroy, Memory memory) {
    this.state = new State(name, address, destroy, memory);
    this.cleanable = CLEANER.register(owner, state);
  }

  /** The address, valid until {@link #release()}. */
  long acquire() {
    return state.acquire();
  }

  void release() {
    state.release();
  }

  void close() {
    cleanable.clean();
  }

  boolean isClosed() {
    return state.isClosed();
  }

  /** Handles that exist now, for leak tests. */
  static long live() {
    return LIVE.get();
  }

  private static final class State implements Runnable {
    private final String name;
    private final LongConsumer destroy;
    private final Memory memory;
    private long address;
    private int users;
    private boolean closed;

    State(String name, long address, LongConsumer destroy, Memory memory) {
      this.name = name;
      this.address = address;
      this.destroy = destroy;
      this.memory = memory;
      LIVE.incrementAndGet();
    }

    synchronized long acquire() {
      if (closed) {
        throw Status.STATE.exception(name + " is closed");
      }
      users++;
      return address;
    }

    synchronized void release() {
      users--;
      destroyIfUnused();
    }

    synchronized boolean isClosed() {
      return closed;
    }

    @Override
    public synchronized void run() {
      closed = true;
      destroyIfUnused();
    }

    private void destroyIfUnused() {
      if (!closed || users > 0 || address == 0) {
        return;
      }
      destroy.accept(address);
      address = 0;
      LIVE.decrementAndGet();
      if (memory != null) {
        memory.release();
      }
    }
  }
}

package dev.refrain.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a command end in good order when the user presses Ctrl-C. While it is open, SIGINT (and
 * SIGTERM) interrupts the thread that opened it and then waits until that thread closes it; only
 * then does the JVM end, with 128 and the signal's number as its exit code.
 */
public final class Interruption implements AutoCloseable {
  /** A step of training and a checkpoint take no longer, unless something hangs. */
  private static final long LONGEST_WAIT_SECONDS = 60;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook;

  private Interruption(Thread worker) {
    hook = new Thread(() -> interruptAndAwait(worker), "refrain-interruption");
  }

  /** Begins to watch for the current thread. */
  public static Interruption watch() {
    Interruption interruption = new Interruption(Thread.currentThread());
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  private void interruptAndAwait(Thread worker) {
    worker.interrupt();
    try {
      closed.await(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      // Whoever interrupts a shutdown hook wants the end now.
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Whether Ctrl-C was pressed. Clears the interrupted status of the current thread, so that files
   * can be written afterwards.
   */
  public boolean happened() {
    return Thread.interrupted();
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending already: the hook has run and sees that this is closed.
      return;
    }
  }
}

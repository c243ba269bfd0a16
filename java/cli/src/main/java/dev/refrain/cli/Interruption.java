package dev.refrain.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a command end in good order when the user presses Ctrl-C. While it is open, SIGINT (and
 * SIGTERM) interrupts the thread that opened it and then waits until that thread closes it; only
 * then does the JVM end, with 128 and the signal's number as its exit code. Once the thread begins
 * to finish, nothing interrupts it any more, so that a file that it writes comes out whole.
 */
public final class Interruption implements AutoCloseable {
  /**
   * No step of training takes longer, unless something hangs. What is written afterwards may: a
   * large model on a slow disk is worth waiting for, and who does not want to has SIGKILL.
   */
  private static final long LONGEST_WAIT_SECONDS = 60;

  private final CountDownLatch closed = new CountDownLatch(1);
  private boolean finishing;
  private boolean asked;
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
    synchronized (this) {
      asked = true;
      if (!finishing) {
        worker.interrupt();
      }
    }
    try {
      if (!closed.await(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS) && finishing()) {
        closed.await();
      }
    } catch (InterruptedException e) {
      // Whoever interrupts a shutdown hook wants the end now.
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean finishing() {
    return finishing;
  }

  /**
   * Ends the time in which Ctrl-C interrupts the current thread, and says whether it did. Clears
   * the interrupted status, so that files can be written afterwards.
   */
  public synchronized boolean beginToFinish() {
    finishing = true;
    return Thread.interrupted();
  }

  /** Whether Ctrl-C was pressed: nothing new should begin. */
  public synchronized boolean asked() {
    return asked;
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

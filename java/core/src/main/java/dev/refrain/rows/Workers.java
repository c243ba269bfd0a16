package dev.refrain.rows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * A few threads that share numbered tasks; the caller works too. Which thread takes which task is
 * left to chance, so that tasks whose results must not depend on it write to places of their own.
 */
public final class Workers implements AutoCloseable {
  private final int threads;
  private final ExecutorService others;

  /**
   * Starts the threads.
   *
   * @param threads at least 1, the caller's included
   */
  public Workers(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(threads + " threads; give at least 1");
    }
    this.threads = threads;
    this.others =
        threads == 1
            ? null
            : Executors.newFixedThreadPool(
                threads - 1,
                task -> {
                  Thread thread = new Thread(task, "refrain-worker");
                  thread.setDaemon(true);
                  return thread;
                });
  }

  /**
   * Runs the tasks 0 to {@code tasks - 1} and returns when all are done. What a task throws is
   * passed on, and tasks that were not begun then are left out. An interrupt of the caller is kept
   * for it to see, and changes nothing here.
   */
  public void forEach(int tasks, IntConsumer body) {
    AtomicInteger next = new AtomicInteger();
    Runnable share =
        () -> {
          try {
            for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
              body.accept(task);
            }
          } catch (RuntimeException | Error e) {
            next.set(tasks);
            throw e;
          }
        };
    List<Future<?>> shares = new ArrayList<>();
    for (int i = 1; i < Math.min(threads, tasks); i++) {
      shares.add(others.submit(share));
    }
    Throwable failure = null;
    try {
      share.run();
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    // All of them, even after a failure: what they write to may be the caller's to reuse or free.
    for (Future<?> other : shares) {
      Throwable another = await(other);
      if (failure == null) {
        failure = another;
      } else if (another != null && another != failure) {
        failure.addSuppressed(another);
      }
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw (RuntimeException) failure;
    }
  }

  /** Waits for the end; returns what was thrown, or null. */
  private static Throwable await(Future<?> share) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          share.get();
          return null;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          return e.getCause();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends the threads. */
  @Override
  public void close() {
    if (others != null) {
      others.shutdown();
    }
  }
}

package dev.refrain.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkersTest {
  /** Two of four threads throw, the others are slower: they must be done when it returns. */
  @Test
  void aFailureIsThrownOnlyWhenAllHaveEnded() {
    AtomicInteger ended = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(4);
    try (Workers workers = new Workers(4)) {
      assertThrows(
          IllegalStateException.class,
          () ->
              workers.forEach(
                  4,
                  task -> {
                    begun.countDown();
                    try {
                      begun.await(10, TimeUnit.SECONDS);
                      if (task < 2) {
                        throw new IllegalStateException("task " + task);
                      }
                      TimeUnit.MILLISECONDS.sleep(200);
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                    ended.incrementAndGet();
                  }));
    }
    assertEquals(2, ended.get());
  }
}

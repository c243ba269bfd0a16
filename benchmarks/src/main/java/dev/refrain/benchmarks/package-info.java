/**
 * JMH benchmarks: one an operation, whole training steps, and peers side by side. How to run them
 * stands in {@code benchmarks/README.md}.
 */
package dev.refrain.benchmarks;

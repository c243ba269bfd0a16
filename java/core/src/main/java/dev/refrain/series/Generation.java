package dev.refrain.series;

/** How a network that is fed its own predictions gets to the next one. */
public enum Generation {
  /**
   * It reads the last window of values anew for each step, from a state of zeros, as it did in
   * training.
   */
  WINDOWS,
  /**
   * It reads the first window once, and from there on one value a step, carrying its state along:
   * one step of work for each value, but states longer than any in training.
   */
  STATEFUL
}

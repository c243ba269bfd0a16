/**
 * The contract between networks and engines: {@link dev.refrain.kernels.Kernels}, one method an
 * operation, on {@link dev.refrain.kernels.Buffer}s in the memory of a {@link
 * dev.refrain.kernels.Device}; and the small records that say what an operation computes.
 *
 * <p>Read {@link dev.refrain.kernels.Kernels} first, then {@link dev.refrain.kernels.View} for how
 * arrays lie in memory, {@link dev.refrain.kernels.StepState} for what changes between steps, and
 * {@link dev.refrain.kernels.Recording} for how a step is replayed.
 */
package dev.refrain.kernels;

/**
 * The reference engine: every operation of {@link dev.refrain.kernels.Kernels} as plain loops over
 * heap arrays with double sums, to be read beside the equations in {@code
 * native/include/refrain/*.h}. It judges the other engines and therefore shares no code with them;
 * it also computes, slowly, where no native engine can be had.
 *
 * <p>One file an operation, named by its stem. Sums and everything else inside an operation are
 * double; what is stored is rounded to float32, unless the precision is FP64.
 */
package dev.refrain.kernels.reference;

/** The native engine for any CPU. */
package dev.refrain.kernels.cpu;

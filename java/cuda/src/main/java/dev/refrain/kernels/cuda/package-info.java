/**
 * The CUDA engine: hand-written kernels on NVIDIA GPUs, with cuBLAS and cuDNN where they are found.
 */
package dev.refrain.kernels.cuda;

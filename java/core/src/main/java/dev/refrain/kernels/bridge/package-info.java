/**
 * The contract on native code: every engine that implements {@code native/include/refrain} is
 * driven by the classes here. Nothing of this package is for applications; the modules of native
 * engines share it.
 */
package dev.refrain.kernels.bridge;

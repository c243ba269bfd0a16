/** Tests of what only a GPU can show; tagged {@code gpu}. */
package dev.refrain.gpu;

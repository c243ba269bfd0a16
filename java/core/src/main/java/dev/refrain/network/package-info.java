/**
 * Recurrent networks and their training, on any engine.
 *
 * <p>In order of use: a {@link dev.refrain.network.NetworkSpec} says what a network is; a {@link
 * dev.refrain.network.Network} holds the parameters of G of them on a device; {@link
 * dev.refrain.network.Network#unroll} lays it out over steps and batch as an {@link
 * dev.refrain.network.UnrolledNetwork} that runs forward and backward; a {@link
 * dev.refrain.network.Trainer} repeats training steps (an {@link
 * dev.refrain.network.EncoderDecoderTrainer} those of an {@link
 * dev.refrain.network.EncoderDecoder}); a {@link dev.refrain.network.Checkpoint} keeps all of it in
 * a file.
 *
 * <p>Letters and layouts are those of {@link dev.refrain.kernels.Kernels}. Nothing here computes on
 * elements or knows which engine runs.
 */
package dev.refrain.network;

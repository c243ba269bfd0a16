package dev.refrain.network;

import java.util.Optional;

/**
 * Which modules of a PyTorch model to read, by the names they have in it. The state of a {@code
 * torch.nn.Module} names its tensors after the attributes that hold them: with {@code self.rnn} in
 * {@code self.encoder}, a weight is {@code encoder.rnn.weight_ih_l0}. A name that is not given is
 * searched: the file must then hold one such module alone. A linear module without a bias is not
 * found by search, since an embedding looks the same.
 *
 * @param recurrent name of the {@code torch.nn.RNN}, {@code LSTM} or {@code GRU}, such as {@code
 *     encoder.rnn}; empty text for the module whose tensors have no prefix
 * @param linear name of the {@code torch.nn.Linear} behind it, such as {@code fc}
 * @param linearWanted whether a linear module is to be read at all
 */
public record PytorchModules(
    Optional<String> recurrent, Optional<String> linear, boolean linearWanted) {
  /** The only recurrent module of the file, and its only linear one, if it has one. */
  public static final PytorchModules ONLY =
      new PytorchModules(Optional.empty(), Optional.empty(), true);

  public PytorchModules {
    if (linear.isPresent() && !linearWanted) {
      throw new IllegalArgumentException(
          "the linear module '" + linear.get() + "' is named, but none is wanted");
    }
  }

  /** With this recurrent module, out of several. */
  public PytorchModules recurrent(String name) {
    return new PytorchModules(Optional.of(name), linear, linearWanted);
  }

  /** With this linear module, out of several. */
  public PytorchModules linear(String name) {
    return new PytorchModules(recurrent, Optional.of(name), true);
  }

  /** Without a linear module: the network then ends in its last recurrent layer. */
  public PytorchModules withoutLinear() {
    return new PytorchModules(recurrent, Optional.empty(), false);
  }

  /** Whether the file may hold more than is read: what is not named is then passed over. */
  boolean named() {
    return !equals(ONLY);
  }
}

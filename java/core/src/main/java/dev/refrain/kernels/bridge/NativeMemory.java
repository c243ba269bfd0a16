package dev.refrain.kernels.bridge;

import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_context;
import org.bytedeco.javacpp.Pointer;

/** One allocation on a device, and the checks that every access to it needs. */
final class NativeMemory {
  private final NativeContext owner;
  private final String what;
  private Pointer address;

  NativeMemory(NativeContext owner, long sizeBytes, String what) {
    this.owner = owner;
    this.what = what;
    Pointer allocated = new Pointer();
    NativeStatus.check(Native.refrain_allocate(owner.context(), sizeBytes, allocated));
    address = allocated;
  }

  /** Where it lies, for an operation of {@code user}. */
  Pointer addressFor(NativeContext user) {
    if (owner != user) {
      throw new IllegalArgumentException(
          "the " + what + " belongs to " + owner.description() + ", not to these kernels");
    }
    user.noteUse(this);
    return address();
  }

  boolean isOpen() {
    return address != null;
  }

  String what() {
    return what;
  }

  private Pointer address() {
    owner.context();
    if (address == null) {
      throw new IllegalStateException("the " + what + " is closed");
    }
    return address;
  }

  void write(long offsetBytes, Pointer host, long sizeBytes) {
    owner.alone(() -> Native.refrain_write(owner.context(), at(offsetBytes), host, sizeBytes));
  }

  void read(long offsetBytes, Pointer host, long sizeBytes) {
    owner.alone(() -> Native.refrain_read(owner.context(), host, at(offsetBytes), sizeBytes));
  }

  private Pointer at(long offsetBytes) {
    return new Address(address()).plus(offsetBytes);
  }

  void close() {
    Pointer released = address;
    if (released != null && owner.isOpen()) {
      refrain_context context = owner.context();
      address = null;
      NativeStatus.check(Native.refrain_release(context, released));
    }
    address = null;
  }

  /** A pointer of this project's own, because only a subclass may set an address. */
  private static final class Address extends Pointer {
    Address(Pointer base) {
      super(base);
    }

    Pointer plus(long offsetBytes) {
      address += offsetBytes;
      return this;
    }
  }
}

package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Buffer;
import dev.refrain.kernels.Contract;
import dev.refrain.kernels.Device;
import dev.refrain.kernels.EngineOptions;
import dev.refrain.kernels.EngineUnavailableException;
import dev.refrain.kernels.IndexBuffer;
import dev.refrain.kernels.KernelException;
import dev.refrain.kernels.Kernels;
import dev.refrain.kernels.NvidiaLibrary;
import dev.refrain.kernels.Precision;
import dev.refrain.kernels.Recording;
import dev.refrain.kernels.StepState;
import dev.refrain.kernels.View;
import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_context;
import dev.refrain.kernels.bridge.generated.refrain_options;
import dev.refrain.kernels.bridge.generated.refrain_recording;
import dev.refrain.kernels.bridge.generated.refrain_view;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * An open device of a native engine: its memory, its recordings, and the end of both. What it
 * computes is told by its subclasses, one a subject.
 */
abstract class NativeContext implements Kernels {
  private static final String HOST_BACKEND = "cpu";

  private final Device device;
  private final EngineOptions options;

  /** Whether the device's memory is the machine's. */
  private final boolean host;

  /** Copies arguments of operations. */
  final NativeArguments arguments = new NativeArguments(this);

  private final String description;
  private final NativeLog log = new NativeLog();
  private refrain_context context;

  private final Set<NativeRecording> recordings =
      Collections.newSetFromMap(new IdentityHashMap<>());

  /** The thread that is within {@link #alone}, or null. */
  private final AtomicReference<Thread> busy = new AtomicReference<>();

  /** What the open recording uses; null while none is open. */
  private Set<NativeMemory> recordedMemory;

  /** Opens a device; {@link NativeKernels} says which. */
  NativeContext(Device device, String backend, EngineOptions options) {
    String variant = options.variant();
    this.device = device;
    this.options = options;
    this.host = backend.equals(HOST_BACKEND);
    refrain_context created = new refrain_context(null);
    try (refrain_options o = new refrain_options();
        BytePointer backendName = new BytePointer(backend);
        BytePointer variantName = variant == null ? null : new BytePointer(variant)) {
      o.backend(backendName)
          .variant(variantName)
          .device(device.index())
          .threads(options.threads())
          .precision(precisionCode(options.precision()))
          .libraries(flags(options.libraries()))
          .autotune(options.autotune() ? 1 : 0)
          .memory_limit(options.memoryLimitBytes());
      NativeStatus.check(Native.refrain_context_create(o, created));
    }
    context = created;
    description = Native.refrain_context_description(created).getString();
  }

  private static int flags(Set<NvidiaLibrary> libraries) {
    int flags = 0;
    for (NvidiaLibrary library : libraries) {
      flags |=
          switch (library) {
            case CUBLAS -> Native.REFRAIN_LIBRARY_CUBLAS;
            case CUDNN -> Native.REFRAIN_LIBRARY_CUDNN;
          };
    }
    return flags;
  }

  private static int precisionCode(Precision precision) {
    return switch (precision) {
      case FP32 -> Native.REFRAIN_FP32;
      case TF32 -> Native.REFRAIN_TF32;
      case BF16 -> Native.REFRAIN_BF16;
      case FP64 ->
          throw new EngineUnavailableException(
              "no native engine computes in FP64; open the reference engine, or choose FP32");
    };
  }

  /** The native context. Throws once closed, and while another thread is {@link #alone} in it. */
  final refrain_context context() {
    if (context == null) {
      throw new IllegalStateException("these kernels are closed: " + description);
    }
    Thread other = busy.get();
    if (other != null && other != Thread.currentThread()) {
      throw usedBy(other);
    }
    return context;
  }

  /**
   * Makes a call that computes, and checks its status. Another thread that comes meanwhile would
   * wait for ever, or take away the memory that is worked on: it gets an exception instead.
   */
  final void alone(IntSupplier call) {
    if (!busy.compareAndSet(null, Thread.currentThread())) {
      throw usedBy(busy.get());
    }
    try {
      NativeStatus.check(call.getAsInt());
    } finally {
      busy.set(null);
    }
  }

  /** Another thread, or null where it has just ended. */
  private IllegalStateException usedBy(Thread other) {
    return new IllegalStateException(
        "%s is computing with these kernels (%s), which one thread at a time may use; wait for it, or open kernels for each thread"
            .formatted(
                other == null ? "another thread" : "the thread '" + other.getName() + "'",
                description));
  }

  /** An operation is about to use this memory: an open recording will need it. */
  final void noteUse(NativeMemory memory) {
    if (recordedMemory != null) {
      recordedMemory.add(memory);
    }
  }

  /** A recording was closed: nothing is left to do for it. */
  final void forget(NativeRecording recording) {
    recordings.remove(recording);
  }

  final boolean isOpen() {
    return context != null;
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public Precision precision() {
    return options.precision();
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public String variant() {
    return Native.refrain_context_variant(context()).getString();
  }

  @Override
  public String choices() {
    return text((buffer, size) -> Native.refrain_context_choices(context(), buffer, size));
  }

  @Override
  public String decisions() {
    return text((buffer, size) -> Native.refrain_context_decisions(context(), buffer, size));
  }

  @Override
  public String notices() {
    return text((buffer, size) -> Native.refrain_context_notices(context(), buffer, size));
  }

  /** Writes at most so many bytes with the closing zero, and returns the length of the whole. */
  private interface Text {
    long write(BytePointer buffer, long size);
  }

  private static String text(Text text) {
    int length = (int) text.write(null, 0);
    if (length == 0) {
      return "";
    }
    try (BytePointer buffer = new BytePointer(length + 1L)) {
      text.write(buffer, length + 1L);
      return buffer.limit(length).getString();
    }
  }

  @Override
  public void setChoices(String choices) {
    try (BytePointer text = new BytePointer(choices)) {
      NativeStatus.check(Native.refrain_context_set_choices(context(), text));
    }
  }

  @Override
  public Buffer allocate(long size) {
    return new NativeBuffer(this, size);
  }

  @Override
  public IndexBuffer allocateIndices(long size) {
    return new NativeIndexBuffer(this, size);
  }

  @Override
  public StepState allocateState(int groups, int historyLength) {
    return new NativeStepState(this, groups, historyLength);
  }

  @Override
  public long allocatedBytes() {
    return Native.refrain_allocated_bytes(context());
  }

  @Override
  public long availableBytes() {
    long cap = options.memoryLimitBytes();
    long left = cap == 0 ? Long.MAX_VALUE : Math.max(0, cap - allocatedBytes());
    return host ? Math.min(left, Pointer.availablePhysicalBytes()) : left;
  }

  @Override
  public long operationCount() {
    return Native.refrain_operation_count(context());
  }

  @Override
  public void fill(Buffer buffer, long offset, long count, float value) {
    Contract.fill(buffer, offset, count);
    alone(() -> Native.refrain_fill(context(), arguments.floats(buffer, offset), count, value));
  }

  @Override
  public void copy(int groups, long rows, long columns, View source, View target) {
    Contract.copy(groups, rows, columns, source, target);
    try (refrain_view from = new refrain_view();
        refrain_view to = new refrain_view()) {
      arguments.put(source, from);
      arguments.put(target, to);
      alone(() -> Native.refrain_copy(context(), groups, rows, columns, from, to));
    }
  }

  @Override
  public Recording record(Runnable step) {
    NativeStatus.check(Native.refrain_record_begin(context()));
    refrain_recording recording = new refrain_recording(null);
    Set<NativeMemory> memory = Collections.newSetFromMap(new IdentityHashMap<>());
    recordedMemory = memory;
    boolean complete = false;
    try {
      step.run();
      NativeStatus.check(Native.refrain_record_end(context(), recording));
      complete = true;
      log.tell(this::notices, this::decisions);
    } finally {
      recordedMemory = null;
      if (!complete && isOpen()) {
        Native.refrain_record_abort(context());
      }
    }
    NativeRecording finished = new NativeRecording(this, recording, List.copyOf(memory));
    recordings.add(finished);
    return finished;
  }

  @Override
  public void synchronize() {
    alone(() -> Native.refrain_synchronize(context()));
    log.tell(this::notices, this::decisions);
  }

  @Override
  public void close() {
    if (context != null) {
      refrain_context closing = context();
      KernelException failure = null;
      for (NativeRecording recording : List.copyOf(recordings)) {
        try {
          recording.close();
        } catch (KernelException e) {
          failure = failure == null ? e : failure;
        }
      }
      log.tell(this::notices, this::decisions);
      context = null;
      NativeStatus.check(Native.refrain_context_destroy(closing));
      if (failure != null) {
        throw failure;
      }
    }
  }
}

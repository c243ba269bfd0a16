package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Recording;
import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_recording;
import java.util.List;

/** A step that native code repeats. */
final class NativeRecording implements Recording {
  private final NativeContext owner;
  private final List<NativeMemory> memory;
  private refrain_recording recording;

  NativeRecording(NativeContext owner, refrain_recording recording, List<NativeMemory> memory) {
    this.owner = owner;
    this.recording = recording;
    this.memory = memory;
  }

  private refrain_recording open() {
    owner.context();
    if (recording == null) {
      throw new IllegalStateException("the recording is closed");
    }
    return recording;
  }

  @Override
  public int length() {
    return Math.toIntExact(Native.refrain_recording_length(open()));
  }

  @Override
  public void run(long times) {
    if (times < 0) {
      throw new IllegalArgumentException("times is " + times + "; it must be at least 0");
    }
    refrain_recording opened = open();
    for (NativeMemory used : memory) {
      if (!used.isOpen()) {
        throw new IllegalStateException("a " + used.what() + " that the recording uses is closed");
      }
    }
    owner.alone(() -> Native.refrain_recording_run(opened, times));
  }

  @Override
  public void close() {
    if (recording != null) {
      owner.context();
      refrain_recording closing = recording;
      recording = null;
      owner.forget(this);
      NativeStatus.check(Native.refrain_recording_destroy(closing));
    }
  }
}

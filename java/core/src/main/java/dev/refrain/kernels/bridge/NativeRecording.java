package dev.refrain.kernels.bridge;

import dev.refrain.kernels.Recording;
import dev.refrain.kernels.bridge.generated.Native;
import dev.refrain.kernels.bridge.generated.refrain_recording;

/** A step that native code repeats. */
final class NativeRecording implements Recording {
  private final NativeKernels owner;
  private refrain_recording recording;

  NativeRecording(NativeKernels owner, refrain_recording recording) {
    this.owner = owner;
    this.recording = recording;
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
    NativeStatus.check(Native.refrain_recording_run(open(), times));
  }

  @Override
  public void close() {
    if (recording != null && owner.isOpen()) {
      Native.refrain_recording_destroy(recording);
    }
    recording = null;
  }
}

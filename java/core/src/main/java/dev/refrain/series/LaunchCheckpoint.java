package dev.refrain.series;

import dev.refrain.kernels.Kernels;
import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** How far the launch of a fleet is that goes on, in a file. */
final class LaunchCheckpoint {
  private static final String LAUNCH = "launch";

  private final Kernels kernels;
  private final Path file;
  private final long interval;

  LaunchCheckpoint(Kernels kernels, Checkpoints checkpoints) {
    this.kernels = kernels;
    file = checkpoints.file();
    interval = checkpoints.interval();
  }

  /**
   * Says which launch it is: two are the same only if the same series are trained by the same
   * settings.
   *
   * @param parts what each series and its networks are
   */
  static String name(List<String> parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        digest.update(part.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * Goes on from the file if it is of this launch, and keeps it from there on.
   *
   * @throws UncheckedIOException if the file is damaged or cannot be read
   */
  void follow(GroupTraining training, String launch) {
    try {
      if (Files.exists(file)) {
        Checkpoint saved = Checkpoint.load(file);
        if (launch.equals(saved.config().get(LAUNCH))) {
          saved.adoptChoices(kernels);
          training.resume(saved);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    training.keeping(interval, () -> keep(training, launch));
  }

  /**
   * Keeps it as it is now: also networks that met what is no number, which stand still.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  void keep(GroupTraining training, String launch) {
    Saving.unchecked(() -> training.save(file, Map.of(LAUNCH, launch)));
  }
}

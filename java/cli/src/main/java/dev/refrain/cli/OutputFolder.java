package dev.refrain.cli;

import dev.refrain.cli.chart.Picture;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The folder that a command writes its files into. Keeps the list of those that were written. */
public final class OutputFolder {
  private final Path folder;
  private final List<Path> files = new ArrayList<>();

  private OutputFolder(Path folder) {
    this.folder = folder;
  }

  /** Writes one file, whole or not at all. */
  @FunctionalInterface
  public interface FileWriter {
    /** Writes it. */
    void write(Path file) throws IOException;
  }

  /**
   * Makes the folder if it is not there, and tries whether files can be written into it, so that
   * the answer comes before the work rather than after.
   *
   * @param option that the folder was given with, for messages
   * @throws BadInputException if it is no folder or cannot be written to
   */
  public static OutputFolder prepare(String option, Path folder) {
    try {
      Files.createDirectories(folder);
      Path trial = Files.createTempFile(folder, ".refrain-", ".trial");
      Files.delete(trial);
    } catch (FileAlreadyExistsException e) {
      throw new BadInputException(
          "%s '%s' is a file, or lies behind one; name a folder".formatted(option, folder), e);
    } catch (AccessDeniedException e) {
      throw unusable(option, folder, "permission denied", e);
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? "it cannot be made" : e.getReason();
      throw unusable(option, folder, reason, e);
    } catch (IOException e) {
      throw unusable(option, folder, e.getMessage(), e);
    }
    return new OutputFolder(folder);
  }

  private static BadInputException unusable(
      String option, Path folder, String reason, IOException cause) {
    return new BadInputException(
        "%s '%s' cannot be written to: %s; name another folder".formatted(option, folder, reason),
        cause);
  }

  /**
   * Writes a file.
   *
   * @param name of the file in this folder
   * @throws CommandFailedException if it cannot be written
   */
  public void write(String name, FileWriter writer) {
    Path file = folder.resolve(name);
    try {
      writer.write(file);
    } catch (IOException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    files.add(file);
  }

  /**
   * Writes a file into a folder of this folder, which is made if it is not there.
   *
   * @throws CommandFailedException if it cannot be written
   */
  void writeWithin(String subfolder, String name, FileWriter writer) {
    try {
      Files.createDirectories(folder.resolve(subfolder));
    } catch (IOException e) {
      throw new CommandFailedException(
          "'%s' cannot be made: %s".formatted(folder.resolve(subfolder), e.getMessage()), e);
    }
    write(subfolder + "/" + name, writer);
  }

  /**
   * Writes a picture, as {@code STEM.png} and {@code STEM.svg}.
   *
   * @throws CommandFailedException if it cannot be written
   */
  public void write(String stem, Picture picture) {
    write(stem + ".png", picture::writePng);
    write(stem + ".svg", picture::writeSvg);
  }

  /** Where a file of this name is or would be. */
  public Path path(String name) {
    return folder.resolve(name);
  }

  /** What was written, in order. */
  public List<String> files() {
    return files.stream().map(Path::toString).toList();
  }

  /** The names within the folder of what was written, in order. */
  List<String> names() {
    return files.stream().map(file -> file.getFileName().toString()).toList();
  }
}

package dev.refrain.cli.csv;

import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;

/** Writes times as a file wrote them. */
public final class Dates {
  private final Optional<DateTimeFormatter> writer;

  /**
   * As the file wrote these.
   *
   * @param labels times and how they were written; may be empty
   */
  public Dates(Map<LocalDateTime, String> labels) {
    writer = DateForm.writing(labels);
  }

  /** A time in the file's form; in ISO's where that is not known. */
  public String label(LocalDateTime time) {
    if (writer.isPresent()) {
      return writer.get().format(time);
    }
    return time.toLocalTime().equals(LocalTime.MIDNIGHT)
        ? time.toLocalDate().toString()
        : time.toString();
  }
}

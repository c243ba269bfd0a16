package dev.refrain.cli.csv;

import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A way to write dates in a file.
 *
 * @param local reads and writes the date and time
 * @param withOffset reads date, time and the offset from UTC that follows; null if none does
 */
record DateForm(DateTimeFormatter local, DateTimeFormatter withOffset) {
  private static final String SPACED_SECONDS = "uuuu-MM-dd HH:mm:ss";
  private static final String ISO_SECONDS = "uuuu-MM-dd'T'HH:mm:ss";
  private static final List<String> PADDED_DAYS =
      List.of("uuuu-MM-dd", "uuuu/MM/dd", "dd.MM.uuuu", "MM/dd/uuuu", "dd/MM/uuuu");
  private static final List<String> PADDED_TIMES = List.of("", " HH:mm", " HH:mm:ss");
  private static final List<String> UNPADDED_DAYS = List.of("M/d/uuuu", "d/M/uuuu", "d.M.uuuu");
  private static final List<String> UNPADDED_TIMES = List.of("", " H:mm", " H:mm:ss");
  private static final List<String> ISO_TIMES = List.of("uuuu-MM-dd'T'HH:mm", ISO_SECONDS);
  private static final List<String> MONTHS = List.of("uuuu-MM", "uuuu/MM");
  private static final List<String> QUARTERS = List.of("uuuu-'Q'q", "uuuu'Q'q", "uuuu 'Q'q");

  /** All forms that cannot be mistaken for a number. */
  private static final List<DateForm> WRITTEN = written();

  private static final DateForm DIGITS = of("uuuuMMdd");
  private static final DateForm YEAR = of("uuuu");

  /**
   * All forms that a cell may be written in. There may be several: 03/04/1960 is in March or in
   * April, and only the other rows can tell.
   *
   * @param header of the cell's column, which alone tells a year or 19600304 from a number
   * @param cell to read
   */
  static List<DateForm> candidates(String header, String cell) {
    String words = header.toLowerCase(Locale.ROOT);
    List<DateForm> forms = new ArrayList<>(WRITTEN);
    if (words.contains("date") || words.contains("day") || words.contains("time")) {
      forms.add(DIGITS);
    }
    if (words.contains("year")) {
      forms.add(YEAR);
    }
    forms.removeIf(form -> form.parse(cell).isEmpty());
    return forms;
  }

  /**
   * The form that writes times as they are written here.
   *
   * @param labels times and how data writes them
   * @return empty if there are none, or no form writes all of them so
   */
  static Optional<DateTimeFormatter> writing(Map<LocalDateTime, String> labels) {
    if (labels.isEmpty()) {
      return Optional.empty();
    }
    String first = labels.values().iterator().next();
    List<DateForm> forms = new ArrayList<>(WRITTEN);
    forms.add(DIGITS);
    forms.add(YEAR);
    return forms.stream()
        .filter(form -> form.parse(first).isPresent())
        .map(form -> form.writer(form.parse(first).orElseThrow().getOffset()))
        .filter(
            writer ->
                labels.entrySet().stream()
                    .allMatch(each -> writer.format(each.getKey()).equals(each.getValue())))
        .findFirst();
  }

  /** Whether a cell is a date, whatever its header. */
  static boolean isDate(String cell) {
    return WRITTEN.stream().anyMatch(form -> form.parse(cell).isPresent());
  }

  /** Reads a cell, as of UTC where no offset is written; empty if the cell has another form. */
  Optional<OffsetDateTime> parse(String cell) {
    try {
      return Optional.of(
          withOffset == null
              ? local.parse(cell.strip(), LocalDateTime::from).atOffset(ZoneOffset.UTC)
              : withOffset.parse(cell.strip(), OffsetDateTime::from));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /**
   * Writes times in this form.
   *
   * @param offset from UTC, which is written behind the time if this form has offsets
   */
  DateTimeFormatter writer(ZoneOffset offset) {
    return withOffset == null
        ? local
        : new DateTimeFormatterBuilder()
            .append(local)
            .appendLiteral(offset.getId())
            .toFormatter(Locale.ROOT);
  }

  private static List<DateForm> written() {
    List<DateForm> forms = new ArrayList<>();
    for (String day : PADDED_DAYS) {
      PADDED_TIMES.forEach(time -> forms.add(of(day + time)));
    }
    for (String day : UNPADDED_DAYS) {
      UNPADDED_TIMES.forEach(time -> forms.add(of(day + time)));
    }
    ISO_TIMES.forEach(iso -> forms.add(of(iso)));
    ISO_TIMES.forEach(iso -> forms.add(of(iso).followedByOffset()));
    forms.add(of(SPACED_SECONDS).followedByOffset());
    for (String seconds : List.of(SPACED_SECONDS, ISO_SECONDS)) {
      forms.add(withFraction(seconds));
      forms.add(withFraction(seconds).followedByOffset());
    }
    MONTHS.forEach(month -> forms.add(of(month)));
    QUARTERS.forEach(quarter -> forms.add(of(quarter)));
    return List.copyOf(forms);
  }

  /** A form whose missing fields are the first month, day and hour. */
  private static DateForm of(String pattern) {
    DateTimeFormatterBuilder builder = new DateTimeFormatterBuilder().appendPattern(pattern);
    if (pattern.contains("q")) {
      builder.parseDefaulting(IsoFields.DAY_OF_QUARTER, 1);
    } else {
      defaultUnless(pattern.contains("M"), builder, ChronoField.MONTH_OF_YEAR, 1);
      defaultUnless(pattern.contains("d"), builder, ChronoField.DAY_OF_MONTH, 1);
    }
    defaultUnless(pattern.contains("H"), builder, ChronoField.HOUR_OF_DAY, 0);
    return new DateForm(strict(builder), null);
  }

  private static DateForm withFraction(String pattern) {
    DateTimeFormatterBuilder builder =
        new DateTimeFormatterBuilder()
            .appendPattern(pattern)
            .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true);
    return new DateForm(strict(builder), null);
  }

  private DateForm followedByOffset() {
    return new DateForm(
        local, strict(new DateTimeFormatterBuilder().append(local).appendPattern("XXX")));
  }

  private static void defaultUnless(
      boolean written, DateTimeFormatterBuilder builder, ChronoField field, int value) {
    if (!written) {
      builder.parseDefaulting(field, value);
    }
  }

  private static DateTimeFormatter strict(DateTimeFormatterBuilder builder) {
    return builder.toFormatter(Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);
  }
}

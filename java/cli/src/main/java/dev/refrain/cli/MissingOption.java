package dev.refrain.cli;

import dev.refrain.cli.csv.Missing;
import picocli.CommandLine.Option;

/** What to do about gaps and decimals in a file: a mixin, or the base of a group. */
class MissingOption extends DecimalOption {
  @Option(
      names = "--missing",
      paramLabel = "WHAT",
      defaultValue = "error",
      converter = OptionTypes.MissingName.class,
      description =
          "What to do about missing values and dates of the file: error, interpolate, or drop,"
              + " which leaves their rows out. Default: error.")
  Missing missing;
}

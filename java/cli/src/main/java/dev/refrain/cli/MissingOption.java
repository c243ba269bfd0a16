package dev.refrain.cli;

import dev.refrain.cli.csv.Decimal;
import dev.refrain.cli.csv.Missing;
import picocli.CommandLine.Option;

/** What to do about gaps and decimals in a file: a mixin, or the base of a group. */
class MissingOption {
  @Option(
      names = "--missing",
      paramLabel = "WHAT",
      defaultValue = "error",
      converter = OptionTypes.MissingName.class,
      description =
          "What to do about missing values and dates of the file: error, interpolate, or drop,"
              + " which leaves their rows out. Default: error.")
  Missing missing;

  @Option(
      names = "--decimal",
      paramLabel = "MARK",
      defaultValue = "auto",
      converter = OptionTypes.DecimalMark.class,
      description =
          "What decimals of the file begin with: a comma, a point, or auto. Commas are found where"
              + " semicolons or tabs separate cells, and asked about where they could group"
              + " thousands. Default: auto.")
  Decimal decimal;
}

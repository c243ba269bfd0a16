package dev.refrain.cli;

import dev.refrain.cli.csv.Decimal;
import picocli.CommandLine.Option;

/** What the numbers of a file look like: a mixin. */
public class DecimalOption {
  @Option(
      names = "--decimal",
      paramLabel = "MARK",
      defaultValue = "auto",
      converter = OptionTypes.DecimalMark.class,
      description =
          "What decimals of the file begin with: a comma, a point, or auto. Commas are found in"
              + " columns that leave no doubt where semicolons or tabs separate cells. Default:"
              + " auto.")
  Decimal decimal;

  /** What was said. */
  public Decimal decimal() {
    return decimal;
  }
}

package dev.refrain.cli;

import dev.refrain.cli.csv.Decimal;
import dev.refrain.cli.csv.Missing;
import dev.refrain.kernels.Activation;
import dev.refrain.kernels.Adagrad;
import dev.refrain.kernels.Adam;
import dev.refrain.kernels.Loss;
import dev.refrain.kernels.Optimizer;
import dev.refrain.kernels.RmsProp;
import dev.refrain.kernels.Sgd;
import dev.refrain.kernels.WeightDecay;
import dev.refrain.series.Transformation;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the words behind options become values, and what is said of words that do not. */
public final class OptionTypes {
  private static final double MOMENTUM = 0.9;

  private OptionTypes() {}

  /**
   * Finds what a word names.
   *
   * @throws UnknownNameException if it names nothing; the message suggests what it may mean
   */
  public static <T> T named(String word, Map<String, T> values) {
    T value = values.get(word.toLowerCase(Locale.ROOT));
    if (value != null) {
      return value;
    }
    List<String> nearest = NearestNames.of(word, values.keySet());
    throw new UnknownNameException(
        "'%s' is not one of %s%s"
            .formatted(
                word,
                String.join(", ", values.keySet()),
                nearest.isEmpty() ? "" : "; did you mean " + nearest.get(0) + "?"),
        values.keySet());
  }

  /** A word is none of the names that an option takes. */
  static final class UnknownNameException extends TypeConversionException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> names;

    UnknownNameException(String message, Collection<String> names) {
      super(message);
      this.names = List.copyOf(names);
    }

    /** Those that it takes. */
    List<String> names() {
      return names;
    }
  }

  /** As {@link #named(String, Map)}, of constants by their names in lower case. */
  public static <T extends Enum<T>> T named(String word, T[] constants) {
    Map<String, T> values = new LinkedHashMap<>();
    for (T constant : constants) {
      values.put(constant.name().toLowerCase(Locale.ROOT), constant);
    }
    return named(word, values);
  }

  /** From 1 to 1,024 threads. */
  public static final class Threads implements ITypeConverter<Integer> {
    private static final int MOST = 1024;

    @Override
    public Integer convert(String word) {
      return wholeNumber(word, 1, MOST);
    }
  }

  /** A whole number of at least 1. */
  public static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String word) {
      return wholeNumber(word, 1);
    }
  }

  /** From 1 to 100 layers. */
  public static final class Layers implements ITypeConverter<Integer> {
    private static final int MOST = 100;

    @Override
    public Integer convert(String word) {
      return wholeNumber(word, 1, MOST);
    }
  }

  /** A whole number of at least 0. */
  public static final class CountOrZero implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String word) {
      return wholeNumber(word, 0);
    }
  }

  private static int wholeNumber(String word, int least) {
    return wholeNumber(word, least, Integer.MAX_VALUE);
  }

  private static int wholeNumber(String word, int least, int most) {
    try {
      int value = Integer.parseInt(word);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below, together with numbers that are out of range.
    }
    throw new TypeConversionException(
        "'%s' is not a whole number from %d to %d".formatted(word, least, most));
  }

  /** Any whole number of 64 bits. */
  public static final class WholeNumber implements ITypeConverter<Long> {
    @Override
    public Long convert(String word) {
      try {
        return Long.valueOf(word);
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'" + word + "' is not a whole number");
      }
    }
  }

  /** A finite number. */
  public static final class FiniteNumber implements ITypeConverter<Double> {
    @Override
    public Double convert(String word) {
      try {
        double value = Double.parseDouble(word);
        if (Double.isFinite(value)) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Said below, together with infinite ones.
      }
      throw new TypeConversionException("'" + word + "' is not a finite number");
    }
  }

  /** A finite number above 0. */
  public static final class PositiveNumber implements ITypeConverter<Double> {
    @Override
    public Double convert(String word) {
      try {
        double value = Double.parseDouble(word);
        if (value > 0 && Double.isFinite(value)) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Said below, together with numbers that are out of range.
      }
      throw new TypeConversionException("'" + word + "' is not a number above 0");
    }
  }

  /** A number above 0 and up to 1. */
  static final class Share implements ITypeConverter<Double> {
    @Override
    public Double convert(String word) {
      try {
        double value = Double.parseDouble(word);
        if (value > 0 && value <= 1) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Said below, together with numbers that are out of range.
      }
      throw new TypeConversionException("'" + word + "' is not a number above 0 and up to 1");
    }
  }

  /** A share above 0 and below 1, such as 0.9. */
  static final class Level implements ITypeConverter<Double> {
    @Override
    public Double convert(String word) {
      try {
        double value = Double.parseDouble(word);
        if (value > 0 && value < 1) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Said below, together with numbers that are out of range.
      }
      throw new TypeConversionException("'" + word + "' is not a number between 0 and 1");
    }
  }

  /** A chain of transformations. */
  public static final class TransformationName implements ITypeConverter<Transformation> {
    @Override
    public Transformation convert(String word) {
      return named(word, transformations());
    }
  }

  /** As above, or {@code auto}, which is null, for the one that does best. */
  static final class TransformationOrAuto implements ITypeConverter<Transformation> {
    private static final String AUTOMATIC = "auto";

    @Override
    public Transformation convert(String word) {
      return word.equals(AUTOMATIC) ? null : named(word, transformations());
    }
  }

  private static Map<String, Transformation> transformations() {
    Map<String, Transformation> values = new LinkedHashMap<>();
    Transformation.NAMES.forEach(name -> values.put(name, Transformation.parse(name)));
    return values;
  }

  /** What decimals of a file begin with: the mark, or its name. */
  static final class DecimalMark implements ITypeConverter<Decimal> {
    @Override
    public Decimal convert(String word) {
      return switch (word) {
        case "," -> Decimal.COMMA;
        case "." -> Decimal.POINT;
        default -> named(word, Decimal.values());
      };
    }
  }

  /** What to do about gaps in a file. */
  static final class MissingName implements ITypeConverter<Missing> {
    @Override
    public Missing convert(String word) {
      return named(word, Missing.values());
    }
  }

  /** An activation by its name in lower case. */
  public static final class ActivationName implements ITypeConverter<Activation> {
    @Override
    public Activation convert(String word) {
      return named(word, Activation.values());
    }
  }

  /** A loss on numbers. */
  static final class LossName implements ITypeConverter<Loss> {
    @Override
    public Loss convert(String word) {
      Map<String, Loss> values = new LinkedHashMap<>();
      values.put("mse", Loss.MSE);
      values.put("rmse", Loss.RMSE);
      values.put("mae", Loss.MAE);
      values.put("huber", Loss.huber(1));
      return named(word, values);
    }
  }

  /** An optimizer with its usual constants. */
  static final class OptimizerName implements ITypeConverter<Optimizer> {
    @Override
    public Optimizer convert(String word) {
      Map<String, Optimizer> values = new LinkedHashMap<>();
      values.put("adam", new Adam());
      values.put("sgd", new Sgd());
      values.put("momentum", new Sgd(MOMENTUM, false, WeightDecay.NONE));
      values.put("nesterov", new Sgd(MOMENTUM, true, WeightDecay.NONE));
      values.put("rmsprop", new RmsProp());
      values.put("adagrad", new Adagrad());
      return named(word, values);
    }
  }
}

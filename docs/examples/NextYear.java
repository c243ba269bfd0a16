import dev.refrain.series.*;
import java.util.Arrays;
class NextYear {
  public static void main(String[] months) {
    double[] history = Arrays.stream(months).mapToDouble(Double::parseDouble).toArray();
    try (ForecastModel model = Forecaster.builder().season(12).build().fit(history)) {
      System.out.println(Arrays.toString(model.forecast(12)));
    }
  }
}

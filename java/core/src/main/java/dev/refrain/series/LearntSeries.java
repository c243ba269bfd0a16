package dev.refrain.series;

import java.util.Map;

/**
 * What a fleet has learnt of one series, in the memory of the host.
 *
 * @param description all that its model is beside its networks
 * @param parameters of its networks {@code [groups][P]}; nulls for a constant series
 * @param record what it was learnt of and how, as {@link TrainingRecord} says it
 * @param engine what its bits depend on, as {@link FleetModel#engine} says it
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record LearntSeries(
    ModelDescription description, float[][] parameters, Map<String, String> record, String engine) {

  /** For a model that is made at once, whose file does not say what it was learnt of. */
  static LearntSeries of(Learnt learnt, Columns columns, Timeline timeline, Bounds bounds) {
    return of(learnt, columns, timeline, bounds, Map.of(), "");
  }

  static LearntSeries of(
      Learnt learnt,
      Columns columns,
      Timeline timeline,
      Bounds bounds,
      Map<String, String> record,
      String engine) {
    ModelDescription description =
        new ModelDescription(
            learnt.shape(),
            columns,
            timeline,
            learnt.variants(),
            learnt.residuals(),
            learnt.validation(),
            bounds,
            learnt.steps(),
            learnt.constant());
    return new LearntSeries(description, learnt.parameters(), record, engine);
  }

  /** The same, of rows whose dates are these. */
  LearntSeries at(Timeline timeline) {
    return new LearntSeries(description.at(timeline), parameters, record, engine);
  }
}

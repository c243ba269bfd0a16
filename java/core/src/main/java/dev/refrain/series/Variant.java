package dev.refrain.series;

/**
 * One way in which a history was prepared, which some of a model's networks learnt by.
 *
 * @param origin the end of the history, so prepared
 * @param weight of their forecast among those of the other variants; all add up to 1
 */
record Variant(ForecastOrigin origin, double weight) {}

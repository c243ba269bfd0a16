/**
 * Time series: what they are, how they are transformed and scaled for a network, a {@link
 * dev.refrain.series.Forecaster} that learns one and the {@link dev.refrain.series.ForecastModel}
 * it makes, and how forecasts are judged.
 */
package dev.refrain.series;

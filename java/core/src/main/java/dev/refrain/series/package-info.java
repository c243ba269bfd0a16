/**
 * Time series: what they are, how they are scaled for a network, and how forecasts of them are
 * judged.
 */
package dev.refrain.series;

/** Draws forecasts as PNG and SVG pictures, also where there is no screen. */
package dev.refrain.cli.chart;

package dev.refrain.series;

/**
 * A row from which on a series has another level than before.
 *
 * @param row the first of the new level
 * @param size how much higher it is; of logarithms where these are taken
 */
public record LevelShift(int row, double size) {}

/**
 * Reads series from CSV files. What cannot be read well is refused with a sentence that names the
 * file, the row, the column, the value and the mend.
 */
package dev.refrain.cli.csv;

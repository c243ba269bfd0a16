/** Rows of a matrix against each other: products in blocks, the best of them, several threads. */
package dev.refrain.rows;

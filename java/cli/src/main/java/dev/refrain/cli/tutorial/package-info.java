/**
 * The numbers behind two tutorials, drawn as NumPy and TensorFlow 1 draw them, so that training on
 * them prints the tutorials' own digits.
 */
package dev.refrain.cli.tutorial;

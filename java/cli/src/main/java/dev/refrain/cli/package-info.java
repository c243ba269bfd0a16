/**
 * The command line: {@code forecast}, {@code doctor} and {@code tutorial}. It reads and checks what
 * the user gives, has the library do the work, and shows the outcome; every failure ends as one
 * sentence and an exit code.
 */
package dev.refrain.cli;

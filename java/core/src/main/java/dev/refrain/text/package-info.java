/** Words and their vectors: what is near what, how good that is, and the files they are kept in. */
package dev.refrain.text;

/** Files: how they are written whole, and the formats that models and word vectors are kept in. */
package dev.refrain.io;

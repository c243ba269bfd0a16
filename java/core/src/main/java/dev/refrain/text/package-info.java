/**
 * Text and word vectors: a {@link dev.refrain.text.Corpus} is read as a stream of words, counted
 * into a {@link dev.refrain.text.Vocabulary} and encoded once into {@link
 * dev.refrain.text.EncodedCorpus ids}, from which models learn. What they learnt are {@link
 * dev.refrain.text.WordVectors}: what is near what, how good that is, and the files it is kept in.
 */
package dev.refrain.text;

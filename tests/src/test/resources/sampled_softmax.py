"""Writes the golden files sampled_softmax*.json into FOLDER: TensorFlow 1's sampled_softmax_loss.

Written from the documentation of tf.nn.sampled_softmax_loss and tf.nn.log_uniform_candidate_sampler in
float64, with whole tables: logits of the label and of every sampled class, less log of the expected count;
a sampled class that is the label loses the largest float32; softmax cross-entropy, whose mean is taken.
The gradients are held by central differences of that loss before anything is written.
"""
import json
import sys

import numpy

ROWS, COLUMNS = 50, 6
HIT = numpy.finfo(numpy.float32).max


def expected_count(ids, tries, samples):
    p = numpy.log((ids + 2.0) / (ids + 1.0)) / numpy.log(ROWS + 1.0)
    return p * samples if tries == samples else -numpy.expm1(tries * numpy.log1p(-p))


def logits_of(tables, inputs, labels, sampled, tries, remove_hits):
    embeddings, weights, biases = tables
    x = embeddings[inputs]
    true = numpy.sum(x * weights[labels], axis=1) + biases[labels]
    true -= numpy.log(expected_count(labels, tries, len(sampled)))
    candidates = x @ weights[sampled].T + biases[sampled]
    candidates -= numpy.log(expected_count(sampled, tries, len(sampled)))
    if remove_hits:
        candidates = candidates - HIT * (labels[:, None] == sampled[None, :])
    return numpy.concatenate([true[:, None], candidates], axis=1)


def loss_of(*arguments):
    logits = logits_of(*arguments)
    largest = logits.max(axis=1)
    log_sum = largest + numpy.log(numpy.exp(logits - largest[:, None]).sum(axis=1))
    return float(numpy.mean(log_sum - logits[:, 0]))


def gradients_of(tables, inputs, labels, sampled, tries, remove_hits):
    embeddings, weights, biases = tables
    logits = logits_of(tables, inputs, labels, sampled, tries, remove_hits)
    shares = numpy.exp(logits - logits.max(axis=1)[:, None])
    shares /= shares.sum(axis=1)[:, None]
    shares[:, 0] -= 1
    shares /= len(inputs)
    classes = numpy.concatenate(
        [labels[:, None], numpy.broadcast_to(sampled, (len(inputs), len(sampled)))], axis=1)
    gradients = [numpy.zeros_like(table) for table in tables]
    numpy.add.at(gradients[0], inputs, numpy.einsum("nk,nkd->nd", shares, weights[classes]))
    numpy.add.at(gradients[1], classes, shares[:, :, None] * embeddings[inputs][:, None, :])
    numpy.add.at(gradients[2], classes, shares)
    return gradients


def hold_by_differences(gradients, tables, *rest):
    step = 1e-5
    for table, gradient in zip(tables, gradients):
        for place in numpy.ndindex(table.shape):
            kept = table[place]
            table[place] = kept + step
            above = loss_of(tables, *rest)
            table[place] = kept - step
            below = loss_of(tables, *rest)
            table[place] = kept
            assert abs((above - below) / (2 * step) - gradient[place]) < 1e-9, place


def tensor(array):
    return {"shape": list(array.shape), "data": array.ravel().tolist()}


def main(folder):
    random = numpy.random.default_rng(2015)
    tables = [0.7 * random.standard_normal((ROWS, COLUMNS)),
              0.7 * random.standard_normal((ROWS, COLUMNS)),
              0.4 * random.standard_normal(ROWS)]
    # repeated inputs and labels, labels among the candidates, more than one of them for a repeated input
    inputs = numpy.array([17, 3, 17, 41, 8, 17, 3, 0, 49])
    labels = numpy.array([4, 9, 0, 4, 31, 23, 9, 49, 2])
    sampled = numpy.array([4, 0, 12, 9, 1, 37, 2, 5])
    for name, tries, remove_hits in [("", 11, False), ("_remove_accidental_hits", 11, True),
                                     ("_tries_equal_samples", 8, False)]:
        rest = (inputs, labels, sampled, tries, remove_hits)
        gradients = gradients_of(tables, *rest)
        hold_by_differences(gradients, tables, *rest)
        content = {
            "about": f"TF1 sampled_softmax_loss, log-uniform Q with tries={tries}, mean over batch, "
                     "by sampled_softmax.py",
            "embeddings": tensor(tables[0]), "weights": tensor(tables[1]), "biases": tensor(tables[2]),
            "inputs": inputs.tolist(), "labels": labels.tolist(), "sampled": sampled.tolist(),
            "tries": tries, "value": loss_of(tables, *rest),
            "dembeddings": tensor(gradients[0]), "dweights": tensor(gradients[1]),
            "dbiases": tensor(gradients[2]),
        }
        with open(f"{folder}/sampled_softmax{name}.json", "w") as file:
            json.dump(content, file)
        print(name, content["value"])


main(sys.argv[1])

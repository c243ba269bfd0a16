#!/usr/bin/python3
"""The tutorial's step, NCE and dense Adam, beside a straightforward one in PyTorch: steps a second.

    apt-get install python3-torch
    benchmarks/word2vec/tutorial_step.py CORPUS

CORPUS is a text8-like file or a zip of one. Both take the step that `refrain tutorial word2vec` takes:
128 pairs of a window of 1, 64 log-uniform candidates, 50,000 words of 150 numbers, TensorFlow's Adam
moving every row of both tables in each step. PyTorch's is written with whole arrays, as the equations
stand. Rounds are interleaved; the ratio is the median over rounds.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import torch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORDS, COLUMNS, BATCH, SAMPLES = 50000, 150, 128, 64


def refrain(corpus, o):
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run(
            [os.path.join(ROOT, "refrain"), "tutorial", "word2vec", corpus, "--device", "cpu",
             "--steps", str(o.refrain_steps), "--print-every", str(o.refrain_steps), "--json",
             "--out", out],
            stdout=subprocess.PIPE, check=True, text=True,
            env=dict(os.environ, OMP_NUM_THREADS=str(o.threads)))
        return json.loads(done.stdout)["stepsPerSecond"]


def softplus(x):
    return torch.clamp(x, min=0) + torch.log1p(torch.exp(-torch.abs(x)))


def log_expected(ids, tries):
    ids = ids.double()
    share = torch.log((ids + 2) / (ids + 1)) / torch.log1p(torch.tensor(float(WORDS)).double())
    return torch.log(-torch.expm1(tries * torch.log1p(-share))).float()


def candidates(generator):
    seen, tries = [], 0
    while len(seen) < SAMPLES:
        u = torch.rand(1, generator=generator, dtype=torch.float64)
        word = int(torch.exp(u * torch.log1p(torch.tensor(float(WORDS)).double()))) - 1
        tries += 1
        if word % WORDS not in seen:
            seen.append(word % WORDS)
    return torch.tensor(seen), tries


def pytorch(o, seed):
    torch.set_num_threads(o.threads)
    generator = torch.Generator().manual_seed(seed)
    tables = [torch.rand(WORDS, COLUMNS, generator=generator) * 2 - 1,
              torch.randn(WORDS, COLUMNS, generator=generator) / COLUMNS ** 0.5,
              torch.zeros(WORDS)]
    first = [torch.zeros_like(t) for t in tables]
    second = [torch.zeros_like(t) for t in tables]
    for table in tables:
        table.requires_grad_()
    begin = None
    for step in range(1, o.warm_steps + o.pytorch_steps + 1):
        if step == o.warm_steps + 1:
            begin = time.perf_counter()
        # words of a text follow Zipf's law; which they are does not matter to the time
        rank = torch.rand(2 * BATCH, generator=generator)
        pairs = torch.exp(rank * torch.log(torch.tensor(float(WORDS)))).long() - 1
        inputs, labels = pairs[:BATCH], pairs[BATCH:]
        sampled, tries = candidates(generator)
        x = tables[0][inputs]
        true = (x * tables[1][labels]).sum(1) + tables[2][labels] - log_expected(labels, tries)
        noise = x @ tables[1][sampled].t() + tables[2][sampled] - log_expected(sampled, tries)
        loss = (softplus(-true) + softplus(noise).sum(1)).mean()
        gradients = torch.autograd.grad(loss, tables)
        rate = 0.01 * (1 - 0.999 ** step) ** 0.5 / (1 - 0.9 ** step)
        with torch.no_grad():
            for table, m, v, g in zip(tables, first, second, gradients):
                m.mul_(0.9).add_(g, alpha=1 - 0.9)
                v.mul_(0.999).addcmul_(g, g, value=1 - 0.999)
                table.addcdiv_(m, v.sqrt().add_(1e-8), value=-rate)
    return o.pytorch_steps / (time.perf_counter() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="of PyTorch")
    parser.add_argument("--refrain-steps", type=int, default=20001)
    parser.add_argument("--pytorch-steps", type=int, default=200)
    parser.add_argument("--warm-steps", type=int, default=5)
    o = parser.parse_args()
    own, other = [], []
    for seed in range(1, o.rounds + 1):
        own.append(refrain(o.corpus, o))
        other.append(pytorch(o, seed))
        print(seed, round(own[-1], 1), round(other[-1], 2), file=sys.stderr)
    print("%d rounds; load average %.1f on %d cores; PyTorch %s, %d threads\n"
          % (o.rounds, os.getloadavg()[0], os.cpu_count(), torch.__version__, o.threads))
    print("| | steps/s | of PyTorch's |")
    print("|---|---|---|")
    print("| Refrain | %.0f | %.1f |" % (statistics.median(own),
                                         statistics.median(a / b for a, b in zip(own, other))))
    print("| PyTorch, dense | %.1f | 1 |" % statistics.median(other))


if __name__ == "__main__":
    main()

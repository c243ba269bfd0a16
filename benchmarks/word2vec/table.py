#!/usr/bin/python3
"""Word vectors beside gensim and fastText: words a second and scores, from one run.

    apt-get install python3-gensim fasttext
    benchmarks/word2vec/table.py CORPUS --questions question-words.txt --similarity wordsim353.tsv

CORPUS is a text8-like file or a zip of one. Every round trains each contestant once, one after the
other, with the seed of the round; the table has medians of speeds and of the rounds' ratios, and means
of scores. All vectors are judged by gensim. Words a second are those of training alone; words per second
of processor time, which tell more where other programs run, count the whole program for Refrain and
fastText, reading and counting the text included, and training alone for gensim.
"""
import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def plain_text(corpus, folder, most):
    if zipfile.is_zipfile(corpus):
        with zipfile.ZipFile(corpus) as archive:
            corpus = archive.extract(archive.namelist()[0], folder)
    if most is None:
        return corpus
    with open(corpus, "rb") as file:
        words = file.read().split()[:most]
    part = os.path.join(folder, "part.txt")
    with open(part, "wb") as file:
        file.write(b" ".join(words) + b"\n")
    return part


def refrain(mode):
    def train(text, out, seed, o):
        done = subprocess.run(
            [os.path.join(ROOT, "refrain"), "word2vec", text, "-o", out, "--json", "--quiet",
             "--mode", mode, "--seed", str(seed), "--threads", str(o.threads),
             "--epochs", str(o.epochs), "--dimensions", str(o.dimensions), "--window", "5",
             "--negatives", "5", "--min-count", "5", "--sample", "1e-3"],
            stdout=subprocess.PIPE, check=True, text=True)
        return json.loads(done.stdout)["wordsPerSecond"]
    return train


def gensim(text, out, seed, o):
    from gensim.models import Word2Vec
    from gensim.models.word2vec import Text8Corpus
    sentences = list(Text8Corpus(text))
    words = sum(map(len, sentences))
    model = Word2Vec(vector_size=o.dimensions, window=5, negative=5, sample=1e-3, min_count=5, sg=1,
                     workers=o.threads, seed=seed, epochs=o.epochs)
    model.build_vocab(sentences)
    begin = time.perf_counter()
    o.before_training = processor_seconds()
    model.train(sentences, total_examples=model.corpus_count, epochs=o.epochs)
    seconds = time.perf_counter() - begin
    o.after_training = processor_seconds()
    model.wv.save_word2vec_format(out, binary=True)
    return words * o.epochs / seconds


def fasttext(text, out, seed, o):
    stem = out[:-len(".bin")]
    # fastText 0.9.2 has no option for the seed of skip-gram; its threads race anyway
    done = subprocess.run(
        ["fasttext", "skipgram", "-input", text, "-output", stem, "-dim", str(o.dimensions), "-ws",
         "5", "-neg", "5", "-minCount", "5", "-t", "1e-3", "-epoch", str(o.epochs), "-thread",
         str(o.threads), "-minn", "0", "-maxn", "0", "-lr", "0.025", "-loss", "ns", "-bucket", "1"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, text=True)
    per_thread = float(re.findall(r"words/sec/thread:\s*(\d+)", done.stdout)[-1])
    os.remove(out)
    os.rename(stem + ".vec", stem + ".txt")
    return per_thread * o.threads


CONTESTANTS = {
    "Refrain, hogwild": refrain("hogwild"),
    "Refrain, exact": refrain("exact"),
    "gensim": gensim,
    "fastText": fasttext,
}


def processor_seconds():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def scores(file, o):
    from gensim.models import KeyedVectors
    if not os.path.exists(file):
        file = file[:-len(".bin")] + ".txt"
    vectors = KeyedVectors.load_word2vec_format(file, binary=file.endswith(".bin"))
    similarity = vectors.evaluate_word_pairs(o.similarity)[1][0]
    analogies = vectors.evaluate_word_analogies(o.questions, restrict_vocab=30000)[0]
    return similarity, 100 * analogies


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--questions")
    parser.add_argument("--similarity")
    parser.add_argument("--words", type=int, help="take the first so many of the corpus; default: all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dimensions", type=int, default=150)
    parser.add_argument("--without", action="append", default=[], help="leave a contestant out")
    o = parser.parse_args()
    judged = o.questions is not None and o.similarity is not None
    names = [name for name in CONTESTANTS if name not in o.without]
    speeds = {name: [] for name in names}
    efficiency = {name: [] for name in names}
    judgements = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        text = plain_text(o.corpus, folder, o.words)
        with open(text, "rb") as file:
            words = len(file.read().split())
        for seed in range(1, o.rounds + 1):
            for name in names:
                out = os.path.join(folder, "vectors.bin")
                o.before_training, o.after_training = processor_seconds(), None
                speeds[name].append(CONTESTANTS[name](text, out, seed, o))
                used = (o.after_training or processor_seconds()) - o.before_training
                efficiency[name].append(words * o.epochs / used)
                if judged:
                    judgements[name].append(scores(out, o))
                print(seed, name, round(speeds[name][-1]), round(efficiency[name][-1]),
                      judgements[name][-1:], file=sys.stderr)
    print("%d words, %d epochs, %d rounds, %d threads, %d dimensions; load average %.1f on %d cores\n"
          % (words, o.epochs, o.rounds, o.threads, o.dimensions, os.getloadavg()[0], os.cpu_count()))
    print("| | words/s | of gensim's | per processor second | of gensim's | WordSim-353 |"
          " question-words |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        cells = []
        for measure in (speeds, efficiency):
            ratios = [own / other for own, other in zip(measure[name], measure.get("gensim", []))]
            cells.append("%d" % round(statistics.median(measure[name]), -3))
            cells.append("%.2f" % statistics.median(ratios) if ratios else "")
        for i, form in ((0, "%.3f"), (1, "%.1f %%")):
            cells.append(form % statistics.mean(j[i] for j in judgements[name]) if judged else "")
        print("| %s | %s |" % (name, " | ".join(cells)))


if __name__ == "__main__":
    main()

"""PyTorch's time for the steps that gpu_bench measures: eager, and as a CUDA graph.

    python3 peers.py [tiny]

Each the way PyTorch does it best: eager with the optimizer's own defaults, the graph with Adam fused into one
kernel. Where the claim is FP32, TF32 is off. The clock is gpu_bench's: from the first step to the end of the last,
divided by their number; the median of the rounds. `tiny` runs small shapes on the CPU, to see that the
script works. Exits with 1 where there is no PyTorch or no GPU, or where training does not learn.
"""
import statistics
import sys
import time

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit("there is no PyTorch for this Python")

# What a whole step clips the gradients' norm to: kNorm of training_step.h.
NORM = 0.001

TINY = sys.argv[1:] == ["tiny"]
DEVICE = "cpu" if TINY else "cuda"

# name, cell, I, H, N, T, precision, whole step: the rows of gpu_bench.cc, which explains them.
SHAPES = [
    ("LSTM, whole step", "lstm", 1, 100, 50, 20, "FP32", True),
    ("ReLU RNN, whole step", "rnn", 1, 100, 50, 20, "FP32", True),
    ("GRU, whole step", "gru", 1, 100, 50, 20, "FP32", True),
    ("milk's LSTM, whole step", "lstm", 1, 100, 1, 11, "FP32", True),
    ("LSTM 512, forward and backward", "lstm", 512, 512, 64, 256, "FP32", False),
    ("LSTM 1024, forward and backward", "lstm", 1024, 1024, 64, 256, "TF32", False),
    ("LSTM 1024, forward and backward", "lstm", 1024, 1024, 64, 256, "BF16", False),
]
TINY_SHAPES = [
    ("LSTM, whole step", "lstm", 1, 12, 3, 4, "FP32", True),
    ("ReLU RNN, whole step", "rnn", 1, 12, 3, 4, "FP32", True),
    ("LSTM, forward and backward", "lstm", 5, 24, 4, 3, "FP32", False),
]


def synchronize():
    if not TINY:
        torch.cuda.synchronize()


def layer_of(cell, inputs, hidden):
    if cell == "rnn":
        return nn.RNN(inputs, hidden, nonlinearity="relu")
    return {"lstm": nn.LSTM, "gru": nn.GRU}[cell](inputs, hidden)


def whole_step(cell, inputs, hidden, batch, steps, for_graph):
    """A training step on one batch, and its loss: with a graph the arrays must stay where they are."""
    layer = layer_of(cell, inputs, hidden).to(DEVICE)
    projection = nn.Linear(hidden, 1).to(DEVICE)
    parameters = list(layer.parameters()) + list(projection.parameters())
    options = {"capturable": True, "fused": True} if for_graph else {}
    adam = torch.optim.Adam(parameters, lr=1e-3, **options)
    x = torch.randn(steps, batch, inputs, device=DEVICE)
    target = torch.randn(steps, batch, 1, device=DEVICE)
    loss = torch.zeros((), device=DEVICE)

    def step():
        adam.zero_grad(set_to_none=not for_graph)
        error = nn.functional.mse_loss(projection(layer(x)[0]), target)
        error.backward()
        nn.utils.clip_grad_norm_(parameters, NORM)
        adam.step()
        loss.copy_(error.detach())

    return step, loss


def layer_alone(cell, inputs, hidden, batch, steps, precision):
    dtype = torch.bfloat16 if precision == "BF16" else torch.float32
    layer = layer_of(cell, inputs, hidden).to(DEVICE, dtype)
    x = torch.randn(steps, batch, inputs, device=DEVICE, dtype=dtype, requires_grad=True)
    dy = torch.randn(steps, batch, hidden, device=DEVICE, dtype=dtype)
    arrays = [x] + list(layer.parameters())
    for array in arrays:
        array.grad = torch.zeros_like(array)

    def step():
        for array in arrays:
            array.grad.zero_()
        layer(x)[0].backward(dy)

    return step


def median_seconds(step):
    def run(times):
        begin = time.perf_counter()
        for _ in range(times):
            step()
        synchronize()
        return time.perf_counter() - begin

    run(3)
    once = run(5) / 5
    times = 1 if TINY else max(1, min(2000, int(0.1 / once)))
    return statistics.median(run(times) / times for _ in range(1 if TINY else 9))


def graphed(step):
    """The step as a CUDA graph, warmed up on a stream of its own as PyTorch's manual has it."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def measure(name, cell, inputs, hidden, batch, steps, precision, whole):
    torch.manual_seed(1)
    tf32 = precision == "TF32"
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32

    def make(for_graph):
        if whole:
            return whole_step(cell, inputs, hidden, batch, steps, for_graph)
        return layer_alone(cell, inputs, hidden, batch, steps, precision), None

    step, loss = make(False)
    step()
    before = None if loss is None else float(loss)
    eager = median_seconds(step)
    after = None if loss is None else float(loss)
    try:
        graph = "not on a CPU" if TINY else f"{median_seconds(graphed(make(True)[0])) * 1e6:.1f}"
    except RuntimeError as error:
        graph = "fails: " + str(error).splitlines()[0][:60]
        if not TINY:
            torch.cuda.synchronize()
    print(f"| {name} | {inputs} | {hidden} | {batch} | {steps} | {precision} | {eager * 1e6:.1f} | {graph} |",
          flush=True)
    if before is not None and not after < before:
        sys.exit(f"{name}: training does not learn: the loss went from {before} to {after}")


def main():
    if not TINY and not torch.cuda.is_available():
        sys.exit("PyTorch sees no GPU")
    print(f"PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}")
    print("\n| step | I | H | N | T | precision | eager us | CUDA graph us |\n|---|---|---|---|---|---|---|---|")
    for shape in TINY_SHAPES if TINY else SHAPES:
        measure(*shape)


if __name__ == "__main__":
    main()

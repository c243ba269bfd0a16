"""Runs weights of a safetensors file in PyTorch: FILE X_JSON ACTIVATION STEPS BATCH; prints JSON."""
import json
import struct
import sys

import numpy
import torch

path, x_path, activation, steps, batch = sys.argv[1:]
with open(path, "rb") as file:
    (length,) = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(length))
    data = file.read()
state = {}
for name, info in header.items():
    if name != "__metadata__":
        begin, end = info["data_offsets"]
        array = numpy.frombuffer(data[begin:end], dtype="<f4").reshape(info["shape"])
        state[name] = torch.from_numpy(array.copy())

projection = state["weight_hr_l0"].shape[0] if "weight_hr_l0" in state else 0
hidden = state["weight_hr_l0"].shape[1] if projection else state["weight_hh_l0"].shape[1]
gates = state["weight_hh_l0"].shape[0] // hidden
options = dict(
    input_size=state["weight_ih_l0"].shape[1],
    hidden_size=hidden,
    num_layers=sum(1 for n in state if n.startswith("weight_ih") and not n.endswith("reverse")),
    bidirectional="weight_ih_l0_reverse" in state,
)
if gates == 4:
    module = torch.nn.LSTM(proj_size=projection, **options)
elif gates == 3:
    module = torch.nn.GRU(**options)
else:
    module = torch.nn.RNN(nonlinearity=activation, **options)
linear = torch.nn.Linear(state["linear.weight"].shape[1], state["linear.weight"].shape[0])
linear.load_state_dict({n[7:]: t for n, t in state.items() if n.startswith("linear.")})
module.load_state_dict({n: t for n, t in state.items() if not n.startswith("linear.")})
with open(x_path) as file:
    x = torch.tensor(json.load(file)).reshape(int(steps), int(batch), -1)
with torch.no_grad():
    print(json.dumps(linear(module(x)[0]).reshape(-1).tolist()))

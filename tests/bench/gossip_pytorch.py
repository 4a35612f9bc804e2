"""A plain PyTorch loop of decentralised nodes, on one thread: the yardstick for
gradwire_bench --benchmark_filter=gossip_iteration/.*workers:10/threads:1.

The paper's FC net (784, 512, 10) on ten nodes on a ring, batches of 10. Prints milliseconds per
iteration of D-PSGD and of CHOCO-SGD with the top 1 % of each tensor.
"""

import os
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read at import; set_num_threads() does not set it

import torch  # noqa: E402
from torch import nn  # noqa: E402

NODES, BATCH, GAMMA, CONSENSUS, DENSITY = 10, 10, 0.005, 0.1, 0.01
NEIGHBOURS = [((i - 1) % NODES, (i + 1) % NODES) for i in range(NODES)]


def make_model():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))


def gradients(models, batches):
    for model, (x, y) in zip(models, batches):
        model.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()


@torch.no_grad()
def d_psgd(models):
    mixed = []
    for i, (a, b) in enumerate(NEIGHBOURS):
        triples = zip(*(models[j].parameters() for j in (i, a, b)))
        mixed.append([(p + q + r) / 3 - GAMMA * p.grad for p, q, r in triples])
    for model, parameters in zip(models, mixed):
        for p, new in zip(model.parameters(), parameters):
            p.copy_(new)


@torch.no_grad()
def choco(models, copies):
    for model, copy in zip(models, copies):
        for p, c in zip(model.parameters(), copy):
            p -= GAMMA * p.grad
            rest = (p - c).flatten()
            kept = rest.abs().topk(max(1, int(DENSITY * rest.numel()))).indices
            c.view(-1)[kept] += rest[kept]
    for i, (a, b) in enumerate(NEIGHBOURS):
        for p, c, q, r in zip(models[i].parameters(), copies[i], copies[a], copies[b]):
            p += CONSENSUS * (q + r - 2 * c) / 3


def milliseconds(step):
    models = [make_model() for _ in range(NODES)]
    copies = [[torch.zeros_like(p) for p in model.parameters()] for model in models]
    batches = [(torch.randn(BATCH, 784), torch.randint(10, (BATCH,))) for _ in range(NODES)]
    times = []
    for _ in range(60):
        start = time.perf_counter()
        gradients(models, batches)
        step(models, copies)
        times.append(time.perf_counter() - start)
    return 1e3 * sorted(times[10:])[len(times[10:]) // 2]


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(f"d_psgd {milliseconds(lambda models, _: d_psgd(models)):.2f} ms")
    print(f"choco {milliseconds(choco):.2f} ms")

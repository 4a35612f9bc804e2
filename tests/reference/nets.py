"""Golden values of tests/learn/nets/models_test.cpp: the models of experiments/models as PyTorch
modules. For each, prints the number of parameters, and for weights and a batch of hashed numbers in
training mode (dropout left out): the mean cross-entropy, the squared norm of its gradient, and
entries of it. Needs Debian's python3-torch."""

import numpy as np
import torch
from torch import nn

ENTRIES = 5


def hashed(first, count):
    """Numbers in [-1, 1): the hash lowbias32 of Chris Wellons (repository skeeto/hash-prospector)
    of first, first + 1, ..."""
    x = np.arange(first, first + count, dtype=np.uint64).astype(np.uint32)
    with np.errstate(over="ignore"):
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x7FEB352D)
        x ^= x >> np.uint32(15)
        x *= np.uint32(0x846CA68B)
        x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 2.0**31 - 1


def lenet():
    return (1, 28), nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )


def mlp_2nn():
    return (1, 28), nn.Sequential(
        nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(),
        nn.Linear(200, 10),
    )


def vgg16():
    layers, before = [], 3
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if width == 0:
            layers.append(nn.MaxPool2d(2))
            continue
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        before = width
    return (3, 32), nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


def cong():
    layers, before = [], 3
    for width, kernel in ((64, 5), (128, 3), (256, 3)):
        layers += [nn.Conv2d(before, width, kernel), nn.ReLU(), nn.MaxPool2d(2)]
        before = width
    layers += [nn.Conv2d(256, 128, 2), nn.ReLU(), nn.Flatten(), nn.Linear(128, 10)]
    return (3, 32), nn.Sequential(*layers)


def set_parameters(net):
    """Weights uniform in +-sqrt(6 / fan-in), others within 0.1 of 1 (batch norm) and of 0."""
    first = 0
    for name, parameter in net.named_parameters():
        values = hashed(first, parameter.numel())
        first += parameter.numel()
        if parameter.dim() > 1:
            values *= np.sqrt(6 / parameter[0].numel())
        else:
            values = (1 if name.endswith("weight") else 0) + 0.1 * values
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(values.astype(np.float32)).view_as(parameter))


def main():
    samples = 4
    for make in (lenet, mlp_2nn, vgg16, cong):
        (channels, size), net = make()
        set_parameters(net)
        net.train()
        pixels = hashed(7, samples * channels * size * size).astype(np.float32)
        images = torch.from_numpy(pixels).view(samples, channels, size, size)
        loss = nn.functional.cross_entropy(net(images), torch.tensor([0, 3, 9, 1]))
        loss.backward()
        gradient = np.concatenate([p.grad.numpy().ravel() for p in net.parameters()])
        norm = float(np.sum(gradient.astype(np.float64) ** 2))
        places = [len(gradient) * (2 * i + 1) // (2 * ENTRIES) for i in range(ENTRIES)]
        entries = ", ".join(f"{gradient[i]:.9g}" for i in places)
        print(f'{{"{make.__name__}", {len(gradient)}, {loss.item():.9g}, {norm:.9g}, {{{entries}}}}}')


if __name__ == "__main__":
    main()

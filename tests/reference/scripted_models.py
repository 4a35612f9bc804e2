"""scripted_models.py FOLDER: writes the files of tests/learn/nets/scripted, with PyTorch's own
torch.jit.script, torch.jit.trace and torch.save. Needs Debian's python3-torch."""

import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from torch import nn


class Conv(nn.Module):
    """For images of 3 x 8 x 8 and four classes."""

    def __init__(self, momentum=0.1):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4, momentum=momentum)
        self.conv2 = nn.Conv2d(4, 6, 3, bias=False)
        self.bn2 = nn.BatchNorm2d(6, momentum=momentum)
        self.fc = nn.Linear(6 * 3 * 3, 4)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 1)
        x = torch.max_pool2d(torch.relu(self.bn2(self.conv2(x))), 2)
        return self.fc(torch.flatten(x, 1))


class Logits(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Conv()

    @torch.jit.export
    def logits(self, x):
        return self.net(x)

    def forward(self, x, y):
        return nn.functional.cross_entropy(self.net(x), y)


class Pair(Logits):
    def forward(self, x, y):
        logits = self.net(x)
        return 2 * nn.functional.cross_entropy(logits, y), logits


class LossAlone(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Conv()

    def forward(self, x, y):
        return nn.functional.cross_entropy(self.net(x), y)


class Shared(nn.Module):
    """One matrix twice, one that is constant, and one that the loss does not depend on."""

    def __init__(self):
        super().__init__()
        self.fixed = nn.Linear(192, 5)
        self.fixed.weight.requires_grad_(False)
        self.first = nn.Linear(5, 5)
        self.second = nn.Linear(5, 5)
        self.second.weight = self.first.weight
        self.unused = nn.Parameter(torch.ones(3))
        self.last = nn.Linear(5, 4)

    def forward(self, x):
        x = torch.tanh(self.fixed(torch.flatten(x, 1)))
        return self.last(torch.tanh(self.second(torch.tanh(self.first(x)))))


class Reader(nn.Module):
    """Training reads the buffer that it moves."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(192, 4)
        self.register_buffer("mean", torch.zeros(4))

    def forward(self, x):
        y = self.fc(torch.flatten(x, 1))
        if self.training:
            self.mean = 0.5 * self.mean + y.detach().mean(0)
        return y - self.mean


def mlp(*between):
    return nn.Sequential(nn.Flatten(), nn.Linear(192, 8), *between, nn.ReLU(), nn.Linear(8, 4))


def changed(source, target, change):
    """A copy of a zip archive, each of whose members is changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for item in old.infolist():
            if item.filename.endswith(".debug_pkl"):  # half of the bytes, and needed by no test
                continue
            data = change(item.filename, old.read(item))
            name = "net/" + item.filename.partition("/")[2]
            new.writestr(zipfile.ZipInfo(name), data)  # without a date


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    images = torch.zeros(2, 3, 8, 8)

    def save(name, module):
        with tempfile.NamedTemporaryFile(suffix=".pt") as whole:
            module.save(whole.name)
            changed(whole.name, folder / f"{name}.pt", lambda _, data: data)

    def script(name, model):
        save(name, torch.jit.script(model))

    torch.manual_seed(1)
    script("mlp", mlp())
    script("conv", Conv())
    script("dropout", mlp(nn.Dropout(0.5)))
    script("logits", Logits())
    script("pair", Pair())
    script("shared", Shared())
    script("loss_alone", LossAlone())
    script("reader", Reader())
    script("cumulative", Conv(momentum=None))
    script("double", mlp().double())
    script("no_parameters", nn.Flatten())
    script("three_logits", nn.Sequential(nn.Flatten(), nn.Linear(192, 3)))
    script("other_images", nn.Sequential(nn.Flatten(), nn.Linear(100, 4)))
    # For images of 1 x 4 x 4 and ten classes.
    script("digits", nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.25),
        nn.Linear(64, 10),
    ))
    save("traced", torch.jit.trace(mlp(), images))
    save("traced_dropout", torch.jit.trace(mlp(nn.Dropout(0.5)).eval(), images))
    save("traced_batch_norm", torch.jit.trace(Conv(), images))
    torch.save(mlp().state_dict(), folder / "saved.pt")
    torch.save({"x": 1}, folder / "old_saved.pt", _use_new_zipfile_serialization=False)
    changed(folder / "mlp.pt", folder / "newer.pt",
            lambda name, data: b"999\n" if name.endswith("/version") else data)
    changed(folder / "mlp.pt", folder / "unknown_operator.pt",
            lambda name, data: data.replace(b"torch.relu(", b"torch.rellu("))


if __name__ == "__main__":
    main()

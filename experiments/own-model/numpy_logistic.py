"""Softmax regression in numpy, on MNIST or on data that it draws itself.

    numpy_logistic.py [FOLDER]   FOLDER: MNIST's four IDX files, plain or gzipped
"""

import gzip
import sys
from pathlib import Path

import numpy as np

import gradwire_model


def read_idx(folder, name):
    """An array from an IDX file."""
    packed = folder / f"{name}.gz"
    content = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / name).read_bytes()
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", dimensions, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def read_mnist(folder):
    """x, y for training and x, y for testing."""
    arrays = []
    for part in ("train", "t10k"):
        images = read_idx(folder, f"{part}-images-idx3-ubyte")
        arrays.append((images.reshape(len(images), -1) / 255).astype(np.float32))
        arrays.append(read_idx(folder, f"{part}-labels-idx1-ubyte"))
    return arrays


def draw_data(seed, train=5000, test=1000, dimension=50, classes=10):
    """The same, of Gaussian classes."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(classes, dimension))
    y = np.arange(train + test) % classes
    x = (centres[y] + 2 * random.normal(size=(train + test, dimension))).astype(np.float32)
    return x[:train], y[:train], x[train:], y[train:]


def outcome(logits, y):
    """Probabilities, mean cross-entropy and number of correct predictions."""
    logits = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(np.maximum(p[np.arange(len(y)), y], 1e-30)).mean()
    return p, loss, np.sum(logits.argmax(axis=1) == y)


class Logistic:
    def __init__(self, settings):
        data = read_mnist(Path(sys.argv[1])) if len(sys.argv) > 1 else draw_data(settings.seed)
        self.x, self.y, self.x_test, self.y_test = data
        self.shards = gradwire_model.Shards(len(self.x), settings)
        self.iterations_per_epoch = self.shards.iterations_per_epoch
        classes = int(self.y.max()) + 1
        self.initial = [
            ("weight", np.zeros((classes, self.x.shape[1]), np.float32)),
            ("bias", np.zeros(classes, np.float32)),
        ]

    def parameters(self):
        return self.initial

    def gradient(self, theta, worker, step):
        weight, bias = gradwire_model.unflatten(theta, self.initial)
        samples = self.shards.samples(worker, step)
        x, y = self.x[samples], self.y[samples]
        p, loss, correct = outcome(x @ weight.T + bias, y)
        p[np.arange(len(y)), y] -= 1
        p /= len(y)
        return [p.T @ x, p.sum(axis=0)], loss, correct, len(y)

    def evaluate(self, theta):
        weight, bias = gradwire_model.unflatten(theta, self.initial)
        _, loss, correct = outcome(self.x_test @ weight.T + bias, self.y_test)
        return {"loss": loss, "accuracy": correct / len(self.y_test)}


if __name__ == "__main__":
    gradwire_model.serve(Logistic)

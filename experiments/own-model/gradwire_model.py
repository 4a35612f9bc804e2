"""Connects a model in Python to gradwire. Needs Python 3.9 and numpy; copy it beside your program.

    class MyModel:
        iterations_per_epoch = 100

        def __init__(self, settings): ...             # a Settings, below
        def parameters(self): ...                     # theta^0: an array, or a list of (name, array)
        def gradient(self, theta, worker, step): ...  # gradient, loss, correct, samples
        def evaluate(self, theta): ...                # {"loss": ..., "accuracy": ...}

    gradwire_model.serve(MyModel)

README.md explains it; PROTOCOL.md describes the bytes, for other languages.
"""

from __future__ import annotations

import inspect
import mmap
import os
import socket
import struct
import sys
import traceback
from typing import Any, Callable, NamedTuple

import numpy as np

PROTOCOL_VERSION = 1
HELLO, MEMORY, PARAMETERS, GRADIENT, EVALUATE, FAILED = range(1, 7)


class Settings(NamedTuple):
    """What gradwire's experiment file sets, and which of the processes this one is."""

    workers: int  # M
    batch_size: int  # samples per worker and iteration
    seed: int  # the same seed must give the same parameters, batches and gradients
    process: int  # number of this process, from 0; each process serves any worker
    processes: int


class Batch(NamedTuple):
    """A minibatch in a worker's sequence of samples."""

    first: int  # number of samples in the worker's minibatches before this one
    size: int


class Shards:
    """Spreads `samples` training samples over the workers and visits each shard in a new order in
    every epoch. A function of the seed alone."""

    def __init__(self, samples: int, settings: Settings) -> None:
        self.size = samples // settings.workers
        if self.size < settings.batch_size:
            raise ValueError(
                f"{samples} samples are too few for {settings.workers} workers with batches of "
                f"{settings.batch_size}"
            )
        self.seed = settings.seed
        self.batch_size = settings.batch_size
        self.iterations_per_epoch = self.size // settings.batch_size
        order = np.random.default_rng([self.seed, 0]).permutation(samples)
        self.shards = order[: self.size * settings.workers].reshape(settings.workers, self.size)

    def samples(self, worker: int, step: int) -> np.ndarray:
        """Indices of the samples of the worker's minibatch `step`."""
        epoch, iteration = divmod(step, self.iterations_per_epoch)
        random = np.random.default_rng([self.seed, 1, worker, epoch])
        order = random.permutation(self.shards[worker])
        return order[iteration * self.batch_size :][: self.batch_size]


def unflatten(theta: np.ndarray, tensors: list[tuple[str, np.ndarray]]) -> list[np.ndarray]:
    """Views of the flat theta with the shapes of `tensors`, the list that parameters() returned."""
    views, end = [], 0
    for _, tensor in tensors:
        begin, end = end, end + np.size(tensor)
        views.append(theta[begin:end].reshape(np.shape(tensor)))
    return views


def serve(make_model: Callable[[Settings], Any]) -> None:
    """Makes the model, a class or a function of Settings, and answers gradwire's requests until
    gradwire ends the connection."""
    if "GRADWIRE_SOCKET" not in os.environ:
        sys.exit(
            f"{sys.argv[0]} is started by gradwire, as an experiment file's "
            f'"model": {{"name": "external", "command": ["python3", "{sys.argv[0]}"]}} says'
        )
    sys.stdout.reconfigure(line_buffering=True)  # what is printed appears in gradwire's log
    with socket.socket(fileno=int(os.environ["GRADWIRE_SOCKET"])) as connection:
        server = _Server(connection, int(os.environ["GRADWIRE_MEMORY"]), make_model)
        while (request := _receive(connection)) is not None:
            try:
                answer = server.answer(request[0], request[1:])
            except Exception as error:
                traceback.print_exc()
                connection.sendall(_frame(FAILED, _text(_reason(error))))
                sys.exit(1)
            connection.sendall(_frame(request[0], answer))


class _Server:
    def __init__(
        self, connection: socket.socket, memory: int, make_model: Callable[[Settings], Any]
    ) -> None:
        self.connection = connection
        self.memory = memory
        self.make_model = make_model
        self.model: Any = None
        self.tensors: list[tuple[str, np.ndarray]] = []
        self.size = 0
        self.batch_size = 0
        self.arguments: frozenset[str] = frozenset()  # optional ones of model.gradient()
        self.theta = self.read_only_theta = self.out = np.empty(0, np.float32)

    def answer(self, kind: int, members: bytes) -> bytes:
        if kind == GRADIENT:
            return self.gradient(*struct.unpack("<IQQIQ", members))
        if kind == EVALUATE:
            return self.evaluate()
        if kind == HELLO:
            return self.hello(members)
        if kind == MEMORY:
            return self.map(*struct.unpack("<QQQ", members))
        if kind == PARAMETERS:
            _copy(self.tensors, self.tensors, self.theta, "parameters()")
            return b""
        raise ValueError(f"gradwire sent an unknown request, {kind}")

    def hello(self, members: bytes) -> bytes:
        (version,) = struct.unpack_from("<I", members)
        if version != PROTOCOL_VERSION:
            raise ValueError(
                f"gradwire speaks version {version} of the protocol, this gradwire_model.py version "
                f"{PROTOCOL_VERSION}"
            )
        _, workers, batch_size, seed, process, processes = struct.unpack("<IIIQII", members)
        self.model = self.make_model(Settings(workers, batch_size, seed, process, processes))
        self.batch_size = batch_size
        names = inspect.signature(self.model.gradient).parameters
        self.arguments = frozenset(("batch", "out")).intersection(names)
        self.tensors = _named(self.model.parameters())
        self.size = sum(tensor.size for _, tensor in self.tensors)
        data = getattr(self.model, "data", {})
        answer = struct.pack("<IQ", PROTOCOL_VERSION, int(self.model.iterations_per_epoch))
        answer += _text(data.get("digest", ""))
        answer += struct.pack("<QQ", data.get("train_samples", 0), data.get("test_samples", 0))
        answer += struct.pack("<I", len(self.tensors))
        for name, tensor in self.tensors:
            answer += _text(name) + struct.pack(f"<I{tensor.ndim}Q", tensor.ndim, *tensor.shape)
        return answer

    def map(self, theta: int, gradient: int, size: int) -> bytes:
        shared = mmap.mmap(self.memory, size)
        self.theta = np.frombuffer(shared, "<f4", self.size, theta)
        self.out = np.frombuffer(shared, "<f4", self.size, gradient)
        self.read_only_theta = self.theta.view()
        self.read_only_theta.flags.writeable = False
        return b""

    def gradient(self, worker: int, step: int, first: int, size: int, _version: int) -> bytes:
        is_usual = (first, size) == (step * self.batch_size, self.batch_size)
        if "batch" not in self.arguments and not is_usual:
            raise TypeError(
                f"a minibatch of {size} samples is needed, not of batch_size: gradient() must take "
                f"an argument named batch"
            )
        values = {"batch": Batch(first, size), "out": self.out}
        optional = {name: values[name] for name in self.arguments}
        result = self.model.gradient(self.read_only_theta, worker, step, **optional)
        if not isinstance(result, tuple) or len(result) != 4:
            raise TypeError("gradient() must return (gradient, loss, correct, samples)")
        gradient, loss, correct, samples = result
        if gradient is not self.out:
            _copy(gradient, self.tensors, self.out, "the gradient")
        return struct.pack("<dQQ", float(loss), int(correct), int(samples))

    def evaluate(self) -> bytes:
        result = self.model.evaluate(self.read_only_theta)
        return struct.pack("<dd", float(result["loss"]), float(result["accuracy"]))


def _named(parameters: Any) -> list[tuple[str, np.ndarray]]:
    """The tensors with their names, given as an array or a list of (name, array)."""
    if isinstance(parameters, (list, tuple)):
        return [(name, np.asarray(tensor, np.float32)) for name, tensor in parameters]
    return [("parameters", np.asarray(parameters, np.float32))]


def _copy(values: Any, tensors: list[tuple[str, np.ndarray]], out: np.ndarray, what: str) -> None:
    """Copies a flat array of all numbers, or a list of arrays or of (name, array), into `out`."""
    if not isinstance(values, (list, tuple)):
        array = np.asarray(values)
        if array.size != out.size:
            raise ValueError(f"{what} has {array.size} numbers, expected {out.size}")
        np.copyto(out, array.reshape(-1), casting="same_kind")
        return
    if len(values) != len(tensors):
        raise ValueError(f"{what} has {len(values)} tensors, expected {len(tensors)}")
    for value, (name, tensor), place in zip(values, tensors, unflatten(out, tensors)):
        array = np.asarray(value[1] if isinstance(value, tuple) else value)
        if array.shape != tensor.shape:
            raise ValueError(f"{what}: {name} has shape {array.shape}, expected {tensor.shape}")
        np.copyto(place, array, casting="same_kind")


def _reason(error: Exception) -> str:
    """ "ValueError: ... (my_model.py, line 12, in gradient)": the place in the user's program."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    own = [f for f in frames if f.filename == frames[0].filename]
    place = f" ({own[-1].filename}, line {own[-1].lineno}, in {own[-1].name})" if own else ""
    return f"{type(error).__name__}: {error}{place}"


def _text(text: str) -> bytes:
    encoded = text.encode(errors="replace")[:4096]
    return struct.pack("<I", len(encoded)) + encoded


def _frame(kind: int, members: bytes) -> bytes:
    return struct.pack("<IB", 1 + len(members), kind) + members


def _receive(connection: socket.socket) -> bytes | None:
    """The next request: its kind and its members; None at the end of the connection."""
    header = _exactly(connection, 4)
    return header and _exactly(connection, struct.unpack("<I", header)[0])


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            return None
        received += part
    return received

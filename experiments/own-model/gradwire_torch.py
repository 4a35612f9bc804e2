"""Connects a PyTorch module to gradwire. Needs PyTorch (1.13 or newer) and gradwire_model.py."""

import numpy as np
import torch

import gradwire_model


class TorchModel:
    """A classifier: `make_net()` gives the torch.nn.Module, `train` and `test` are PyTorch datasets
    of (input, label). Uses a GPU if there is one. `loss(output, labels)`: mean over the batch."""

    def __init__(self, settings, make_net, train, test, loss=torch.nn.functional.cross_entropy):
        torch.manual_seed(settings.seed)  # every process makes the same net
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.net = make_net().to(self.device)
        for module in self.net.modules():
            if getattr(module, "track_running_stats", False):
                raise ValueError(
                    f"{type(module).__name__} keeps running statistics, which are no parameters and "
                    f"which each process would have of its own: use track_running_stats=False or "
                    f"GroupNorm"
                )
        self.train, self.test, self.loss, self.seed = train, test, loss, settings.seed
        self.shards = gradwire_model.Shards(len(train), settings)
        self.iterations_per_epoch = self.shards.iterations_per_epoch
        named = [(name, p) for name, p in self.net.named_parameters() if p.requires_grad]
        self.tensors = [p for _, p in named]
        self.initial = [(name, p.detach().cpu().numpy().copy()) for name, p in named]

    def parameters(self):
        return self.initial

    def gradient(self, theta, worker, step):
        self.load(theta)
        x, y = self.batch(self.train, self.shards.samples(worker, step))
        # Dropout is the same whenever a method needs this minibatch's gradient at another model.
        torch.manual_seed(np.random.default_rng([self.seed, 2, worker, step]).integers(2**63))
        self.net.train()
        self.net.zero_grad()
        output = self.net(x)
        loss = self.loss(output, y)
        loss.backward()
        gradient = [self.gradient_of(p) for p in self.tensors]
        return gradient, loss.item(), self.correct(output, y), len(x)

    def evaluate(self, theta):
        self.load(theta)
        self.net.eval()
        loss = correct = 0
        with torch.no_grad():
            for part in np.array_split(np.arange(len(self.test)), -(-len(self.test) // 500)):
                x, y = self.batch(self.test, part)
                output = self.net(x)
                loss += self.loss(output, y).item() * len(x)
                correct += self.correct(output, y)
        return {"loss": loss / len(self.test), "accuracy": correct / len(self.test)}

    def load(self, theta):
        views = gradwire_model.unflatten(theta, self.initial)
        with torch.no_grad():
            for tensor, view in zip(self.tensors, views):
                tensor.copy_(torch.tensor(view))

    def batch(self, dataset, samples):
        """Inputs and labels of the samples with these indices."""
        pairs = [dataset[int(i)] for i in samples]
        x, y = torch.utils.data.default_collate(pairs)
        return x.to(self.device), y.to(self.device)

    @staticmethod
    def gradient_of(tensor):
        if tensor.grad is None:  # the loss does not depend on it
            return np.zeros(tensor.shape, np.float32)
        return tensor.grad.detach().cpu().numpy()

    @staticmethod
    def correct(output, labels):
        return int((output.argmax(dim=1) == labels).sum())

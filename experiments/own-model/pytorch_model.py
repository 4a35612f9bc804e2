"""A PyTorch module in gradwire: put your own net and data here."""

import torch

import gradwire_model
from gradwire_torch import TorchModel


def net():
    return torch.nn.Sequential(
        torch.nn.Linear(50, 64), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(64, 10)
    )


def data(samples, seed):
    """Gaussian classes; any dataset of (input, label) serves, such as torchvision's."""
    labels = torch.arange(samples) % 10
    centres = torch.randn(10, 50, generator=torch.Generator().manual_seed(1))
    noise = torch.randn(samples, 50, generator=torch.Generator().manual_seed(seed))
    return torch.utils.data.TensorDataset(centres[labels] + 2 * noise, labels)


if __name__ == "__main__":
    train, test = data(5000, seed=2), data(1000, seed=3)
    gradwire_model.serve(lambda settings: TorchModel(settings, net, train, test))

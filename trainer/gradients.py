"""Gradients of losses by the output of a network: how strongly each term pulls at it, before the network's own derivative."""
import torch

from . import distributed


def by_output(value, output):
    """∂value/∂output; the graph stays for other terms."""
    return torch.autograd.grad(value, output, retain_graph=True)[0]


def squared_norm(gradient):
    return gradient.square().sum()


def mse_squared_norm(value, count):
    """|∂MSE/∂a|² of MSE(a, b) = `value` over `count` numbers: (2/n)² Σ(a − b)² = 4 MSE/n."""
    return 4 * value / count


def norms(squares):
    """{name: norm} by the output of the whole batch, from this process's squared norms of means over its own rows."""
    stacked = torch.stack([square.detach().float() for square in squares.values()])
    distributed.average([stacked])
    return dict(zip(squares, (stacked / distributed.world()).sqrt()))

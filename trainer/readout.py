"""Least-squares fit of a network's last convolution: exact where gradient descent is slow.

The features are the 3×3 neighbourhoods the convolution reads; everything before it stays as it is.
"""
import torch
import torch.nn.functional as F


class LastConvolution:
    """Collects weighted normal equations for a 3×3 convolution and replaces it by the ridge solution around its old weights."""

    def __init__(self, convolution):
        self.convolution = convolution
        width = convolution.weight[0].numel() + 1
        self.gram = torch.zeros(width, width, device=convolution.weight.device)
        self.moment = torch.zeros(width, convolution.out_channels, device=convolution.weight.device)
        self.hook = convolution.register_forward_pre_hook(lambda _, inputs: setattr(self, "features", inputs[0].detach().float()))

    def design(self, rows=None):
        """Neighbourhoods of the features last seen (batch of one), [positions, 9·C + 1]; only of some picture rows if given."""
        width = self.features.shape[3]
        x = F.pad(self.features, (1, 1, 1, 1))[0]
        rows = torch.arange(self.features.shape[2]) if rows is None else rows
        x = torch.stack([x[:, rows + dy, dx:dx + width] for dy in range(3) for dx in range(3)], dim=1)
        x = x.reshape(self.convolution.weight[0].numel(), -1).t()
        return torch.cat([x, torch.ones_like(x[:, :1])], dim=1)

    def add(self, target, weight, rows=None):
        """Target 1×C×H×W for the features last seen, with a weight for the whole sample."""
        x = self.design(rows)
        target = (target if rows is None else target[:, :, rows])[0].flatten(1).t()
        self.gram += weight / len(x) * (x.t() @ x)
        self.moment += weight / len(x) * (x.t() @ target)

    @torch.no_grad()
    def solve(self, ridge):
        """Ridge relative to the mean of the Gram matrix' diagonal."""
        self.hook.remove()
        weight, bias = self.convolution.weight, self.convolution.bias
        old = torch.cat([weight.flatten(1), bias[:, None]], dim=1).t().double()
        gram = self.gram.double()
        penalty = ridge * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
        new = (old + torch.linalg.solve(gram + penalty, self.moment.double() - gram @ old)).float()
        weight.copy_(new[:-1].t().reshape(weight.shape))
        bias.copy_(new[-1])

"""G's first weights: the linear reduction of the latent to LR pixels, so that D_L learns on plausible fakes from the first (§8.17)."""
import torch
import torch.nn.functional as F
from torch import nn

from .downsampler import ConvDownsampler


def linear_fit(inputs, targets):
    """Ridge least squares of B×C×H×W targets on the 3×3 neighbourhoods of B×K×H×W inputs: weight [C,K,3,3], bias [C]."""
    patches = F.unfold(inputs, 3).transpose(1, 2).flatten(0, 1).double()              # inner positions only
    wanted = targets[:, :, 1:-1, 1:-1].flatten(2).transpose(1, 2).flatten(0, 1).double()
    design = torch.cat([patches, torch.ones_like(patches[:, :1])], dim=1)
    ridge = 1e-4 * len(design) * torch.eye(design.shape[1], dtype=design.dtype, device=design.device)
    solution = torch.linalg.solve(design.t() @ design + ridge, design.t() @ wanted).float()
    return solution[:-1].t().reshape(-1, inputs.shape[1], 3, 3), solution[-1]


def select(convolution, rows, columns):
    """Output channels `rows` take input channels `columns` as they are, and nothing else."""
    centre = convolution.kernel_size[0] // 2
    convolution.weight[rows] = 0
    convolution.bias[rows] = 0
    convolution.weight[rows, columns, centre, centre] = 1


@torch.no_grad()
def start_linear(model, weight, bias):
    """A network whose output is the linear map (weight [C,K,3,3], bias [C]) of its last K input channels.

    The map is made by the first convolution and travels in its first C channels: around the residual branches of the convolutional G,
    over the outermost skip connection of a U-Net without norms, whose residual branches start at zero.
    """
    rows = list(range(len(weight)))
    if isinstance(model, ConvDownsampler):
        first, last = model.conv_in, model.conv_out
        for block in model.blocks:
            nn.init.zeros_(block.conv2.weight)
            nn.init.zeros_(block.conv2.bias)
    else:
        first, last = model.input_blocks[0][0], model.out[2]
        skip = model.output_blocks[-1][0].skip_connection
        select(skip, rows, [skip.in_channels - first.out_channels + row for row in rows])
    first.weight[rows] = 0
    first.weight[rows, -weight.shape[1]:] = weight
    first.bias[rows] = bias
    nn.init.zeros_(last.weight)
    select(last, rows, rows)
    return model

"""EfficientNet-Lite0's features (Tan & Le 2019, without squeeze-and-excitation), batch norm folded into the convolutions (features.py).

Pictures are B×3×H×W in [−1, 1]. Strides pad k//2 zeros on every side, as PyTorch; the published weights were trained with
TensorFlow's one-sided padding and still serve.
"""
import torch
import torch.nn.functional as F
from torch import nn

# Of each stage: blocks, kernel, stride of its first block, channels.
STAGES = ((1, 3, 1, 16), (2, 3, 2, 24), (2, 5, 2, 40), (3, 3, 2, 80), (3, 5, 1, 112), (4, 5, 2, 192), (1, 3, 1, 320))
STEM_WIDTH, EXPANSION = 32, 6
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)      # ImageNet's, of values in [0, 1]


def plan():
    """(c_in, c_out, expansion, kernel, stride) of each inverted residual block, in order."""
    blocks, c_in = [], STEM_WIDTH
    for count, kernel, stride, c_out in STAGES:
        for index in range(count):
            blocks.append((c_in, c_out, EXPANSION if blocks else 1, kernel, stride if index == 0 else 1))
            c_in = c_out
    return blocks


def relu6(x):
    """min(max(x, 0), 6). PyTorch 1 has no gradient of it in bfloat16 on a CPU."""
    return F.relu6(x) if x.is_cuda else F.relu6(x.float()).to(x.dtype)


class InvertedResidual(nn.Module):
    """1×1 expansion, depthwise convolution, 1×1 projection; the input is added where shapes allow."""

    def __init__(self, c_in, c_out, expansion, kernel, stride):
        super().__init__()
        wide = expansion * c_in
        self.expand = nn.Conv2d(c_in, wide, 1) if expansion > 1 else None
        self.depthwise = nn.Conv2d(wide, wide, kernel, stride=stride, padding=kernel // 2, groups=wide)
        self.project = nn.Conv2d(wide, c_out, 1)
        self.residual = stride == 1 and c_in == c_out

    def forward(self, x):
        h = relu6(self.expand(x)) if self.expand is not None else x
        h = self.project(relu6(self.depthwise(h)))
        return x + h if self.residual else h


class EfficientNetLite0(nn.Module):
    """Stem and the first `blocks` blocks; returns each block's output. `stem_stride` 2 is the published one, 1 serves small pictures."""

    def __init__(self, blocks, stem_stride=2):
        super().__init__()
        self.stem = nn.Conv2d(3, STEM_WIDTH, 3, stride=stem_stride, padding=1)
        self.blocks = nn.ModuleList(InvertedResidual(*block) for block in plan()[:blocks])
        for name, values in (("mean", MEAN), ("std", STD)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def forward(self, x):
        x = relu6(self.stem(((x + 1) / 2 - self.mean) / self.std))
        levels = []
        for block in self.blocks:
            x = block(x)
            levels.append(x)
        return levels


def channels(blocks):
    """Channels of each block's output."""
    return [c_out for _, c_out, *_ in plan()[:blocks]]

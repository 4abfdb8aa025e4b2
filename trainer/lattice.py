"""The lattice that pixel shuffle and strided networks leave: energy at the periods of 4 and 2 pixels beyond that of nearby frequencies."""
import numpy as np
import torch

from .fidelity import LUMA, luma

NEAR, FAR = 4, 11       # neighbours of a frequency bin k are the bins k ± NEAR … k ± (FAR − 1)
FLOOR = 1e-6            # energy added on both sides, so that a flat picture has 0 dB
SMALLEST = 4 * FAR      # pixels a side, for which the period of 4 has all its neighbours
ROUNDING = float(np.square(LUMA / 255).sum()) / 12      # variance of luma that rounding R, G and B to 8 bit adds


def peak(spectrum, k, floor):
    """dB of [N, bins] energies around bin k over the median of its neighbours."""
    neighbours = torch.cat([torch.arange(k - FAR + 1, k - NEAR + 1), torch.arange(k + NEAR, k + FAR)])
    beyond = spectrum[:, neighbours[neighbours < spectrum.shape[1]]].quantile(0.5, dim=1)
    return 10 * torch.log10((spectrum[:, k - 1:k + 2].mean(1) + floor) / (beyond + floor))


def excess(pictures, variance=0.0):
    """Luma N×H×W in 16..235 → [N, 2]: dB at the periods of 4 and 2 pixels, mean of both directions. Differentiable; `variance` is that of
    white noise the pictures are yet to get. Sides from 44 pixels, else ValueError."""
    if min(pictures.shape[1:]) < SMALLEST:
        raise ValueError(f"Lattice energy needs pictures of {SMALLEST} pixels a side or more")
    both = []
    for lines in (pictures, pictures.transpose(1, 2)):
        length = lines.shape[2]
        window = torch.hann_window(length, periodic=False, dtype=lines.dtype, device=lines.device)
        spectrum = (torch.fft.rfft((lines - lines.mean(2, keepdim=True)) * window, dim=2).abs() ** 2).mean(1)
        floor = FLOOR + variance * float(window.square().sum())
        both.append(torch.stack([peak(spectrum, length // 4, floor), peak(spectrum, length // 2 - 1, floor)], dim=1))
    return (both[0] + both[1]) / 2


def excess_of(x):
    """`excess` of N×3×H×W in [−1, 1], as if it were rounded to 8 bit."""
    weights = torch.as_tensor(LUMA / 255, dtype=x.dtype, device=x.device)
    return excess(16 + torch.einsum("nchw,c->nhw", 127.5 * (x + 1), weights), ROUNDING)


def lattice(images):
    """uint8 N×H×W×3 → [N, 2] as `excess` gives it.

    Only the difference from the ground truth's says something: pictures have such energy of their own.
    """
    return excess(torch.from_numpy(np.stack([luma(image) for image in images]))).numpy()

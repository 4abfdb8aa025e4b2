"""The lattice that pixel shuffle and strided networks leave: energy at the periods of 4 and 2 pixels beyond that of nearby frequencies."""
import numpy as np

from .fidelity import luma

NEAR, FAR = 4, 11       # neighbours of a frequency bin k are the bins k ± NEAR … k ± (FAR − 1)
FLOOR = 1e-6            # energy added on both sides, so that a flat picture has 0 dB
SMALLEST = 4 * FAR      # pixels a side, for which the period of 4 has all its neighbours


def peak(spectrum, k):
    """dB of [N, bins] energies around bin k over the median of its neighbours."""
    neighbours = np.concatenate([np.arange(k - FAR + 1, k - NEAR + 1), np.arange(k + NEAR, k + FAR)])
    beyond = np.median(spectrum[:, neighbours[neighbours < spectrum.shape[1]]], axis=1)
    return 10 * np.log10((spectrum[:, k - 1:k + 2].mean(1) + FLOOR) / (beyond + FLOOR))


def lattice(images):
    """uint8 N×H×W×3 → [N, 2]: dB at the periods of 4 and 2 pixels, mean of both directions. Sides from 44 pixels, else ValueError.

    Only the difference from the ground truth's says something: pictures have such energy of their own.
    """
    pictures = np.stack([luma(image) for image in images])
    if min(pictures.shape[1:]) < SMALLEST:
        raise ValueError(f"Lattice energy needs pictures of {SMALLEST} pixels a side or more")
    both = []
    for lines in (pictures, pictures.swapaxes(1, 2)):
        length = lines.shape[2]
        windowed = (lines - lines.mean(2, keepdims=True)) * np.hanning(length)
        spectrum = (np.abs(np.fft.rfft(windowed, axis=2)) ** 2).mean(1)
        both.append([peak(spectrum, length // 4), peak(spectrum, length // 2 - 1)])
    return np.mean(both, axis=0).T

"""PSNR and SSIM (§7.2): 8-bit pictures, BT.601 studio-range luma, 11×11 Gaussian window of σ 1.5 over the valid area."""
import numpy as np

LUMA = np.array([65.481, 128.553, 24.966])      # of R, G and B in 0..255, times 255 (BT.601, studio range)


def luma(image):
    """uint8 H×W×3 → float64 H×W in 16..235."""
    return 16 + image.astype(np.float64) @ LUMA / 255


def psnr(a, b):
    """Peak signal-to-noise ratio in dB of two arrays with a range of 255."""
    error = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255 ** 2 / error))


def blur(x):
    """Separable 11-tap Gaussian, σ 1.5, valid area."""
    taps = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
    taps /= taps.sum()
    rows = sum(t * x[k:x.shape[0] - 10 + k] for k, t in enumerate(taps))
    return sum(t * rows[:, k:x.shape[1] - 10 + k] for k, t in enumerate(taps))


def ssim(a, b):
    """Mean structural similarity of two H×W arrays with a range of 255."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a ** 2, blur(b * b) - mean_b ** 2
    covariance = blur(a * b) - mean_a * mean_b
    structure = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return float(np.mean(structure / ((mean_a ** 2 + mean_b ** 2 + c1) * (var_a + var_b + c2))))

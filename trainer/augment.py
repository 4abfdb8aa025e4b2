"""DiffAugment for the discriminators (§5.1, §5.5): translation and cutout, differentiable in the picture.

No colour changes: they would hide the colour shifts that D should see. Draws are made apart from their use, so that a test can fix them.
"""
import torch
import torch.nn.functional as F

TRANSLATION, CUTOUT = 0.125, 0.2      # shares of the side


def draw(rng, count, side):
    """Integers [count, 4] for pictures of side×side: shift (y, x) and the cutout's upper left corner (y, x), which may lie outside."""
    reach, box = round(TRANSLATION * side), round(CUTOUT * side)
    shifts = rng.integers(-reach, reach + 1, size=(count, 2))
    corners = rng.integers(-(box // 2), side - box // 2, size=(count, 2))
    return torch.from_numpy(shifts).long(), torch.from_numpy(corners).long()


def augment(x, draws):
    """Shift each picture by whole pixels, zeros from outside; then set a box of 0.2 of the side to zero."""
    shifts, corners = draws
    side = x.shape[2]
    reach, box = round(TRANSLATION * side), round(CUTOUT * side)
    padded = F.pad(x, (reach,) * 4)
    moved = torch.stack([picture[:, reach - dy:reach - dy + side, reach - dx:reach - dx + side]
                         for picture, (dy, dx) in zip(padded, shifts.tolist())])
    place = torch.arange(side)
    inside = (place >= corners[:, :, None]) & (place < corners[:, :, None] + box)          # [B, 2, side]
    hole = inside[:, 0, :, None] & inside[:, 1, None, :]
    return moved * (~hole)[:, None].to(x)

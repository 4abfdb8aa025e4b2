"""Several processes under `torchrun`: each takes its rows of the same global batch, gradients are averaged before every update.

Every process draws the whole batch from the same seeds and keeps rows rank, rank + world, …; so a run on N processes follows the
curve of one process with the same batch, to rounding. Without torchrun all of this does nothing.
"""
import os
from datetime import timedelta

import torch
import torch.distributed as dist


def joined():
    """Whether there is a group; PyTorch may be built without any."""
    return dist.is_available() and dist.is_initialized()


def start():
    """Join the group that torchrun announced in the environment; returns whether there is one."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not joined():
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        # A run may be paused for hours: the default of half an hour would end it.
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo", timeout=timedelta(days=7))
    return joined()


def world():
    return dist.get_world_size() if joined() else 1


def first():
    """Whether this process is the one that evaluates, logs and writes."""
    return not joined() or dist.get_rank() == 0


def mine(*tensors):
    """This process's rows of tensors of one batch size."""
    if world() == 1:
        return tensors
    if len(tensors[0]) % world():
        raise SystemExit(f"a batch of {len(tensors[0])} can't be shared by {world()} processes alike: choose a multiple of {world()}")
    return tuple(tensor[dist.get_rank()::world()] for tensor in tensors)


def gathered(part, count):
    """All `count` rows of which each process has made those that `mine` gives it."""
    if world() == 1:
        return part
    whole = part.new_zeros(count, *part.shape[1:])
    whole[dist.get_rank()::world()] = part
    dist.all_reduce(whole)
    return whole


def agreed(yes):
    """Whether any process says yes, the same answer for all."""
    if world() == 1:
        return yes
    votes = torch.tensor([float(yes)], device="cuda" if torch.cuda.is_available() else "cpu")
    dist.all_reduce(votes)
    return bool(votes > 0)


def average(tensors):
    """Replace each tensor by its mean over the processes; one message for all of them."""
    if world() == 1:
        return
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    dist.all_reduce(flat)
    flat /= world()
    for tensor, part in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(part.view_as(tensor))


def wait():
    """All processes meet here."""
    if joined():
        dist.barrier()

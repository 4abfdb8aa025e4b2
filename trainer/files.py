"""Files of a run that are whole at any moment: written beside the target, flushed to the disk, renamed."""
import json
import math
import os
import zlib
from pathlib import Path

import numpy as np
import torch


def write_whole(path, write, hint=""):
    """write(temporary path), then rename. A killed process or a full disk never leaves half a file. @raises SystemExit"""
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:      # PyTorch's writer reports a full disk as a RuntimeError
        temporary.unlink(missing_ok=True)
        kept = "; the one before it is kept" if path.exists() else ""
        raise SystemExit(f"{path} could not be written ({error}){kept}. Free some space and run the same command again{hint}.") from error


def new_array(path, shape, dtype):
    """A memory-mapped .npy of zeros whose space on the disk is taken: a mapped page without room ends the process without a word. It has
    its name once it is whole, and stays mapped when it gets it. @raises SystemExit where there is no room"""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    try:
        array = np.lib.format.open_memmap(temporary, mode="w+", dtype=dtype, shape=shape)
        with open(temporary, "rb+") as file:
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        size = math.prod(shape) * np.dtype(dtype).itemsize / 2 ** 20
        raise SystemExit(f"{path} takes {size:,.0f} MiB that are not there ({error}). Free some space and run the same command again.") from error
    return array


def save_json(value, path):
    write_whole(path, lambda temporary: temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"))


def load_json(path, default):
    path = Path(path)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else default


def save_checkpoint(payload, path):
    write_whole(path, lambda temporary: torch.save(payload, temporary))


def load_checkpoint(path, where="cpu"):
    """@raises SystemExit that names the stage to run first"""
    path = Path(path)
    if not path.exists():
        raise SystemExit(f"{path} is missing: run the stage `{path.stem.removesuffix('-final')}` first")
    return torch.load(path, map_location=where, weights_only=False)


def load_state(item, states, name, path):
    """Gives a network or an optimiser its state of a checkpoint's part. @raises SystemExit where it has another shape than that"""
    try:
        item.load_state_dict(states[name])
    except (KeyError, RuntimeError, ValueError) as error:
        fault = "it has none" if isinstance(error, KeyError) else str(error).splitlines()[-1].strip()[:160]
        raise SystemExit(f"{path} does not fit the configuration ({name}: {fault}): set that as it was, or remove the file") from None


def fingerprint(state):
    """A number that follows from the values alone, and that other ones hardly have. @param state {name: tensor}"""
    number = 0
    for value in state.values():
        number = zlib.crc32(value.detach().cpu().contiguous().numpy().tobytes(), number)
    return number


def of_the_same(kept, made):
    """Whether a record of what something was made of says no other than `made`: one that an older version wrote lacks some of it."""
    return all(kept.get(name, value) == value for name, value in made.items())


def read_rows(path, until=None):
    """Rows of a JSONL log; a last line that was cut is left out, and so are rows of steps after `until`."""
    rows = []
    if Path(path).exists():
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                continue
    return [row for row in rows if until is None or row["step"] <= until]


def write_rows(rows, path):
    write_whole(path, lambda temporary: temporary.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"))

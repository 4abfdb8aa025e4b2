"""`python -m trainer status`: a line a stage: how much is done, at what rate, how long it still takes, the last validation figures."""
from pathlib import Path

from ..config import stage_config
from ..files import load_checkpoint, load_json, read_rows
from .ablation import ROWS

SHOWN = ("psnr_rgb", "psnr_y", "lpips_alex", "lattice_4")
RECENT = 20      # log rows that the rate is taken from


def duration(seconds):
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


def line(stage, done, total, rate, note=""):
    share, left = f"{done:,} of {total:,}", ""
    if done < total:
        left = f", {rate:.1f} a second, {duration((total - done) / rate)} left" if rate else ", not begun" if not done else ""
    return f"{stage:12} {'done' if done >= total else f'{done / total:4.0%}'}  {share}{left}{note}"


def of_training(config):
    """From the stage's log: samples, the rate of its last rows, and the last row that has validation figures."""
    rows = read_rows(Path(config["runs"]) / f"{config['name']}.jsonl")
    total = config["options"]["samples"]
    if not rows:
        # A restored stage has a checkpoint and no log.
        path = Path(config["runs"]) / f"{config['name']}.pt"
        return line(config["name"], load_checkpoint(path)["samples"] if path.exists() else 0, total, 0)
    recent = [row for row in rows if row["seconds"] >= 0][-RECENT:]
    passed = recent[-1]["seconds"] - recent[0]["seconds"]
    rate = (recent[-1]["samples"] - recent[0]["samples"]) / passed if passed > 0 else 0
    measured = next((row for row in reversed(rows) if any(key.endswith(SHOWN) for key in row)), {})
    figures = ", ".join(f"{key} {value:g}" for key, value in measured.items() if key.endswith(SHOWN))
    return line(config["name"], rows[-1]["samples"], total, rate, f"; {figures}" if figures else "")


def of_official(config):
    done = sum((Path(config["runs"]) / f"{stage}.pt").exists() for stage in ("autoencoder-final", "teacher"))
    return line("official", done, 2, 0, "; the public autoencoder and teacher")


def of_pool(config):
    progress, total = load_json(Path(config["runs"]) / "pool" / "progress.json", {}), config["pool"]["crops"]
    pictures, latents = progress.get("pictures", 0), progress.get("latents", 0)
    spent = duration(progress.get("seconds", 0))
    return line("pool", pictures + latents, 2 * total, 0, f"; of {total:,} crops pictures {pictures:,}, latents {latents:,}; {spent} so far")


def of_targets(config):
    progress = load_json(Path(config["runs"]) / "pool" / "targets.json", {})
    done, seconds = progress.get("done", 0), progress.get("seconds", 0)
    return line("targets", done, config["targets"]["crops"], done / seconds if seconds else 0)


def of_ablation(config):
    kept = load_json(Path(config["runs"]) / "ablation.json", {"runs": []})["runs"]
    return line("ablation", len(kept), len(ROWS) * len(config["seeds"]), 0, "; a run is a row with a seed")


def of_evaluate(config):
    table = load_json(Path(config["runs"]) / "evaluate.json", {})
    rows = sum(len(rows) for kinds in table.values() for rows in kinds.values())
    return f"{'evaluate':12} {rows} rows measured"


OTHERS = {"official": of_official, "pool": of_pool, "targets": of_targets, "ablation": of_ablation, "evaluate": of_evaluate}


def main(config, args):
    for stage in config["stages"]:
        print(OTHERS.get(stage, of_training)(stage_config(config["configs"], stage, config["settings"])))

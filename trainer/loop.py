"""The part that all training stages share: optimiser, EMA, learning rate, logging, checkpoints, time budget.

A step draws everything random from generators that are seeded by (seed, stage, step), so the generators' state is a function
of the step number and a resumed run continues exactly as the uninterrupted one would (same machine, same thread count).
"""
import copy
import json
import os
import time
import zlib
from pathlib import Path

import numpy as np
import torch


# Our own checkpoints hold plain numbers beside tensors; PyTorch 1.13 has the switch, older ones do not know it.
TRUSTED = {"weights_only": False}


def device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def save_whole(payload, path):
    """Write beside the target and rename, so that a killed process never leaves half a checkpoint."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    torch.save(payload, temporary)
    os.replace(temporary, path)


def load_checkpoint(path):
    return torch.load(path, map_location=device(), **TRUSTED)


class Randomness:
    """NumPy and PyTorch generators of one step."""

    def __init__(self, seed, stage, step):
        self.step = step
        self.numpy = np.random.default_rng([seed, zlib.crc32(stage.encode()), step])
        self.torch = torch.Generator().manual_seed(int(self.numpy.integers(2 ** 62)))

    def normal(self, *shape):
        return torch.randn(*shape, generator=self.torch).to(device())


def learning_rate(options, step):
    """Linear warm-up, then a half cosine from lr to lr_end at the last step."""
    warm = min(1.0, (step + 1) / max(1, options.get("warmup", 0)))
    progress = min(1.0, step / max(1, options["steps"]))
    low = options.get("lr_end", 0.0)
    return float(warm * (low + (options["lr"] - low) * 0.5 * (1 + np.cos(np.pi * progress))))


class Training:
    """One stage on one network. `self.ema` holds the averaged copy that is evaluated and exported."""

    def __init__(self, config, stage, model):
        self.stage, self.seed, self.options = stage, config["seed"], config["stage"][stage]
        self.folder = Path(config["runs"])
        self.path = self.folder / f"{stage}.pt"
        self.model = model.to(device())
        self.ema = copy.deepcopy(self.model).requires_grad_(False).eval()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=self.options["lr"], betas=(0.9, 0.99), weight_decay=0)
        self.step, self.samples, self.seconds, self.metrics = 0, 0, 0.0, {}

    def state(self):
        return {"model": self.model.state_dict(), "ema": self.ema.state_dict(), "optimizer": self.optimizer.state_dict(),
                "step": self.step, "samples": self.samples, "seconds": self.seconds, "metrics": self.metrics,
                "seed": self.seed, "options": self.options}

    def resume(self):
        """Continue from the stage's checkpoint; the options of the configuration in use win over the stored ones."""
        stored = load_checkpoint(self.path)
        self.model.load_state_dict(stored["model"])
        self.ema.load_state_dict(stored["ema"])
        self.optimizer.load_state_dict(stored["optimizer"])
        for name in ("step", "samples", "seconds", "metrics", "seed"):
            setattr(self, name, stored[name])

    def save(self):
        save_whole(self.state(), self.path)

    def log(self, **row):
        row = {"step": self.step, "samples": self.samples, "seconds": round(self.seconds, 1), **row}
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / f"{self.stage}.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)

    def update(self, loss):
        """One optimiser step with gradient clipping, then the EMA; a non-finite gradient skips both."""
        rate = learning_rate(self.options, self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options.get("clip", 1.0))
        if not torch.isfinite(norm):
            return float("nan")
        self.optimizer.step()
        # A young average forgets faster: 1 − 1/(step+1)-like decay until it reaches its final value.
        decay = min(self.options.get("ema", 0.999), (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for average, value in zip(self.ema.parameters(), self.model.parameters()):
                average.lerp_(value, 1 - decay)
        return float(norm)

    def run(self, losses_of, evaluate=None, time_budget=None):
        """Train to options["steps"] or until the budget (seconds) is used.

        losses_of(model, randomness) → (loss to descend, {name: number to log}, samples seen);
        evaluate(ema model) → {name: number}, called every `evaluate_every` steps and at the end.
        """
        every = self.options.get("evaluate_every", 1000)
        started = saved = time.monotonic()
        mark, logged = started, {}
        self.model.train()
        while self.step < self.options["steps"]:
            loss, parts, samples = losses_of(self.model, Randomness(self.seed, self.stage, self.step))
            parts = {**parts, "loss": loss.item(), "grad_norm": self.update(loss)}
            self.step, self.samples = self.step + 1, self.samples + samples
            for name, value in parts.items():
                logged.setdefault(name, []).append(value)
            now = time.monotonic()
            self.seconds, mark = self.seconds + now - mark, now
            if self.step % self.options.get("log_every", 100) == 0:
                self.log(**{name: round(sum(values) / len(values), 6) for name, values in logged.items()})
                logged = {}
            if evaluate and self.step % every == 0:
                self.measure(evaluate)
            if now - saved > 60:
                self.save()
                saved = now
            if time_budget and now - started > time_budget:
                break
        if evaluate and self.step % every:
            self.measure(evaluate)
        self.save()

    def measure(self, evaluate):
        with torch.no_grad():
            self.metrics = evaluate(self.ema)
        self.log(**self.metrics)

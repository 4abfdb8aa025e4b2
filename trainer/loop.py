"""The part that all training stages share: optimisers, averages, learning rate, logging, checkpoints, time budget.

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
from tqdm import tqdm

from . import distributed

# Our own checkpoints hold plain numbers beside tensors; PyTorch 1.13 has the switch, older ones do not know it.
TRUSTED = {"weights_only": False}


def device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def save_whole(payload, path):
    """Write beside the target and rename, so that a killed process or a full disk never leaves half a checkpoint."""
    path = Path(path)
    temporary = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(payload, temporary)
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:      # PyTorch's writer reports a full disk as a RuntimeError
        temporary.unlink(missing_ok=True)
        kept = "; the checkpoint before it is kept" if path.exists() else ""
        raise SystemExit(f"{path} could not be written ({error}){kept}. Free some space and continue with --resume.") from error


def load_checkpoint(path):
    if not Path(path).exists():
        raise SystemExit(f"{path} is missing: run the stage `{Path(path).stem.removesuffix('-final')}` first, or `restore` the shipped weights")
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
    """One stage: the networks it trains by name, each with an average (evaluated and exported) and an optimiser of its own."""

    def __init__(self, config, networks):
        self.stage, self.seed, self.options = config["name"], config["seed"], config["options"]
        self.folder = Path(config["runs"])
        self.path = self.folder / f"{self.stage}.pt"
        self.networks = {name: network.to(device()) for name, network in networks.items()}
        self.averages = {name: copy.deepcopy(network).requires_grad_(False).eval() for name, network in self.networks.items()}
        self.optimizers = {name: self.optimizer_for(name) for name in self.networks}
        self.step, self.samples, self.seconds, self.metrics = 0, 0, 0.0, {}

    def optimizer_for(self, name):
        """Adam; `betas` may be given per network ([options.betas]), as discriminators usually have no momentum."""
        betas = self.options.get("betas", {}).get(name, (0.9, 0.99))
        return torch.optim.Adam(self.networks[name].parameters(), lr=self.options["lr"], betas=tuple(betas))

    def state(self):
        states = {part: {name: item.state_dict() for name, item in getattr(self, part).items()}
                  for part in ("networks", "averages", "optimizers")}
        return {**states, "step": self.step, "samples": self.samples, "seconds": self.seconds, "metrics": self.metrics,
                "seed": self.seed, "options": self.options}

    def resume(self):
        """Continue from the stage's checkpoint; the options of the configuration in use win over the stored ones."""
        stored = load_checkpoint(self.path)
        for part in ("networks", "averages", "optimizers"):
            for name, item in getattr(self, part).items():
                if name in stored[part]:                   # `restore` knows no optimisers
                    item.load_state_dict(stored[part][name])
        for name in ("step", "samples", "seconds", "metrics", "seed"):
            setattr(self, name, stored[name])

    def save(self):
        if distributed.first():
            save_whole(self.state(), self.path)

    def strip_path(self):
        """Where the picture of this step goes."""
        return self.folder / "strips" / f"{self.stage}-{self.step:06d}.png"

    def log(self, **row):
        row = {"step": self.step, "samples": self.samples, "seconds": round(self.seconds, 1), **row}
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / f"{self.stage}.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        tqdm.write(json.dumps(row))

    def descend(self, name, loss, keep_graph=False):
        """One update of one network and its average; returns the gradient's norm before clipping.

        Only this network's parameters get a gradient, also where the loss reaches them through others (eq. 7: through D and G). A
        non-finite gradient changes nothing and returns nan.
        """
        network, optimizer = self.networks[name], self.optimizers[name]
        parameters = list(network.parameters())
        gradients = torch.autograd.grad(loss, parameters, retain_graph=keep_graph, allow_unused=True)
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = torch.zeros_like(parameter) if gradient is None else gradient
        distributed.average([parameter.grad for parameter in parameters])
        norm = torch.nn.utils.clip_grad_norm_(parameters, self.options.get("clip", 1.0))
        if not torch.isfinite(norm):
            return float("nan")
        rate = learning_rate(self.options, self.step) * self.options.get("rates", {}).get(name, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        self.follow(name)
        return float(norm)

    @torch.no_grad()
    def follow(self, name):
        """The average moves towards the network; a young one forgets faster, until its decay reaches the final value."""
        decay = min(self.options.get("ema", 0.999), (1 + self.step) / (10 + self.step))
        network, average = self.networks[name], self.averages[name]
        for mean, value in zip(average.parameters(), network.parameters()):
            mean.lerp_(value, 1 - decay)
        for kept, value in zip(average.buffers(), network.buffers()):
            kept.copy_(value)

    def run(self, iterate, evaluate=None, time_budget=None):
        """Train to options["steps"] or until the budget (seconds) is used.

        iterate(randomness) makes the step's updates (`descend`) and returns ({name: number to log}, samples seen);
        evaluate() → {name: number}, called every `evaluate_every` steps and at the end.
        """
        every = self.options.get("evaluate_every", 1000)
        started = saved = mark = time.monotonic()
        logged = {}
        bar = tqdm(total=self.options["steps"], initial=self.step, desc=self.stage, unit="step", disable=None if distributed.first() else True)
        while self.step < self.options["steps"]:
            parts, samples = iterate(Randomness(self.seed, self.stage, self.step))
            self.step, self.samples = self.step + 1, self.samples + samples
            for name, value in parts.items():
                logged.setdefault(name, []).append(value)
            now = time.monotonic()
            self.seconds, mark = self.seconds + now - mark, now
            bar.update()
            if self.step % self.options.get("log_every", 100) == 0:
                self.log_means(logged)
                logged = {}
            if evaluate and self.step % every == 0:
                self.measure(evaluate)
            if now - saved > 60:
                self.save()
                saved = now
            if self.out_of_time(time_budget, now - started):
                break
        bar.close()
        if evaluate and self.step % every:
            self.measure(evaluate)
        self.save()
        distributed.wait()

    def log_means(self, logged):
        means = torch.tensor([sum(values) / len(values) for values in logged.values()], dtype=torch.float64, device=device())
        distributed.average([means])
        if distributed.first():
            self.log(**{name: round(value, 6) for name, value in zip(logged, means.tolist())})

    def out_of_time(self, budget, used):
        """Whether the budget is used up; all processes stop at the same step, when one of them says so."""
        over = torch.tensor([float(bool(budget) and used > budget)], device=device())
        distributed.average([over])
        return bool(over > 0)

    def measure(self, evaluate):
        if distributed.first():
            with torch.no_grad():
                self.metrics = evaluate()
            self.log(**self.metrics)
        distributed.wait()

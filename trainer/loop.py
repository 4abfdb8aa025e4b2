"""The part that all training stages share: optimisers, averages, learning rate, precision, logging, checkpoints, time budget.

Lengths and schedules are given in samples, so that they mean the same at any batch size and on any machine. A step draws everything
random from generators that are seeded by (seed, stage, step): the generators' state is a function of the step number, and a resumed
run continues exactly as the uninterrupted one would (same machine, same thread count).
"""
import copy
import json
import time
import zlib
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import distributed, precision
from .files import load_checkpoint, load_state, read_rows, save_checkpoint, write_rows


def device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Randomness:
    """NumPy and PyTorch generators of one step."""

    def __init__(self, seed, stage, step):
        self.step = step
        self.numpy = np.random.default_rng([seed, zlib.crc32(stage.encode()), step])
        self.torch = torch.Generator().manual_seed(int(self.numpy.integers(2 ** 62)))

    def normal(self, *shape):
        return torch.randn(*shape, generator=self.torch).to(device())


def round_ends(options):
    """Samples at which the rounds of a stage end."""
    rounds = options.get("rounds", 1)
    return [options["samples"] * (index + 1) // rounds for index in range(rounds)]


def learning_rate(options, samples):
    """Linear warm-up over `warmup` samples, times a half cosine from lr to lr_end at the last sample. With `rounds`, at the last of each of
    so many equal ones: the next begins where a cosine to its own end would be."""
    warm = min(1.0, (samples + options["batch"]) / max(options["batch"], options.get("warmup", 0)))
    end = next((end for end in round_ends(options) if end > samples), options["samples"])
    progress = min(1.0, samples / max(1, end))
    low = options.get("lr_end", 0.0)
    return float(warm * (low + (options["lr"] - low) * 0.5 * (1 + np.cos(np.pi * progress))))


class Training:
    """One stage: the networks it trains by name, each with an average (evaluated and exported) and an optimiser of its own.

    Continues from the stage's checkpoint where there is one.
    """

    def __init__(self, config, networks):
        if "options" not in config:
            raise SystemExit(f"{config.get('configs')} has no settings of the stage {config['name']}: neither {config['name']}.toml nor [options]")
        self.stage, self.seed, self.options = config["name"], config["seed"], config["options"]
        self.folder = Path(config["runs"])
        self.path = self.folder / f"{self.stage}.pt"
        stored = load_checkpoint(self.path, device()) if self.path.exists() else None
        self.precision = precision.continued(stored and stored["precision"], config.get("precision"))
        self.networks = {name: self.precision.place(network.to(device())) for name, network in networks.items()}
        self.averages = {name: copy.deepcopy(network).requires_grad_(False).eval() for name, network in self.networks.items()}
        self.optimizers = {name: self.optimizer_for(name) for name in self.networks}
        self.step, self.samples, self.seconds, self.metrics, self.history = 0, 0, 0.0, {}, []
        if stored:
            self.load(stored)
        if distributed.first() and self.log_path.exists():      # rows after the checkpoint go, at the start all: their steps are made again
            write_rows(read_rows(self.log_path, self.step or -1), self.log_path)
        if distributed.first() and not self.finished:
            self.note_precision(stored)

    @property
    def finished(self):
        return self.samples >= self.options["samples"]

    def optimizer_for(self, name):
        """AdamW; `betas` and `rates` may be given per network ([options.betas]), and a network may give parts of it rates of their
        own (`parameter_groups`), relative to the rest."""
        network, betas = self.networks[name], self.options.get("betas", {}).get(name, (0.9, 0.99))
        groups = network.parameter_groups(self.options.get("part_rates", {})) if hasattr(network, "parameter_groups") else [{"params": list(network.parameters()), "scale": 1.0}]
        return torch.optim.AdamW(groups, lr=self.options["lr"], betas=tuple(betas), weight_decay=self.options.get("weight_decay", 0.0))

    def state(self):
        states = {part: {name: item.state_dict() for name, item in getattr(self, part).items()}
                  for part in ("networks", "averages", "optimizers")}
        return {**states, "step": self.step, "samples": self.samples, "seconds": self.seconds, "metrics": self.metrics, "seed": self.seed,
                "options": self.options, "precision": self.precision.state(), "history": self.history}

    def load(self, stored):
        """The options of the configuration in use win over the stored ones. Of a finished stage that was carried here there may be the
        averages alone (stages/carry.py)."""
        own = {name: [{key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups]
               for name, optimizer in self.optimizers.items()}
        for part in ("networks", "averages", "optimizers"):
            for name, item in getattr(self, part).items() if part in stored else ():
                load_state(item, stored[part], name, self.path)
        for name, optimizer in self.optimizers.items():      # an optimiser's state has the options that it began with
            for group, options in zip(optimizer.param_groups, own[name]):
                group.update(options)
        for name in ("step", "samples", "seconds", "metrics", "seed", "history"):
            setattr(self, name, stored[name])
        if "optimizers" not in stored and not self.finished:
            raise SystemExit(f"{self.path} holds the result of {self.samples:,} samples and not what further training needs: "
                             f"remove it to train {self.stage} anew")

    def note_precision(self, stored):
        """Says on which processor and in which precision the run goes on, and keeps it in the checkpoint where that changed."""
        chosen = self.precision
        if not stored or stored["precision"] != chosen.state():
            self.history.append({"step": self.step, **chosen.state()})
            print(f"{self.stage}: {'bfloat16' if chosen.bf16 else 'single precision'}{', channels last' if chosen.channels_last else ''}, "
                  f"{f'{chosen.gflops:g} GFLOP/s measured' if chosen.gflops else 'as configured'} ({chosen.processor})", flush=True)

    def save(self):
        if distributed.first():
            save_checkpoint(self.state(), self.path)

    @property
    def log_path(self):
        return self.folder / f"{self.stage}.jsonl"

    def strip_path(self):
        """Where the picture of this step goes."""
        return self.folder / "strips" / f"{self.stage}-{self.step:06d}.png"

    def log(self, **row):
        row = {"step": self.step, "samples": self.samples, "seconds": round(self.seconds, 1), **row}
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.log_path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        tqdm.write(json.dumps(row))

    def descend(self, name, loss):
        """One update of one network and its average; returns the gradient's norm before clipping.

        Only this network's parameters get a gradient, also where the loss reaches them through others (eq. 7: through D and G). A
        non-finite gradient changes nothing and returns nan.
        """
        network, optimizer = self.networks[name], self.optimizers[name]
        parameters = list(network.parameters())
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = torch.zeros_like(parameter) if gradient is None else gradient
        distributed.average([parameter.grad for parameter in parameters])
        norm = torch.nn.utils.clip_grad_norm_(parameters, self.options.get("clip", 1.0))
        if not torch.isfinite(norm):
            return float("nan")
        rate = learning_rate(self.options, self.samples) * self.options.get("rates", {}).get(name, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["scale"]
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
        """Train to options["samples"] or until the budget (seconds) is used; returns whether it is finished.

        iterate(randomness) makes the step's updates (`descend`) and returns ({name: number to log}, samples seen);
        evaluate() → {name: number}, called every `evaluate_every` samples and at the end.
        """
        if not self.step:
            self.save()      # keeps what was measured at the start
        every, log_every = self.options.get("evaluate_every", 10 ** 9), self.options.get("log_every", 100)
        started = saved = mark = time.monotonic()
        logged, measured_at = {}, self.samples
        bar = tqdm(total=self.options["samples"], initial=self.samples, desc=self.stage, unit="sample", mininterval=5,
                   disable=None if distributed.first() else True)
        while not self.finished:
            parts, samples = iterate(Randomness(self.seed, self.stage, self.step))
            before, self.step, self.samples = self.samples, self.step + 1, self.samples + samples
            for name, value in parts.items():
                logged.setdefault(name, []).append(value)
            now = time.monotonic()
            self.seconds, mark = self.seconds + now - mark, now
            bar.update(samples)
            if self.step % log_every == 0:
                self.log_means(logged)
                logged = {}
            if evaluate and self.samples // every > before // every:
                self.measure(evaluate)
                measured_at, mark = self.samples, time.monotonic()
            if now - saved > 60 and not self.finished:
                self.save()
                saved = now
            if distributed.agreed(bool(time_budget) and now - started > time_budget):
                break
        bar.close()
        if evaluate and measured_at != self.samples and (self.finished or not time_budget):
            self.measure(evaluate)
        self.save()
        distributed.wait()
        return self.finished

    def log_means(self, logged):
        means = torch.tensor([sum(values) / len(values) for values in logged.values()], dtype=torch.float64, device=device())
        distributed.average([means])
        if distributed.first():
            self.log(**{name: round(value, 6) for name, value in zip(logged, means.tolist())})

    def measure(self, evaluate):
        if distributed.first():
            with torch.no_grad():
                self.metrics = evaluate()
            self.log(**self.metrics)
        distributed.wait()

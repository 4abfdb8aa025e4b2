"""Stage `autoencoder`: reconstruction of random crops, without a codebook or an adversary.

The encoder is later applied to bicubic enlargements as well as to sharp pictures (§1.7), so a share of the crops is reduced and
enlarged ×4 first; a few are one flat colour, which GroupNorm makes hard (trainer/start.py). Noise on the latent makes the decoder
bear the diffusion networks' errors. At the end the latents' normalisation is folded into the 1×1 convolutions, and the averaged
weights are written to autoencoder-final.pt, which the other stages use. With `decoder_only` the latents stay what they are, and so do
the diffusion networks that were trained on them.
"""
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from .. import distributed
from ..config import build_autoencoder, eval_files, precision
from ..data import Crops, enlarge4, read_image, reduce4, to_tensor, to_uint8
from ..grow import fit_details, grow_autoencoder
from ..loop import Randomness, Training, device, save_whole
from ..metrics import compare
from ..pairs import size_and_count
from ..strips import save_strip


def reconstruction_loss(y, x):
    """L1 + MSE + L1 of horizontal and vertical differences, all on B×3×H×W in [−1, 1]."""
    error = y - x
    gradient = error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()
    l1, mse = error.abs().mean(), error.square().mean()
    return l1 + mse + 0.5 * gradient, {"l1": l1.item(), "mse": mse.item()}


def batch_of(crops, options, random):
    """This process's share of one batch of crops of one random size, a share of them blurred, a share flat."""
    rng = random.numpy
    size, count = size_and_count(options, rng)
    x = crops.sample(rng, count, size)
    blurred = torch.from_numpy(rng.random(count) < options["blurred_share"])
    if blurred.any():
        x[blurred] = enlarge4(reduce4(x[blurred])).clamp(-1, 1)
    flat = torch.from_numpy(rng.random(count) < options["flat_share"])
    x[flat] = torch.from_numpy(rng.uniform(-1, 1, (int(flat.sum()), 3, 1, 1))).float().expand(-1, -1, size, size)
    return distributed.mine(x.to(device()))[0], count


def autoencoder_losses(config, crops, model, random):
    """(loss, {name: number}, samples) of one step."""
    options = config["options"]
    x, count = batch_of(crops, options, random)
    with precision(config):
        with torch.set_grad_enabled(not options.get("decoder_only")):
            z = model.encode(x).float()
        spread = z.detach().std(dim=(0, 2, 3), keepdim=True)
        noise, = distributed.mine(random.normal(count, *z.shape[1:]))
        y = model.decode(z + options["latent_noise"] * spread * noise)
    return *reconstruction_loss(y.float(), x), count


def round_trip(model, images):
    """Decode(Encode(·)) of uint8 N×H×W×3, one picture at a time to bound the memory."""
    outputs = [to_uint8(model.decode(model.encode(to_tensor(image[None]).to(device())))) for image in images]
    return [output[0] for output in outputs]


def flat_error(model):
    """Largest deviation (8-bit steps) over the inside of flat 128×128 patches of eight colours."""
    corners = torch.tensor([[r, g, b] for r in (-0.8, 0.8) for g in (-0.8, 0.8) for b in (-0.8, 0.8)], device=device())
    x = corners[:, :, None, None].expand(-1, -1, 128, 128)
    return float((model.decode(model.encode(x)) - x)[:, :, 16:-16, 16:-16].abs().max() * 127.5)


@torch.no_grad()
def normalise_latents(model, crops, random, count):
    """Shift and scale each latent channel to mean 0 and deviation 1 over sharp crops, exactly undone before the decoder:
    quant_conv becomes (z − m)/s, post_quant_conv takes s·z + m. All of it is linear, so pictures do not change."""
    images = crops.sample(random.numpy, count, 256).to(device())
    z = torch.cat([model.encode(image[None]) for image in images])
    mean, spread = z.mean(dim=(0, 2, 3)), z.std(dim=(0, 2, 3))
    into, back = model.quant_conv, model.post_quant_conv
    into.weight.div_(spread[:, None, None, None])
    into.bias.sub_(mean).div_(spread)
    back.bias.add_(back.weight[:, :, 0, 0] @ mean)
    back.weight.mul_(spread[None, :, None, None])


def start(config, crops):
    """The untrained network; with `grow_from` in the options, one that starts from shipped weights, its own preset's or a smaller
    one's."""
    torch.manual_seed(config["seed"])
    model, smaller = build_autoencoder(config), config["options"].get("grow_from")
    if not smaller:
        return model
    weights = {name: value.float() for name, value in load_file(smaller).items()}
    known = len(weights["quant_conv.weight"])
    grow_autoencoder(model, weights)
    if known == config["autoencoder"]["embed_dim"]:
        return model
    random = Randomness(config["seed"], "details", 0).numpy
    batches = (crops.sample(random, 4, 128) for _ in range(config["options"].get("detail_batches", 40)))
    share = fit_details(model, known, batches)
    print(f"the new latents hold {share:.0%} of what the smaller autoencoder loses", flush=True)
    return model


def final_state(training, options):
    """What autoencoder-final.pt holds. A decoder's second training adds to the first one's account, and names the step of the encoder,
    on which the pool's latents depend."""
    state = training.state()
    if not options.get("decoder_only"):
        return state
    shipped = Path(options["grow_from"])
    before = next(item["training"] for item in json.loads((shipped.parent / "manifest.json").read_text())["files"] if item["name"] == shipped.name)
    return {**state, "step": state["step"] + before["steps"], "samples": state["samples"] + before["samples"],
            "seconds": state["seconds"] + 3600 * before["hours"], "encoder_step": before.get("encoder_steps", before["steps"])}


def main(config, args):
    crops = Crops(config["data"])
    training = Training(config, {"autoencoder": start(config, crops)})
    if args.resume:
        training.resume()
    references = [read_image(path) for path in eval_files(config)]
    average = training.averages["autoencoder"]

    def iterate(random):
        loss, parts, samples = autoencoder_losses(config, crops, training.networks["autoencoder"], random)
        return {**parts, "loss": loss.item(), "norm_autoencoder": training.descend("autoencoder", loss)}, samples

    def evaluate():
        outputs = round_trip(average, references)
        save_strip(training.strip_path(), np.stack(outputs[:4]), np.stack(references[:4]))
        return {**compare(outputs, references), "flat_error": round(flat_error(average), 2)}

    training.run(iterate, evaluate, args.time_budget)
    if distributed.first():
        if not config["options"].get("decoder_only"):
            normalise_latents(average, crops, Randomness(config["seed"], "latents", 0), config["options"].get("latent_crops", 64))
        save_whole(final_state(training, config["options"]), training.folder / "autoencoder-final.pt")

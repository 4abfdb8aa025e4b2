"""Stage `autoencoder`: reconstruction of random crops, without a codebook or an adversary.

The encoder is later applied to bicubic enlargements as well as to sharp pictures (§1.7), so a share of the crops is reduced and
enlarged ×4 first. Noise on the latent makes the decoder bear the diffusion networks' errors.
"""
import torch

from ..config import build_autoencoder, eval_files
from ..data import Crops, enlarge4, read_image, reduce4, to_tensor, to_uint8
from ..loop import Training, device
from ..metrics import compare


def reconstruction_loss(y, x):
    """L1 + MSE + L1 of horizontal and vertical differences, all on B×3×H×W in [−1, 1]."""
    error = y - x
    gradient = error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()
    l1, mse = error.abs().mean(), error.square().mean()
    return l1 + mse + 0.5 * gradient, {"l1": l1.item(), "mse": mse.item()}


def batch_of(crops, options, random):
    """One batch: all crops of a size drawn from `crop_sizes` (pixels stay about constant), a share of them blurred."""
    rng = random.numpy
    size = int(rng.choice(options["crop_sizes"], p=options["crop_shares"]))
    count = max(1, round(options["batch"] * (options["crop_sizes"][0] / size) ** 2))
    x = crops.sample(rng, count, size)
    blurred = torch.from_numpy(rng.random(count) < options["blurred_share"])
    if blurred.any():
        x[blurred] = enlarge4(reduce4(x[blurred])).clamp(-1, 1)
    return x.to(device())


def autoencoder_losses(crops, options):
    def losses_of(model, random):
        x = batch_of(crops, options, random)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=options.get("bf16", False)):
            z = model.encode(x).float()
            spread = z.detach().std(dim=(0, 2, 3), keepdim=True)
            y = model.decode(z + options["latent_noise"] * spread * random.normal(*z.shape))
        loss, parts = reconstruction_loss(y.float(), x)
        return loss, parts, len(x)
    return losses_of


def round_trip(model, images):
    """Decode(Encode(·)) of uint8 N×H×W×3, one picture at a time to bound the memory."""
    outputs = [to_uint8(model.decode(model.encode(to_tensor(image[None]).to(device())))) for image in images]
    return [output[0] for output in outputs]


def flat_error(model):
    """Largest deviation (8-bit steps) over the inside of flat 128×128 patches of eight colours."""
    corners = torch.tensor([[r, g, b] for r in (-0.8, 0.8) for g in (-0.8, 0.8) for b in (-0.8, 0.8)], device=device())
    x = corners[:, :, None, None].expand(-1, -1, 128, 128)
    return float((model.decode(model.encode(x)) - x)[:, :, 16:-16, 16:-16].abs().max() * 127.5)


def main(config, args):
    options = config["stage"]["autoencoder"]
    torch.manual_seed(config["seed"])
    training = Training(config, "autoencoder", build_autoencoder(config))
    if args.resume:
        training.resume()
    crops = Crops(config["data"])
    references = [read_image(path) for path in eval_files(config)]

    def evaluate(model):
        return {**compare(round_trip(model, references), references), "flat_error": round(flat_error(model), 2)}

    training.run(autoencoder_losses(crops, options), evaluate, args.time_budget)

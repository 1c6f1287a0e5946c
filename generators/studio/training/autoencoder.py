"""Trains the small autoencoder (64 px <-> 8 x 8 x 8) whose latents all else is built on, then encodes the pool."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .common import (
    Average,
    Clock,
    adamw,
    keep,
    learning_rate,
    picture_loss,
    psnr,
    save_grid,
    set_rate,
    to_pictures,
    to_tensor,
)

SIZE, CHANNELS, WIDTH, HELD = 64, 8, 48, 64


def build() -> AutoencoderTiny:
    """Three halvings: 64 px to 8 x 8 latents."""
    return AutoencoderTiny(
        encoder_block_out_channels=(WIDTH,) * 4,
        decoder_block_out_channels=(WIDTH,) * 4,
        latent_channels=CHANNELS,
        num_encoder_blocks=(0, 1, 2, 3),
        num_decoder_blocks=(3, 2, 1, 0),
        force_upcast=False,
    ).to(memory_format=torch.channels_last)


def halve(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures at half the size, by the mean of each 2 x 2 block."""
    n, h, w, c = pictures.shape
    blocks = pictures.reshape(n, h // 2, 2, w // 2, 2, c)
    means: NDArray[np.float64] = blocks.mean((2, 4))
    return means.round().astype(np.uint8)


def load_pool(run: Path) -> NDArray[np.uint8]:
    """The pool at 64 px."""
    pool = np.load(run / "pool.npy", mmap_mode="r")
    return np.concatenate([halve(pool[i : i + 500]) for i in range(0, len(pool), 500)])


def loss_of(model: AutoencoderTiny, batch: Tensor) -> Tensor:
    """Reconstruction through noisy latents: they become smooth, and small errors of the diffusion model harmless."""
    with torch.autocast("cpu", torch.bfloat16):
        latents = model.encode(batch).latents
        made = model.decode(latents + 0.15 * torch.randn_like(latents)).sample
    made, plain = made.float(), latents.float()
    coarse = functional.l1_loss(functional.avg_pool2d(made, 4), functional.avg_pool2d(batch, 4))
    # A spread of about one and no far outliers: the diffusion model wants that of its data.
    spread = 0.02 * (plain.std() - 1) ** 2 + 0.002 * plain.pow(2).mean()
    return picture_loss(made, batch) + coarse + spread


def report(model: AutoencoderTiny, held: Tensor, run: Path, seconds: float) -> None:
    """Prints the held-out quality and draws originals over reconstructions."""
    with torch.no_grad():
        with torch.autocast("cpu", torch.bfloat16):
            latents = model.encode(held).latents
            made = model.decode(latents).sample.float()
        deviation = float(latents.float().std())
        print(f"{seconds:.0f}s held-out psnr {psnr(made, held):.2f} dB, latent deviation {deviation:.3f}", flush=True)
        true, again = to_pictures(held), to_pictures(made)
        save_grid([true[:16], again[:16], true[16:32], again[16:32]], run / "autoencoder.png")
        model.save_pretrained(run / "autoencoder")


def train(run: Path, minutes: float, batch: int, rate: float, seed: int) -> None:
    """Resumable: the checkpoint holds weights, optimiser, average, step and clock."""
    torch.manual_seed(seed)
    pool, dice = load_pool(run), np.random.default_rng(seed)
    model = build()
    optimiser, average = adamw(model.parameters(), rate), Average(model.parameters(), 0.998)
    step, clock, place, shown = 0, Clock(minutes), run / "autoencoder.pt", 0.0
    if place.exists():
        state = torch.load(place)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average.kept, average.updates, step = state["average"], state["step"], state["step"]
        clock = Clock(minutes, state["spent"])
        shown = clock.spent
    held = to_tensor(pool[-HELD:])
    while clock.done < 1:
        set_rate(optimiser, learning_rate(rate, step, 100, clock.done))
        loss = loss_of(model, to_tensor(pool[dice.integers(0, len(pool) - HELD, batch)]))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update()
        step += 1
        if step % 200 == 0:
            print(f"{clock.spent:.0f}s step {step} loss {loss.item():.4f}", flush=True)
        if clock.spent - shown > 180:
            shown = clock.spent
            average.swapped(lambda: report(model, held, run, clock.spent))
            keep(
                place,
                {
                    "model": model.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "average": average.kept,
                    "step": step,
                    "spent": clock.spent,
                },
            )
    average.swapped(lambda: report(model, held, run, clock.spent))
    model = AutoencoderTiny.from_pretrained(run / "autoencoder").to(memory_format=torch.channels_last)
    torch.save(encode(model, pool), run / "latents.pt")


def encode(model: AutoencoderTiny, pictures: NDArray[np.uint8]) -> Tensor:
    """The latents of 64-px pictures."""
    with torch.no_grad():
        parts = []
        for start in range(0, len(pictures), 64):
            parts.append(model.encode(to_tensor(pictures[start : start + 64])).latents.float())
        return torch.cat(parts)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("run"))
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    train(args.run, args.minutes, args.batch, args.rate, args.seed)


if __name__ == "__main__":
    main()

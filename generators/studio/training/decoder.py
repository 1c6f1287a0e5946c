"""Trains the decoder of the shipped autoencoder: 8 x 8 latents to pictures of 512 px, the lower levels first."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn
from torch.nn import functional

from .common import picture_loss, psnr, save_grid, to_pictures
from .large import SIZE, WIDTHS, Teacher, Training, build, held_out
from .norm import quicken

# Decoder levels that must run for a picture of that size.
LEVELS = {64: 3, 128: 4, 256: 5, 512: len(WIDTHS)}
# Up to which share of the time which batches of (size, number) take turns. The lower levels settle what is drawn
# where, and learn it twenty times faster from small pictures; the upper ones only draw it sharply.
SCHEDULE = ((0.12, [(128, 16)]), (0.35, [(256, 4)]), (1.0, [(64, 32), (64, 32), (128, 16), (512, 2), (512, 2)]))


def build_heads() -> nn.ModuleList:
    """Throw-away outputs that let the lower levels learn before the upper ones do."""
    heads = nn.ModuleList(nn.Conv2d(width, 3, 3, padding=1) for width in WIDTHS[:0:-1])
    return heads.to(memory_format=torch.channels_last)


def decode(model: AutoencoderKL, heads: nn.ModuleList, latents: Tensor, levels: int) -> dict[int, Tensor]:
    """Pictures by size: the throw-away outputs at 64 px and at the top, and the real one if all levels run."""
    decoder: Any = model.decoder
    x, made = decoder.mid_block(decoder.conv_in(latents)), {}
    for level, block in enumerate(decoder.up_blocks[:levels]):
        x = block(x)
        size = x.shape[-1]
        if level < len(WIDTHS) - 1 and (level == levels - 1 or size == 64):
            made[size] = heads[level](functional.silu(x)).float()
    if levels == len(WIDTHS):
        made[SIZE] = decoder.conv_out(decoder.conv_act(decoder.conv_norm_out(x))).float()
    return made


class Decoding:
    """The decoder with its throw-away outputs, its loss and its report."""

    def __init__(self, run: Path) -> None:
        self.run, self.model, self.heads = run, build(), build_heads()
        quicken(self.model)
        self.teacher, self.held = Teacher(run), held_out(run)

    def loss(self, pictures: Tensor) -> Tensor:
        """Latents get noise of a random strength, so that the decoder forgives the diffusion model its errors."""
        clean, levels = self.teacher(pictures), LEVELS[pictures.shape[-1]]
        noisy = clean + torch.rand(len(clean), 1, 1, 1) * 0.25 * torch.randn_like(clean)
        with torch.autocast("cpu", torch.bfloat16):
            made = decode(self.model, self.heads, noisy.contiguous(memory_format=torch.channels_last), levels)
        losses = []
        for size, image in made.items():
            small = size != pictures.shape[-1]
            wanted = functional.interpolate(pictures, size=(size, size), mode="area") if small else pictures
            losses.append(picture_loss(image, wanted))
        return torch.stack(losses).sum()

    def show(self) -> None:
        """Saves the decoder, prints its quality on held-out pictures and draws originals over reconstructions."""
        torch.save(self.model.decoder.state_dict(), self.run / "decoder-average.pt")
        wanted = self.teacher(self.held)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            made = torch.cat([self.model.decode(z[None]).sample.float() for z in wanted])
            made64 = decode(self.model, self.heads, wanted, 3)[64]
        small = psnr(made64, functional.interpolate(self.held, size=(64, 64), mode="area"))
        print(f"held-out psnr {psnr(made, self.held):.2f} dB at 512 px, {small:.2f} dB at 64 px", flush=True)
        true, again = to_pictures(self.held), to_pictures(made)
        save_grid([true[:4], again[:4], true[4:8], again[4:8]], self.run / "decoder.png")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("run"))
    parser.add_argument("--minutes", type=float, default=170)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    half = Decoding(args.run)
    learning = [*half.model.decoder.parameters(), *half.heads.parameters()]
    training = Training(args.run / "decoder.pt", learning, args.minutes, args.rate)
    for until, mix in SCHEDULE:
        training.phase(args.run, until, mix, half.loss, half.show)


if __name__ == "__main__":
    main()

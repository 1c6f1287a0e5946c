"""Trains the encoder of the shipped autoencoder: pictures of 512 px to the latents the small autoencoder would give."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .diffusion import CHANNELS
from .large import WIDTHS, Teacher, Training, build, held_out
from .norm import quicken

SKIPPED = 2  # levels above the one that 128 px can enter


class Encoding:
    """The encoder with a throw-away entry for small pictures, its losses and its report."""

    def __init__(self, run: Path) -> None:
        self.run, self.model, self.teacher, self.held = run, build(), Teacher(run), held_out(run)
        quicken(self.model)
        self.entry = nn.Conv2d(3, WIDTHS[SKIPPED - 1], 3, padding=1).to(memory_format=torch.channels_last)

    def _lower(self, x: Tensor) -> Tensor:
        """From features at 128 px to the latents."""
        encoder: Any = self.model.encoder
        for block in encoder.down_blocks[SKIPPED:]:
            x = block(x)
        x = encoder.conv_out(encoder.conv_act(encoder.conv_norm_out(encoder.mid_block(x))))
        return x[:, :CHANNELS].float()

    def small_loss(self, pictures: Tensor) -> Tensor:
        """The lower levels learn on small pictures, which is cheap."""
        with torch.autocast("cpu", torch.bfloat16):
            found = self._lower(self.entry(pictures))
        return functional.mse_loss(found, self.teacher(pictures))

    def large_loss(self, pictures: Tensor) -> Tensor:
        """The upper levels must feed the lower ones as the entry did, and the whole must give the latents."""
        encoder: Any = self.model.encoder
        small = functional.interpolate(pictures, size=(128, 128), mode="area")
        with torch.autocast("cpu", torch.bfloat16):
            x, wanted = encoder.conv_in(pictures), self.entry(small).detach()
            for block in encoder.down_blocks[:SKIPPED]:
                x = block(x)
            found = self._lower(x)
        return functional.mse_loss(found, self.teacher(pictures)) + functional.mse_loss(x.float(), wanted.float())

    def show(self) -> None:
        """Saves the encoder and prints its error on held-out pictures (the latents have deviation 1)."""
        torch.save(self.model.encoder.state_dict(), self.run / "encoder-average.pt")
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            small = self._lower(self.entry(functional.interpolate(self.held, size=(128, 128), mode="area")))
            large = torch.cat([self.model.encoder(x[None])[:, :CHANNELS] for x in self.held]).float()
        wanted = self.teacher(self.held)
        error, lower = functional.mse_loss(large, wanted).item(), functional.mse_loss(small, wanted).item()
        print(f"held-out squared error {error:.4f} at 512 px, {lower:.4f} at 128 px", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("run"))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    half = Encoding(args.run)
    learning = [*half.model.encoder.parameters(), *half.entry.parameters()]
    training = Training(args.run / "encoder.pt", learning, args.minutes, args.rate)
    training.phase(args.run, 0.4, [(128, 16)], half.small_loss, half.show)
    training.phase(args.run, 1.0, [(512, 2)], half.large_loss, half.show)


if __name__ == "__main__":
    main()

"""Finishes the decoder against a judge that tells its pictures from real ones: edges become sharp instead of average.

The judge is a patch discriminator (Isola et al. 2017, arXiv:1611.07004) with the hinge loss; the decoder also has to
match the judge's inner features of the real picture, which keeps it to what was drawn.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from .common import edges, psnr, save_grid, set_rate, to_pictures
from .large import Teacher, Training, build, held_out
from .norm import quicken

NOISE = 0.12  # strongest noise on the latents, in deviations: less than in `decoder`, whose lower levels have learnt it


class Judge(nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Scores patches of 46 x 46 pixels: high for real ones. Returns the features of every level and the scores."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 24, 48, 96, 96)
        self.levels = nn.ModuleList(
            spectral_norm(nn.Conv2d(a, b, 4, stride=2, padding=1)) for a, b in itertools.pairwise(widths)
        )
        self.score = spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Pictures in -1..1 in; the features of every level and the scores out."""
        found = []
        for level in self.levels:
            x = functional.leaky_relu(level(x), 0.2)
            found.append(x)
        return found, self.score(x)


class Sharpening:
    """Decoder and judge, their losses and the report."""

    def __init__(self, run: Path, minutes: float, rate: float) -> None:
        self.run, self.model, self.judge = run, build(), Judge()
        if not (run / "sharp.pt").exists():
            self.model.decoder.load_state_dict(torch.load(run / "decoder-average.pt"))
        quicken(self.model)
        self.teacher, self.held = Teacher(run), held_out(run)
        self.judging = Training(run / "judge.pt", list(self.judge.parameters()), minutes, rate)
        self.rate = rate

    def loss(self, pictures: Tensor) -> Tensor:
        """One step of the judge, then the decoder's loss."""
        clean = self.teacher(pictures)
        noisy = clean + torch.rand(len(clean), 1, 1, 1) * NOISE * torch.randn_like(clean)
        with torch.autocast("cpu", torch.bfloat16):
            made = self.model.decode(noisy.contiguous(memory_format=torch.channels_last)).sample
            self._judge(pictures, made.detach())
            self.judge.requires_grad_(False)
            with torch.no_grad():
                true, _ = self.judge(pictures)
            seen, score = self.judge(made)
            self.judge.requires_grad_(True)
        alike = torch.stack(
            [functional.l1_loss(a.float(), b.float()) / b.float().abs().mean() for a, b in zip(seen, true, strict=True)]
        ).sum()
        made = made.float()
        (down, across), (down_, across_) = edges(made), edges(pictures)
        edge = functional.l1_loss(down, down_) + functional.l1_loss(across, across_)
        half = functional.l1_loss(functional.avg_pool2d(made, 4), functional.avg_pool2d(pictures, 4))
        return half + functional.l1_loss(made, pictures) + 0.5 * edge + 0.15 * alike - 0.03 * score.float().mean()

    def _judge(self, real: Tensor, made: Tensor) -> None:
        set_rate(self.judging.optimiser, self.rate)
        (_, high), (_, low) = self.judge(real), self.judge(made)
        self.judging.update(functional.relu(1 - high.float()).mean() + functional.relu(1 + low.float()).mean())

    def show(self) -> None:
        """Saves the decoder, prints its quality on held-out pictures and draws originals over reconstructions."""
        torch.save(self.model.decoder.state_dict(), self.run / "decoder-sharp.pt")
        self.judging.keep()
        wanted = self.teacher(self.held)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            made = torch.cat([self.model.decode(z[None]).sample.float() for z in wanted])
        sharp = _sharpness(made) / _sharpness(self.held)
        print(
            f"held-out psnr {psnr(made, self.held):.2f} dB, edges {sharp:.2f} of the real, "
            f"judge {self.judging.mean_loss:.2f}",
            flush=True,
        )
        true, again = to_pictures(self.held), to_pictures(made)
        save_grid([true[:4], again[:4], true[4:8], again[4:8]], self.run / "sharp.png")


def _sharpness(pictures: Tensor) -> float:
    """The mean square of pixel differences, which blur takes away."""
    down, across = edges(pictures)
    return float(down.pow(2).mean() + across.pow(2).mean())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("run"))
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    work = Sharpening(args.run, args.minutes, args.rate)
    learning: list[Any] = list(work.model.decoder.parameters())
    training = Training(args.run / "sharp.pt", learning, args.minutes, args.rate)
    training.phase(args.run, 1.0, [(512, 2)], work.loss, work.show)


if __name__ == "__main__":
    main()

"""The last stretch of the decoder: full size only, hardly any noise on the latents, and absolute error alone.

Where an edge may lie here or there, the squared error wants the average of both, which is blur, and an error of
differences wants none at all; the absolute error wants the median, which is an edge.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from .common import edges, psnr, save_grid, to_pictures
from .large import Teacher, Training, build, held_out
from .norm import quicken

NOISE = 0.05  # strongest noise on the latents, in deviations; in `decoder` it is five times as much


class Finishing:
    """The decoder as `decoder` left it, its loss and its report."""

    def __init__(self, run: Path) -> None:
        self.run, self.model = run, build()
        self.model.decoder.load_state_dict(torch.load(run / "decoder-average.pt"))
        quicken(self.model)
        self.teacher, self.held = Teacher(run), held_out(run)

    def loss(self, pictures: Tensor) -> Tensor:
        """The absolute error."""
        clean = self.teacher(pictures)
        noisy = clean + torch.rand(len(clean), 1, 1, 1) * NOISE * torch.randn_like(clean)
        with torch.autocast("cpu", torch.bfloat16):
            made = self.model.decode(noisy.contiguous(memory_format=torch.channels_last)).sample.float()
        return functional.l1_loss(made, pictures)

    def show(self) -> None:
        """Saves the decoder, prints its quality on held-out pictures and draws originals over reconstructions."""
        torch.save(self.model.decoder.state_dict(), self.run / "decoder-finished.pt")
        wanted = self.teacher(self.held)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            made = torch.cat([self.model.decode(z[None]).sample.float() for z in wanted])
        sharp = _sharpness(made) / _sharpness(self.held)
        print(f"held-out psnr {psnr(made, self.held):.2f} dB, edges {sharp:.2f} of the real", flush=True)
        true, again = to_pictures(self.held), to_pictures(made)
        save_grid([true[:4], again[:4], true[4:8], again[4:8]], self.run / "finished.png")


def _sharpness(pictures: Tensor) -> float:
    """The mean square of pixel differences, which blur takes away."""
    down, across = edges(pictures)
    return float(down.pow(2).mean() + across.pow(2).mean())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("run"))
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    work = Finishing(args.run)
    training = Training(args.run / "finish.pt", list(work.model.decoder.parameters()), args.minutes, args.rate)
    training.phase(args.run, 1.0, [(512, 2)], work.loss, work.show)


if __name__ == "__main__":
    main()

"""The shipped autoencoder (512 px <-> 8 x 8 latents) and what the training of its two halves shares."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, AutoencoderTiny
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from .common import Average, Clock, adamw, keep, learning_rate, set_rate, to_tensor
from .diffusion import CHANNELS, Data
from .pool import SIZE as POOL_SIZE
from .pool import picture

SIZE, WIDTHS = 512, (16, 24, 40, 64, 80, 96, 96)
HELD = 10_000_000  # pictures from this number on are never trained on


def build() -> AutoencoderKL:
    """Seven levels, narrow where the picture is large; its latents are what the diffusion model draws, unscaled."""
    levels = len(WIDTHS)
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=WIDTHS,
        layers_per_block=1,
        latent_channels=CHANNELS,
        norm_num_groups=8,
        sample_size=SIZE,
        scaling_factor=1.0,
        force_upcast=False,
        use_quant_conv=False,
        use_post_quant_conv=False,
        mid_block_add_attention=False,
    ).to(memory_format=torch.channels_last)


class Teacher:
    """Latents of pictures of any size, by the small autoencoder on the shrunken picture."""

    def __init__(self, run: Path) -> None:
        self.model = AutoencoderTiny.from_pretrained(run / "autoencoder").eval().requires_grad_(False)
        self.model.to(memory_format=torch.channels_last)
        data = Data.load(run)
        self.mean, self.deviation = data.mean, data.deviation

    def __call__(self, pictures: Tensor) -> Tensor:
        """Latents with mean 0 and deviation 1 in every channel."""
        with torch.no_grad():
            small = functional.interpolate(pictures, size=(64, 64), mode="area")
            with torch.autocast("cpu", torch.bfloat16):
                raw: Tensor = self.model.encode(small).latents.float()
        return (raw - self.mean) / self.deviation


class Pictures:
    """Pictures of the endless sequence, made ahead by one helper process."""

    def __init__(self, run: Path, first: int, size: int, batch: int) -> None:
        self.place, self.next, self.size, self.batch = str(run / "icons.npy"), first, size, batch
        self.worker = ProcessPoolExecutor(1)
        self.waiting = [self._ask() for _ in range(3)]

    def _ask(self) -> list[Future[NDArray[np.uint8]]]:
        jobs = [self.worker.submit(picture, self.next + i, self.place, self.size) for i in range(self.batch)]
        self.next += self.batch
        return jobs

    def take(self) -> Tensor:
        """The next batch."""
        jobs, self.waiting = self.waiting[0], [*self.waiting[1:], self._ask()]
        return to_tensor(np.stack([job.result() for job in jobs]))

    def close(self) -> None:
        """Ends the helper."""
        self.worker.shutdown(cancel_futures=True)


class Pooled:
    """Random pictures of the pool, for the small sizes: there making them would cost more than learning from them."""

    def __init__(self, run: Path, first: int, size: int, batch: int) -> None:
        self.pool, self.size, self.batch = np.load(run / "pool.npy", mmap_mode="r"), size, batch
        self.dice = np.random.default_rng(first)

    def take(self) -> Tensor:
        """The next batch."""
        rows = np.sort(self.dice.integers(0, len(self.pool), self.batch))
        pictures = to_tensor(self.pool[rows])
        if pictures.shape[-1] == self.size:
            return pictures
        return functional.interpolate(pictures, size=(self.size, self.size), mode="area")

    def close(self) -> None:
        """Nothing to end."""


def held_out(run: Path) -> Tensor:
    """Sixteen pictures that no training sees: known icons at places, over colours and hills of their own."""
    return to_tensor(np.stack([picture(HELD + 997 * n, str(run / "icons.npy"), SIZE) for n in range(16)]))


class Training:
    """Optimiser, running average, clock and checkpoint of one half; resumes from where the last start was stopped."""

    def __init__(self, place: Path, learning: list[nn.Parameter], minutes: float, rate: float) -> None:
        self.place, self.learning, self.rate = place, learning, rate
        self.optimiser, self.average = adamw(learning, rate), Average(learning, 0.99)
        self.step, self.seen, self.clock, self.mean_loss = 0, 0, Clock(minutes), 1.0
        if place.exists():
            self._resume(minutes)

    def _resume(self, minutes: float) -> None:
        state = torch.load(self.place)
        for p, value in zip(self.learning, state["learning"], strict=True):
            p.data.copy_(value)
        self.optimiser.load_state_dict(state["optimiser"])
        self.average.kept, self.average.updates, self.step = state["average"], state["step"], state["step"]
        self.clock, self.seen = Clock(minutes, state["spent"]), state["seen"]

    def keep(self) -> None:
        """Writes the checkpoint."""
        state = {
            "learning": [p.data for p in self.learning],
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.kept,
            "step": self.step,
            "seen": self.seen,
            "spent": self.clock.spent,
        }
        keep(self.place, state)

    def update(self, loss: Tensor) -> None:
        """One optimiser step."""
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learning, 1.0)
        self.optimiser.step()
        self.average.update()
        self.step += 1
        self.mean_loss += 0.02 * (loss.item() - self.mean_loss)

    def phase(
        self,
        run: Path,
        until: float,
        mix: list[tuple[int, int]],
        loss: Callable[[Tensor], Tensor],
        show: Callable[[], None],
    ) -> None:
        """Trains on batches of (size, number) in turn until that share of the time is spent; keeps and shows."""
        if self.clock.done >= until:
            return
        kept = self.clock.spent
        sources = {
            kind: (Pooled if kind[0] <= POOL_SIZE else Pictures)(run, self.seen + i * 1_000_000, *kind)
            for i, kind in enumerate(dict.fromkeys(mix))
        }
        for kind in itertools.cycle(mix):
            if self.clock.done >= until:
                break
            set_rate(self.optimiser, learning_rate(self.rate, self.step, 100, self.clock.done))
            self.update(loss(sources[kind].take()))
            self.seen += kind[1]
            if self.step % 100 == 0:
                print(f"{self.clock.spent:.0f}s step {self.step} loss {self.mean_loss:.4f}", flush=True)
            if self.clock.spent - kept > 240:
                kept = self.clock.spent
                self.keep()
                self.average.swapped(show)
        for source in sources.values():
            source.close()
        self.keep()
        self.average.swapped(show)

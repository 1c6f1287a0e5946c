"""What the training scripts share: tensors from pictures, the learning-rate shape, the running average, checkpoints."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional


def to_tensor(pictures: NDArray[np.uint8]) -> Tensor:
    """N x H x W x 3 bytes -> N x 3 x H x W floats in -1..1, channels last in memory (faster)."""
    floats = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
    return floats.contiguous(memory_format=torch.channels_last)


def to_pictures(tensor: Tensor) -> NDArray[np.uint8]:
    """The way back."""
    bytes_ = tensor.detach().float().clamp(-1, 1).add(1).mul(127.5).round().byte()
    return np.asarray(bytes_.permute(0, 2, 3, 1).contiguous().numpy())


def save_grid(rows: Iterable[Iterable[NDArray[np.uint8]]], place: Path) -> None:
    """One picture of many, row by row."""
    Image.fromarray(np.concatenate([np.concatenate(list(row), 1) for row in rows])).save(place)


def learning_rate(top: float, step: int, warm: int, done: float) -> float:
    """A linear warm-up, then a cosine down to a hundredth; `done` is the finished share of the time allowed."""
    return top * min(1.0, (step + 1) / warm) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def edges(x: Tensor) -> tuple[Tensor, Tensor]:
    """Differences of neighbouring pixels, down and across."""
    return x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]


def picture_loss(made: Tensor, wanted: Tensor) -> Tensor:
    """Absolute and squared error plus the error of the edges, which keeps shapes crisp."""
    (down, across), (down_, across_) = edges(made), edges(wanted)
    edge = functional.l1_loss(down, down_) + functional.l1_loss(across, across_)
    return functional.l1_loss(made, wanted) + functional.mse_loss(made, wanted) + 0.5 * edge


def psnr(made: Tensor, wanted: Tensor) -> float:
    """Peak signal-to-noise ratio in dB, the mean over pictures."""
    error = (made.clamp(-1, 1) - wanted).pow(2).mean((1, 2, 3))
    return float((10 * torch.log10(4 / error)).mean())


class Average:
    """An exponential moving average of parameters; `swapped` runs something with the averaged ones in place."""

    def __init__(self, parameters: Iterable[nn.Parameter], decay: float) -> None:
        self.live, self.decay, self.updates = list(parameters), decay, 0
        self.kept = [p.detach().clone() for p in self.live]

    def update(self) -> None:
        """Takes the live parameters in; the first updates weigh more."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (20 + self.updates))
        torch._foreach_lerp_(self.kept, [p.data for p in self.live], 1 - decay)

    def swapped(self, job: Callable[[], None]) -> None:
        """Runs `job` under the averaged parameters."""
        live = [p.detach().clone() for p in self.live]
        for p, kept in zip(self.live, self.kept, strict=True):
            p.data.copy_(kept)
        job()
        for p, old in zip(self.live, live, strict=True):
            p.data.copy_(old)


class Clock:
    """Time spent over all starts of a resumable run, against the time allowed."""

    def __init__(self, minutes: float, used: float = 0.0) -> None:
        self.allowed, self.used, self.begun = minutes * 60, used, time.monotonic()

    @property
    def spent(self) -> float:
        """Seconds so far, earlier starts included."""
        return self.used + time.monotonic() - self.begun

    @property
    def done(self) -> float:
        """Share of the time allowed that is spent."""
        return self.spent / self.allowed


def keep(place: Path, state: dict[str, Any]) -> None:
    """Writes a checkpoint in one move, so that a kill never leaves half of one."""
    half = place.with_suffix(".half")
    torch.save(state, half)
    os.replace(half, place)


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """The learning rate of all groups."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def adamw(parameters: Iterable[nn.Parameter], rate: float, decay: float = 0.01) -> torch.optim.AdamW:
    """AdamW that decays matrices only, never biases or norms."""
    every = [p for p in parameters if p.requires_grad]
    groups = [
        {"params": [p for p in every if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in every if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)

"""The embedded video: the picture model drawing many neighbouring pictures, shown as one slow camera move.

There is no video model in it. `drawn` pictures are denoised together from noises that lie on a small circle, so that
each is nearly the one before and the last leads back to the first; frames between them are blended, and a camera that
moves in slowly is added by resampling. The subject breathes and the view moves; nobody walks, nothing happens.
The frames are still wholly made by a trained model. AnimateDiff over this model is not possible with diffusers 0.42:
its motion UNet has no scale-shift time embedding, which this model was trained with.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...provenance.errors import UsageError
from ...provenance.media import Clip
from . import pictures
from .crisp import crisp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

SIZE = pictures.SIZE  # pixels a side
_ZOOM = 0.22  # how much of the side the camera leaves out at its closest
_DRIFT = 0.3  # how far off the middle it ends, as a share of what it leaves out
_MOST = 40  # pictures drawn at once; a gigabyte of memory


def film(
    prompt: str,
    *,
    seed: int,
    image: Image | None = None,
    seconds: float = 3.0,
    rate: int = 24,
    drawn: int = 16,
    steps: int = 12,
    guidance: float = 3.5,
    turn: float = 0.45,
    strength: float = 0.5,
) -> Clip:
    """A clip of `SIZE` x `SIZE` pixels; the same arguments give the same clip.

    Args:
        prompt: what to show, in words that the picture model knows (`pictures.known`).
        seed: of the noises.
        image: a still to begin from; it is scaled to the frame's size, and the model draws it anew, nearby.
        seconds: how long; at least 16 frames.
        rate: frames a second.
        drawn: how many pictures the model draws; the time it takes is in proportion.
        steps: of denoising.
        guidance: how closely the prompt is followed.
        turn: radius of the circle of noises, in radians: 0 gives the same picture always, above 1 it jumps.
        strength: how far from the still the model may go, 0..1.

    Raises:
        UsageError: fewer than 16 frames, or numbers out of their range.
    """
    count = round(seconds * rate)
    if count < 16 or not 1 <= rate <= 60 or not 2 <= drawn <= _MOST or count > 60 * 60:
        raise UsageError(f"{seconds} seconds at {rate} frames a second, {drawn} drawn: give 16 to 3600 frames, "
                         f"up to 60 a second, and 2 to {_MOST} drawn")  # fmt: skip
    if steps < 1 or not 0 < strength <= 1:
        raise UsageError("give one or more steps, and a strength above 0 and up to 1")
    frames = _drawn(prompt, image, seed=seed, drawn=drawn, steps=steps, guidance=guidance, turn=turn, strength=strength)
    return Clip(_moved(frames, count, seed), Fraction(rate))


def _drawn(
    prompt: str,
    image: Image | None,
    *,
    seed: int,
    drawn: int,
    steps: int,
    guidance: float,
    turn: float,
    strength: float,
) -> NDArray[np.float32]:
    """The pictures, number x height x width x 3 in 0..1."""
    import torch

    pipe: Any = pictures.pipeline()
    with torch.inference_mode():
        noises = _circle(seed, drawn, turn, pipe.unet.config.in_channels, SIZE // pipe.vae_scale_factor)
        pipe.scheduler.set_timesteps(steps)
        times = pipe.scheduler.timesteps
        if image is None:
            latents = noises * pipe.scheduler.init_noise_sigma
        else:
            first = min(steps - 1, steps - round(steps * strength))
            pipe.scheduler.set_begin_index(first)
            times = times[first:]
            latents = pipe.scheduler.add_noise(_encoded(pipe, image), noises, times[:1].repeat(drawn))
        latents = _denoised(pipe, prompt, latents, times, guidance)
        return _decoded(pipe, latents)


def _circle(seed: int, count: int, turn: float, channels: int, side: int) -> Any:
    """Noises on a circle of that angular radius about a first one, all of the length that noise has."""
    import torch

    dice = torch.Generator("cpu").manual_seed(seed)
    middle, right, up = torch.randn(3, channels, side, side, generator=dice)
    angles = [2 * math.pi * number / count for number in range(count)]
    return torch.stack(
        [math.cos(turn) * middle + math.sin(turn) * (math.cos(a) * right + math.sin(a) * up) for a in angles]
    )


def _encoded(pipe: Any, image: Image) -> Any:
    """The still in the model's own space, cut to a square about its middle."""
    import numpy as np
    import torch
    from PIL import ImageOps

    square = ImageOps.fit(image.convert("RGB"), (SIZE, SIZE))
    pixels = torch.from_numpy(np.asarray(square, np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
    return pipe.vae.encode(pixels).latent_dist.mode() * pipe.vae.config.scaling_factor


def _denoised(pipe: Any, prompt: str, latents: Any, times: Any, guidance: float) -> Any:
    import torch

    words, nothing = pipe.encode_prompt(prompt, "cpu", 1, True)
    count = len(latents)
    both = torch.cat([nothing.expand(count, -1, -1), words.expand(count, -1, -1)])
    for time in times:
        doubled = pipe.scheduler.scale_model_input(torch.cat([latents, latents]), time)
        plain, led = pipe.unet(doubled, time, encoder_hidden_states=both).sample.chunk(2)
        latents = pipe.scheduler.step(plain + guidance * (led - plain), time, latents).prev_sample
    return latents


def _decoded(pipe: Any, latents: Any) -> NDArray[np.float32]:
    """One by one: the decoder's memory is that of one picture."""
    import numpy as np

    scaled = latents / pipe.vae.config.scaling_factor
    decoded = [crisp(pipe.vae.decode(one[None]).sample[0].permute(1, 2, 0).numpy()) for one in scaled]
    pictures_: NDArray[np.float32] = np.stack([d.clip(-1, 1) / 2 + 0.5 for d in decoded])
    return pictures_


def _moved(drawn: NDArray[np.float32], count: int, seed: int) -> NDArray[np.uint8]:
    """The frames: neighbours blended, seen by the camera."""
    import numpy as np

    made = []
    for number in range(count):
        at = number * len(drawn) / count
        before, share = int(at), at - int(at)
        blended = (1 - share) * drawn[before] + share * drawn[(before + 1) % len(drawn)]
        made.append(_seen(np.round(blended * 255).astype(np.uint8), number / max(1, count - 1), seed))
    return np.stack(made)


def _seen(frame: NDArray[np.uint8], progress: float, seed: int) -> NDArray[np.uint8]:
    """What the camera sees of a frame when it has come that far, 0..1, gently at both ends."""
    import numpy as np
    from PIL import Image

    eased = (1 - math.cos(math.pi * progress)) / 2
    side = SIZE * (1 - _ZOOM * eased)
    spare = (SIZE - side) / 2
    left = spare * (1 + _DRIFT * (-1 if seed % 2 else 1))
    window = (left, spare, left + side, spare + side)
    seen = Image.fromarray(frame).resize((SIZE, SIZE), Image.Resampling.BICUBIC, box=window)
    return np.asarray(seen)

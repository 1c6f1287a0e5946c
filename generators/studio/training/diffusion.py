"""Trains the UNet that turns noise into latents for a caption; the text encoder stays as it is."""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny, DDIMScheduler, DPMSolverMultistepScheduler, UNet2DConditionModel
from torch import Tensor
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTextModel, PreTrainedTokenizerFast

from .common import Average, Clock, adamw, keep, save_grid, set_rate, to_pictures
from .text import WIDTH as TEXT_WIDTH
from .text import tokens
from .vocabulary import Vocabulary, caption

CHANNELS, STEPS = 8, 1000
CAPTIONS = 12  # wordings for each combination of style, concept and background


def build(widths: tuple[int, ...]) -> UNet2DConditionModel:
    """Cross-attention in the middle only; the pooled caption steers every block through the time embedding."""
    levels = len(widths)
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        layers_per_block=1,
        block_out_channels=widths,
        norm_num_groups=16,
        down_block_types=("DownBlock2D",) * levels,
        up_block_types=("UpBlock2D",) * levels,
        mid_block_type="UNetMidBlock2DCrossAttn",
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,
        addition_embed_type="text",
        addition_embed_type_num_heads=8,
        resnet_time_scale_shift="scale_shift",
    )


def noise_schedule() -> DDIMScheduler:
    """Cosine noise; the model predicts the velocity."""
    return DDIMScheduler(
        num_train_timesteps=STEPS,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        steps_offset=1,
        clip_sample=False,
    )


def sampler() -> DPMSolverMultistepScheduler:
    """What draws at use: the same noise, a faster solver."""
    return DPMSolverMultistepScheduler.from_config(
        noise_schedule().config, algorithm_type="dpmsolver++", timestep_spacing="trailing"
    )


class Captions:
    """Encoded captions: some for each (style, concept, background), the last background standing for "not said"."""

    def __init__(self, run: Path, each: int, seed: int) -> None:
        self.words, self.each = Vocabulary.load(), each
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(run / "tokenizer")
        self.encoder = (
            CLIPTextModel.from_pretrained(run / "text_encoder", dtype=torch.float32).eval().requires_grad_(False)
        )
        self.blank = self.encode([""])[0]
        self.grounds = len(self.words.backgrounds) + 1
        dice = random.Random(seed)
        texts = [
            caption(self.words, style, concept, None if ground == self.grounds - 1 else ground, dice)
            for style in range(len(self.words.styles))
            for concept in range(len(self.words.concepts))
            for ground in range(self.grounds)
            for _ in range(each)
        ]
        self.bank = self.encode(texts).bfloat16()

    def encode(self, texts: list[str]) -> Tensor:
        """The hidden states of the text encoder, as the pipeline uses them."""
        with torch.no_grad():
            parts = [
                self.encoder(tokens(self.tokenizer, texts[i : i + 256])).last_hidden_state
                for i in range(0, len(texts), 256)
            ]
            return torch.cat(parts)

    def pick(self, labels: Tensor, random_source: torch.Generator) -> Tensor:
        """A caption for each picture; one in ten is blank, and some leave the background unsaid (white more often)."""
        style, concept, ground = labels.unbind(1)
        chance = torch.rand(3, len(labels), generator=random_source)
        ground = torch.where(chance[0] < torch.where(ground == 0, 0.4, 0.08), self.grounds - 1, ground)
        row = (style * len(self.words.concepts) + concept) * self.grounds + ground
        found = self.bank[row * self.each + (chance[1] * self.each).long()].float()
        found[chance[2] < 0.1] = self.blank
        return found


@dataclass
class Data:
    """Latents as the decoder wants them, with labels."""

    latents: Tensor
    labels: Tensor
    mean: Tensor
    deviation: Tensor

    @classmethod
    def load(cls, run: Path) -> Data:
        """Every channel is shifted and scaled to mean 0 and deviation 1; the grown decoder is trained on these."""
        raw, labels = torch.load(run / "latents.pt").float(), torch.from_numpy(np.load(run / "labels.npy"))
        mean, deviation = raw.mean((0, 2, 3), keepdim=True), raw.std((0, 2, 3), keepdim=True)
        return cls((raw - mean) / deviation, labels, mean, deviation)


def sample(
    unet: UNet2DConditionModel, captions: Captions, prompts: list[str], seed: int, guidance: float = 3.5
) -> Tensor:
    """Latents for the prompts, as the pipeline would draw them."""
    with torch.no_grad():
        scheduler, random_source = sampler(), torch.Generator().manual_seed(seed)
        text = torch.cat([captions.blank.expand(len(prompts), -1, -1), captions.encode(prompts)])
        x = torch.randn(len(prompts), CHANNELS, 8, 8, generator=random_source)
        scheduler.set_timesteps(20)
        for t in scheduler.timesteps:
            with torch.autocast("cpu", torch.bfloat16):
                free, led = unet(torch.cat([x, x]), t, text).sample.float().chunk(2)
            x = scheduler.step(free + guidance * (led - free), t, x).prev_sample
        return x


class Trainer:
    """The resumable training run."""

    def __init__(self, run: Path, widths: tuple[int, ...], minutes: float, rate: float, seed: int) -> None:
        torch.manual_seed(seed)
        self.run, self.rate, self.place = run, rate, run / "diffusion.pt"
        self.data, self.captions = Data.load(run), Captions(run, each=CAPTIONS, seed=seed)
        self.unet, self.schedule = build(widths), noise_schedule()
        self.optimiser, self.average = adamw(self.unet.parameters(), rate), Average(self.unet.parameters(), 0.9993)
        self.step, self.clock, self.mean_loss = 0, Clock(minutes), 1.0
        self.random = torch.Generator().manual_seed(seed)
        if self.place.exists():
            self._resume(minutes)

    def _resume(self, minutes: float) -> None:
        state = torch.load(self.place)
        self.unet.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average.kept, self.average.updates, self.step = state["average"], state["step"], state["step"]
        self.clock, self.mean_loss = Clock(minutes, state["spent"]), state["loss"]
        self.random.manual_seed(self.step)

    def keep(self) -> None:
        """Writes the checkpoint and the averaged model."""
        keep(
            self.place,
            {
                "model": self.unet.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "average": self.average.kept,
                "step": self.step,
                "spent": self.clock.spent,
                "loss": self.mean_loss,
            },
        )
        self.average.swapped(lambda: self.unet.save_pretrained(self.run / "unet"))

    def show(self) -> None:
        """Draws the prompts of the vocabulary with the averaged model through the small decoder."""
        vae = AutoencoderTiny.from_pretrained(self.run / "autoencoder")

        def draw() -> None:
            latents = sample(self.unet, self.captions, self.captions.words.prompts, seed=1)
            with torch.no_grad():
                pictures = to_pictures(vae.decode(latents * self.data.deviation + self.data.mean).sample)
            large = [p.repeat(2, 0).repeat(2, 1) for p in pictures]
            save_grid([large[i : i + 10] for i in range(0, len(large), 10)], self.run / f"samples-{self.step:06d}.png")

        self.average.swapped(draw)

    def update(self, batch: int) -> float:
        """One step on the mean squared error of the velocity, over all noise levels alike."""
        rows = torch.randint(len(self.data.latents), (batch,), generator=self.random)
        clean, text = self.data.latents[rows], self.captions.pick(self.data.labels[rows], self.random)
        noise, t = (
            torch.randn(clean.shape, generator=self.random),
            torch.randint(STEPS, (batch,), generator=self.random),
        )
        noisy, wanted = self.schedule.add_noise(clean, noise, t), self.schedule.get_velocity(clean, noise, t)
        with torch.autocast("cpu", torch.bfloat16):
            made = self.unet(noisy, t, text).sample
        loss = functional.mse_loss(made.float(), wanted)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.optimiser.step()
        self.average.update()
        self.step += 1
        return float(loss.detach())

    def train(self, batch: int, flat: float) -> None:
        """Full speed for the share `flat` of the time, then down to nothing."""
        shown = kept = self.clock.spent
        self.unet.train()
        while (done := self.clock.done) < 1:
            falling = 1.0 if done < flat else max(0.01, (1 - done) / (1 - flat))
            set_rate(self.optimiser, self.rate * min(1.0, (self.step + 1) / 200) * falling)
            self.mean_loss += 0.01 * (self.update(batch) - self.mean_loss)
            if self.step % 200 == 0:
                print(f"{self.clock.spent:.0f}s step {self.step} loss {self.mean_loss:.4f}", flush=True)
            if self.clock.spent - kept > 180:
                kept = self.clock.spent
                self.keep()
            if self.clock.spent - shown > 420:
                shown = self.clock.spent
                self.show()
        self.keep()
        self.show()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("run"))
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--flat", type=float, default=0.5)
    parser.add_argument("--widths", default="128,128")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    widths = tuple(int(w) for w in args.widths.split(","))
    trainer = Trainer(args.run, widths, args.minutes, args.rate, args.seed)
    with sdpa_kernel(SDPBackend.MATH):  # for sequences this short the plain formula is faster than the fused kernel
        trainer.train(args.batch, args.flat)


if __name__ == "__main__":
    main()

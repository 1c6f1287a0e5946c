"""Puts the trained parts together as a plain StableDiffusionPipeline folder in half precision, with checksums."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, PreTrainedTokenizerFast

from .diffusion import CHANNELS, sampler
from .large import build as build_autoencoder

OUT = Path(__file__).resolve().parent.parent / "image"
PARTS = ("scheduler", "text_encoder", "tokenizer", "unet", "vae")


def autoencoder(run: Path) -> AutoencoderKL:
    """The averaged decoder, finished if it was, and, once it is trained, the averaged encoder."""
    model = build_autoencoder()
    finished = run / "decoder-finished.pt"
    model.decoder.load_state_dict(torch.load(finished if finished.exists() else run / "decoder-average.pt"))
    trained = run / "encoder-average.pt"
    if trained.exists():
        model.encoder.load_state_dict(torch.load(trained))
    last = model.encoder.conv_out
    # No spread around the mean: image-to-image then starts from exactly the encoded picture.
    last.weight.data[CHANNELS:] = 0
    last.bias.data[CHANNELS:] = -30
    return model


def _portable(out: Path) -> None:
    """Transformers 5 names the tokenizer class in a way that version 4 does not know; this name both know."""
    for place in (out / "model_index.json", out / "tokenizer" / "tokenizer_config.json"):
        place.write_text(place.read_text().replace("TokenizersBackend", "PreTrainedTokenizerFast"))


def _plain(out: Path) -> None:
    """Drops what the libraries note about where and how the parts lay when they were saved."""
    for place in out.rglob("*.json"):
        settings = json.loads(place.read_text())
        notes = [key for key in ("_name_or_path", "is_local", "local_files_only") if key in settings]
        for key in notes:
            del settings[key]
        if notes:
            place.write_text(json.dumps(settings, indent=2) + "\n")


def checksums(out: Path) -> str:
    """The lines of SHA256SUMS for everything in the folder but the list itself and the card."""
    lines = []
    for place in sorted(p for p in out.rglob("*") if p.is_file() and p.name not in ("SHA256SUMS", "README.md")):
        lines.append(f"{hashlib.sha256(place.read_bytes()).hexdigest()}  {place.relative_to(out).as_posix()}\n")
    return "".join(lines)


def export(run: Path, out: Path) -> None:
    """Writes the folder; a model card that lies in it stays."""
    pipe = StableDiffusionPipeline(
        vae=autoencoder(run),
        unet=UNet2DConditionModel.from_pretrained(run / "unet"),
        scheduler=sampler(),
        text_encoder=CLIPTextModel.from_pretrained(run / "text_encoder"),
        tokenizer=PreTrainedTokenizerFast.from_pretrained(run / "tokenizer"),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    for part in PARTS:
        shutil.rmtree(out / part, ignore_errors=True)
    pipe.to(torch.float16).save_pretrained(out)
    _portable(out)
    _plain(out)
    (out / "SHA256SUMS").write_text(checksums(out))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("run"))
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    export(args.run, args.out)
    size = sum(p.stat().st_size for p in args.out.rglob("*") if p.is_file())
    print(f"{args.out}: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

"""Tiny random video pipelines, one of each family that diffusers knows, built in code: noise, but really generated."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

_spec = importlib.util.spec_from_file_location("tiny", Path(__file__).with_name("tiny.py"))
assert _spec
assert _spec.loader
tiny = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tiny)

# Family -> the class, and a call that takes a second or two.
CALLS: dict[str, dict[str, Any]] = {
    "WanPipeline": {"num_frames": 9, "height": 64, "width": 64, "num_inference_steps": 2, "max_sequence_length": 16},
    "LTXPipeline": {"num_frames": 9, "height": 64, "width": 64, "num_inference_steps": 2, "max_sequence_length": 16},
    "CogVideoXPipeline": {
        "num_frames": 9, "height": 64, "width": 64, "num_inference_steps": 2, "max_sequence_length": 16,
    },
    "AnimateDiffPipeline": {"num_frames": 8, "height": 64, "width": 64, "num_inference_steps": 2},
    "StableVideoDiffusionPipeline": {"num_frames": 6, "height": 64, "width": 64, "num_inference_steps": 2},
    "WanImageToVideoPipeline": {
        "num_frames": 9, "height": 64, "width": 64, "num_inference_steps": 2, "max_sequence_length": 16,
    },
    "LTXImageToVideoPipeline": {
        "num_frames": 9, "height": 64, "width": 64, "num_inference_steps": 2, "max_sequence_length": 16,
    },
    "CogVideoXImageToVideoPipeline": {
        "num_frames": 9, "height": 64, "width": 64, "num_inference_steps": 2, "max_sequence_length": 16,
    },
}  # fmt: skip
# Wan's image-to-video class cannot clean a prompt without the package ftfy, so it gets an encoded one.
PROMPTLESS = ("StableVideoDiffusionPipeline", "WanImageToVideoPipeline")
FROM_STILLS = tuple(name for name in CALLS if "Image" in name or "Stable" in name)


def call(kind: str) -> dict[str, Any]:
    """The arguments of a short call, all but the still."""
    import torch

    if kind == "WanImageToVideoPipeline":
        return {**CALLS[kind], "prompt_embeds": torch.zeros(1, 16, 32), "guidance_scale": 1.0}
    return CALLS[kind] if kind in PROMPTLESS else {**CALLS[kind], "prompt": "a dog"}


def pipeline(kind: str) -> Any:
    """A random pipeline of the class `kind`, quiet, and out of training mode (dropout would make seeds useless)."""
    import torch

    torch.manual_seed(0)
    build = {"Wan": _wan, "LTX": _ltx, "Cog": _cog, "Ani": _animate, "Sta": _stable}[kind[:3]]
    pipe = build(kind)
    for part in pipe.components.values():
        if hasattr(part, "eval"):
            part.eval()
    pipe.set_progress_bar_config(disable=True)
    return pipe


def _text(length: int) -> dict[str, Any]:
    """A T5 encoder and a tokenizer whose length limit is `length`."""
    from transformers import T5Config, T5EncoderModel

    words = tiny.tokenizer(length=length)
    config = T5Config(vocab_size=len(words), d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=4, pad_token_id=0)
    return {"text_encoder": T5EncoderModel(config), "tokenizer": words}


def _wan(kind: str) -> Any:
    import diffusers
    from transformers import UMT5Config, UMT5EncoderModel

    still = kind == "WanImageToVideoPipeline"
    words = tiny.tokenizer(length=16)
    config = UMT5Config(vocab_size=len(words), d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=4, pad_token_id=0)
    vae = diffusers.AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    )
    transformer = diffusers.WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=36 if still else 16, out_channels=16, text_dim=32,
        freq_dim=64, ffn_dim=32, num_layers=1, rope_max_seq_len=32,
    )  # fmt: skip
    more = {"image_processor": None, "image_encoder": None} if still else {}
    return getattr(diffusers, kind)(
        tokenizer=words, text_encoder=UMT5EncoderModel(config), vae=vae, transformer=transformer,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=7.0), **more,
    )  # fmt: skip


def _ltx(kind: str) -> Any:
    import diffusers

    vae = diffusers.AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=(8, 8, 8, 8), decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1, 1),
        spatio_temporal_scaling=(True, True, False, False), decoder_spatio_temporal_scaling=(True, True, False, False),
        decoder_inject_noise=(False,) * 5, upsample_residual=(False,) * 4, upsample_factor=(1,) * 4,
        timestep_conditioning=False, patch_size=1, patch_size_t=1, encoder_causal=True, decoder_causal=False,
    )  # fmt: skip
    vae.use_framewise_encoding = vae.use_framewise_decoding = False
    transformer = diffusers.LTXVideoTransformer3DModel(
        in_channels=8, out_channels=8, num_attention_heads=4, attention_head_dim=8, cross_attention_dim=32,
        num_layers=1, caption_channels=32,
    )  # fmt: skip
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
    return getattr(diffusers, kind)(vae=vae, transformer=transformer, scheduler=scheduler, **_text(16))


def _cog(kind: str) -> Any:
    import diffusers

    still = kind == "CogVideoXImageToVideoPipeline"
    blocks = {"down_block_types": ("CogVideoXDownBlock3D",) * 4, "up_block_types": ("CogVideoXUpBlock3D",) * 4}
    vae = diffusers.AutoencoderKLCogVideoX(
        **blocks, block_out_channels=(8, 8, 8, 8), latent_channels=4, layers_per_block=1, norm_num_groups=2,
        temporal_compression_ratio=4,
    )  # fmt: skip
    transformer = diffusers.CogVideoXTransformer3DModel(
        num_attention_heads=2, attention_head_dim=16, in_channels=8 if still else 4, out_channels=4, time_embed_dim=2,
        text_embed_dim=32, num_layers=1, sample_width=8, sample_height=8, sample_frames=9, patch_size=2,
        temporal_compression_ratio=4, max_text_seq_length=16, use_rotary_positional_embeddings=still,
        use_learned_positional_embeddings=still,
    )  # fmt: skip
    return getattr(diffusers, kind)(
        vae=vae, transformer=transformer, scheduler=diffusers.CogVideoXDDIMScheduler(), **_text(16)
    )


def _animate(kind: str) -> Any:
    import diffusers

    still = tiny.image_pipeline()
    adapter = diffusers.MotionAdapter(
        block_out_channels=(16, 32), motion_layers_per_block=1, motion_num_attention_heads=2, motion_norm_num_groups=8,
        motion_max_seq_length=16,
    )  # fmt: skip
    parts = {name: still.components[name] for name in ("vae", "text_encoder", "tokenizer", "unet", "scheduler")}
    return getattr(diffusers, kind)(motion_adapter=adapter, **parts)


def _stable(kind: str) -> Any:
    import diffusers
    from transformers import CLIPImageProcessorPil, CLIPVisionConfig, CLIPVisionModelWithProjection

    unet = diffusers.UNetSpatioTemporalConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=8, in_channels=8, out_channels=4,
        down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
        up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"), cross_attention_dim=32,
        num_attention_heads=8, projection_class_embeddings_input_dim=96, addition_time_embed_dim=32,
    )  # fmt: skip
    vae = diffusers.AutoencoderKLTemporalDecoder(
        block_out_channels=(32, 64), down_block_types=("DownEncoderBlock2D",) * 2, latent_channels=4
    )
    look = CLIPVisionConfig(
        hidden_size=32, projection_dim=32, num_hidden_layers=1, num_attention_heads=4, image_size=224,
        intermediate_size=37, patch_size=32,
    )  # fmt: skip
    return getattr(diffusers, kind)(
        vae=vae, image_encoder=CLIPVisionModelWithProjection(look), unet=unet,
        scheduler=diffusers.EulerDiscreteScheduler(prediction_type="v_prediction"),
        feature_extractor=CLIPImageProcessorPil(crop_size=224, size=224),
    )  # fmt: skip

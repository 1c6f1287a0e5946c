"""Tiny random models, built in code: real classes of diffusers and transformers, no weights from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

LETTERS = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?'0123456789"


def tokenizer(*, length: int = 77) -> Any:
    """A character-level fast tokenizer with start, end and padding tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {t: i for i, t in enumerate(["<pad>", "<s>", "</s>", "<unk>", *LETTERS])}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
        model_max_length=length,
    )  # fmt: skip


def language_model() -> tuple[Any, Any]:
    """A random two-layer Llama that writes characters, and its tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tokenizer(length=2048)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=2048, bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval(), words


def image_pipeline(kind: str = "StableDiffusionPipeline") -> Any:
    """A random Stable Diffusion pipeline of that class that draws 256 px noise in a second."""
    import diffusers
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    words = tokenizer()
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(words), hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
            max_position_embeddings=77, bos_token_id=1, eos_token_id=2, pad_token_id=0,
        )
    )  # fmt: skip
    unet = diffusers.UNet2DConditionModel(
        sample_size=32, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(16, 32),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32, norm_num_groups=8, attention_head_dim=8,
    )  # fmt: skip
    vae = diffusers.AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), norm_num_groups=4, latent_channels=4, sample_size=256,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    pipe = getattr(diffusers, kind)(
        vae=vae, text_encoder=text.eval(), tokenizer=words, unet=unet.eval(),
        scheduler=diffusers.DDIMScheduler(steps_offset=1, clip_sample=False), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipe.set_progress_bar_config(disable=True)
    return pipe


def upscaler() -> Any:
    """A random upscaling pipeline that draws a 16-px picture anew at 64 px."""
    import diffusers
    import torch

    torch.manual_seed(0)
    still = image_pipeline()
    unet = diffusers.UNet2DConditionModel(
        sample_size=32, in_channels=7, out_channels=4, layers_per_block=1, block_out_channels=(16, 32),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32, norm_num_groups=8, attention_head_dim=8, num_class_embeds=400,
    )  # fmt: skip
    vae = diffusers.AutoencoderKL(
        block_out_channels=(8, 8, 8), norm_num_groups=4, latent_channels=4, sample_size=64, scaling_factor=0.08333,
        down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
    )  # fmt: skip
    pipe = diffusers.StableDiffusionUpscalePipeline(
        vae=vae, text_encoder=still.text_encoder, tokenizer=still.tokenizer, unet=unet.eval(),
        low_res_scheduler=diffusers.DDPMScheduler(), scheduler=diffusers.DDIMScheduler(steps_offset=1),
        max_noise_level=350,
    )  # fmt: skip
    pipe.set_progress_bar_config(disable=True)
    return pipe


def saved(pipe: Any, folder: Path, *, licence: str = "apache-2.0") -> Path:
    """The pipeline in a folder, with a model card that names the licence."""
    pipe.save_pretrained(folder)
    (folder / "README.md").write_text(f"---\nlicense: {licence}\ntags: [tiny]\n---\n# Tiny\n")
    return folder


def speech_model() -> tuple[Any, Any]:
    """A random VITS that babbles at 16 kHz, and its tokenizer."""
    import torch
    from transformers import VitsConfig, VitsModel

    words = tokenizer(length=200)
    torch.manual_seed(0)
    config = VitsConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16, flow_size=8,
        spectrogram_bins=9, upsample_initial_channel=16, upsample_rates=[8, 2], upsample_kernel_sizes=[16, 4],
        resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 3]], prior_encoder_num_flows=2,
        prior_encoder_num_wavenet_layers=1, posterior_encoder_num_wavenet_layers=1, duration_predictor_num_flows=2,
        depth_separable_num_layers=1, wavenet_kernel_size=3,
    )  # fmt: skip
    return VitsModel(config).eval(), words


def listener() -> Any:
    """A speech recognition pipeline over a random CTC model: it hears letters in anything."""
    import json
    import tempfile

    import torch
    from transformers import (
        AutomaticSpeechRecognitionPipeline,
        Wav2Vec2Config,
        Wav2Vec2CTCTokenizer,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2ForCTC,
    )

    with tempfile.TemporaryDirectory() as folder:
        vocabulary = Path(folder) / "vocab.json"
        vocabulary.write_text(
            json.dumps({t: i for i, t in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefg"])})
        )
        words = Wav2Vec2CTCTokenizer(str(vocabulary))
    torch.manual_seed(3)
    config = Wav2Vec2Config(
        vocab_size=12, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        conv_dim=(8, 8, 8), conv_stride=(5, 4, 4), conv_kernel=(10, 4, 4), num_feat_extract_layers=3,
        num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=2, pad_token_id=0, feat_extract_norm="layer",
    )  # fmt: skip
    return AutomaticSpeechRecognitionPipeline(
        model=Wav2Vec2ForCTC(config).eval(), tokenizer=words, feature_extractor=Wav2Vec2FeatureExtractor()
    )


def captioner() -> Any:
    """A captioning pipeline over a random BLIP: it sees letters in anything."""
    import torch
    from tokenizers import processors
    from transformers import (
        BlipConfig,
        BlipForConditionalGeneration,
        BlipImageProcessorPil,
        BlipProcessor,
        ImageTextToTextPipeline,
    )

    words = tokenizer(length=64)
    ends = [("<s>", 1), ("</s>", 2)]
    words.backend_tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=ends)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BlipConfig(
        text_config={**sizes, "vocab_size": len(words), "encoder_hidden_size": 16, "max_position_embeddings": 64,
                     "bos_token_id": 1, "eos_token_id": 2, "sep_token_id": 2, "pad_token_id": 0},
        vision_config={**sizes, "image_size": 32, "patch_size": 8}, projection_dim=16,
    )  # fmt: skip
    looks = BlipImageProcessorPil(size={"height": 32, "width": 32})
    return ImageTextToTextPipeline(
        model=BlipForConditionalGeneration(config).eval(), processor=BlipProcessor(looks, words)
    )

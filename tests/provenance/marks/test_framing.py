"""The framing of a payload: it comes back through noise, and chance passes its check as rarely as stated."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicia.provenance.errors import KeyTrouble, UsageError
from indicia.provenance.marks import MarkKey, _framing
from indicia.provenance.marks._chance import binomial_tail
from indicia.provenance.marks.riva_gan import RivaGan

KEY = MarkKey("aaaaaaaa", bytes(range(32)))
payloads = st.integers(0, (1 << 32) - 1)
secrets = st.binary(min_size=16, max_size=40)


@given(payload=payloads, secret=secrets)
def test_what_is_encoded_is_decoded(payload: int, secret: bytes) -> None:
    key = MarkKey("k", secret)
    bits = _framing.encode(payload, key, "method@1")

    found = _framing.decode(bits * 2.0 - 1, key, "method@1")

    assert found is not None
    assert (payload, 128) == (found.payload, found.agree)


def test_the_bits_of_version_1_never_change() -> None:
    # What was marked must stay readable for ever.
    def code(domain: str) -> str:
        return np.packbits(_framing.encode(0xDEADBEEF, KEY, domain)).tobytes().hex()

    assert "885ebe6d6ab1358e3ee30fd7ab33a6df" == code("dwt_dct_svd@1")
    assert "9a933d1f77a5bdb848189afde8f25dff" == code("dwt_dct@1")
    assert "1331f010" == np.packbits(RivaGan().code(0x5A5, KEY)).tobytes().hex()


@given(payload=payloads, seed=st.integers(0, 10_000))
def test_five_wrong_bits_anywhere_are_corrected(payload: int, seed: int) -> None:
    soft = _framing.encode(payload, KEY, "method@1") * 2.0 - 1
    wrong = np.random.default_rng(seed).choice(128, 5, replace=False)
    soft[wrong] *= -1  # less than half the code's distance of 12

    found = _framing.decode(soft, KEY, "method@1")

    assert found is not None
    assert (payload, 123) == (found.payload, found.agree)


def test_soft_values_carry_a_word_through_noise_that_flips_a_tenth_of_the_bits() -> None:
    rng = np.random.default_rng(1)
    back = 0

    for payload in range(200):
        soft = (_framing.encode(payload, KEY, "method@1") * 2.0 - 1) + rng.normal(0, 0.8, 128)
        found = _framing.decode(soft, KEY, "method@1")
        back += found is not None and found.payload == payload

    assert back >= 196


@given(payload=payloads)
def test_another_method_and_another_key_see_noise(payload: int) -> None:
    soft = _framing.encode(payload, KEY, "method@1") * 2.0 - 1

    assert _framing.decode(soft, KEY, "method@2") is None
    assert _framing.decode(soft, MarkKey("k", b"another secret of mine"), "method@1") is None


def test_the_check_passes_by_chance_as_often_as_its_bits_say() -> None:
    # 2**-24 cannot be counted in a test; the first 5 bits of the same check can, and show that it is fair.
    picture = np.random.default_rng(3).normal(0, 1, 128)
    passed = 0

    for n in range(640):
        key = MarkKey("k", n.to_bytes(16, "big"))
        order, mask = _framing._scramble(key, "m@1")
        plain = np.empty(128)
        plain[order] = np.where(mask, -picture, picture)
        word = _framing._viterbi(plain) >> 8
        passed += (word >> 19) & 31 == _framing.check(word >> 24, key, "m@1", 5)

    assert 6 <= passed <= 38  # 20 are expected; outside lie less than 1 in 1,000


def test_nothing_passes_on_noise() -> None:
    rng = np.random.default_rng(4)

    assert all(_framing.decode(rng.normal(0, 1, 128), KEY, "m@1") is None for _ in range(300))
    assert _framing.decode(np.zeros(128), KEY, "m@1") is None


def test_a_short_key_and_a_long_payload_are_refused() -> None:
    with pytest.raises(KeyTrouble, match="at least 16"):
        _framing.encode(1, MarkKey("short", b"123"), "m@1")
    with pytest.raises(UsageError, match="32 bits"):
        _framing.encode(1 << 32, KEY, "m@1")


def test_the_binomial_tail_is_exact_and_keeps_its_edges() -> None:
    assert 1.0 == binomial_tail(0, 10, 0.5)
    assert 0.0 == binomial_tail(11, 10, 0.5)
    assert 2**-10 == pytest.approx(binomial_tail(10, 10, 0.5))
    assert 56 / 1024 == pytest.approx(binomial_tail(8, 10, 0.5))
    assert 5.03e-8 == pytest.approx(binomial_tail(42, 48, 0.5), rel=0.01)


@given(trials=st.integers(1, 400), chance=st.sampled_from([0.25, 0.5]))
def test_the_binomial_tail_never_grows_with_more_hits(trials: int, chance: float) -> None:
    tails = [binomial_tail(hits, trials, chance) for hits in range(trials + 2)]

    assert all(0 <= after <= before <= 1 for before, after in itertools.pairwise(tails))

"""Provider codes of TC260-PG-20252A and the check character of GB 32100-2015."""

from __future__ import annotations

import re

_CODE = re.compile(r"00[0-9]{2}[0-9A-HJ-NPQRTUWXY]{18}[12][0-9A-Z]{4}")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, table 1: without I, O, S, V, Z
_ORGANISATION = "11"  # subject type and binding: an organisation with its unified social credit code


def check_provider_code(code: str) -> tuple[str, ...]:
    """What is wrong with a provider code, in words; empty when nothing is.

    27 characters: 00, subject type and binding (2), unified social credit code (18), service type 1 (generation) or
    2 (propagation), code of the model or application (4).
    """
    if len(code) != 27:
        return (f"a provider code has 27 characters, not {len(code)} (TC260-PG-20252A)",)
    if not _CODE.fullmatch(code):
        return ("a provider code is 00, 2 digits, an 18-character credit code, 1 or 2, 4 characters (TC260-PG-20252A)",)
    credit = code[4:22]
    if code[2:4] == _ORGANISATION and (right := _check_character(credit[:17])) != credit[17]:
        return (f"the credit code {credit} ends in {credit[17]} where its check character is {right} (GB 32100-2015)",)
    return ()


def looks_like_code(producer: str) -> bool:
    """Whether a producer is meant as a code rather than a name, which is lawful too (Labelling Measures, Art. 5)."""
    return re.fullmatch(r"00[0-9A-Z]{18,}", producer) is not None


def _check_character(digits: str) -> str:
    """GB 32100-2015, 5.5: weights are the powers of 3 modulo 31."""
    total = sum(_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(digits))
    return _ALPHABET[-total % 31]

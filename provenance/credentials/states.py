"""From validation codes to what they mean: trusted, untrusted, expired, invalid, altered."""

from __future__ import annotations

from collections.abc import Collection

from ..evidence import ClaimState

UNTRUSTED = "signingCredential.untrusted"
TRUSTED = "signingCredential.trusted"

# A time-stamp that fails only does not help; an identity assertion (CAWG) that fails says who did not sign it, and
# c2pa-rs lets it spoil the word for the whole manifest.
_APART = ("timeStamp.", "cawg.")
_EXPIRED = frozenset({"signingCredential.expired", "claimSignature.outsideValidity"})
# What was signed and is no longer there has been altered as surely as what no longer matches.
_REMOVED = frozenset(
    {"assertion.missing", "hashedURI.missing", "claimSignature.missing", "ingredient.manifest.missing"}
)


def state(success: Collection[str], failure: Collection[str]) -> ClaimState:
    """The state of one manifest by its codes; the overall word of c2pa-rs is not used.

    c2pa-rs says "Invalid" for an intact file whose certificate ran out as for one that was tampered with. Altered
    outranks an unfit certificate, which outranks an expired one, which outranks other breaches of the specification:
    a genuine file of an expired signer with a clumsy action is "expired", and stays evidence.
    """
    failures = {code for code in failure if code != UNTRUSTED and not code.startswith(_APART)}
    if any(_is_alteration(code) for code in failures):
        return ClaimState.ALTERED
    expired = failures & _EXPIRED
    if any(code.startswith(("signingCredential.", "algorithm.")) for code in failures - expired):
        return ClaimState.INVALID
    if expired:
        return ClaimState.EXPIRED
    if failures:
        return ClaimState.INVALID
    return ClaimState.TRUSTED if TRUSTED in success and UNTRUSTED not in failure else ClaimState.UNTRUSTED


def _is_alteration(code: str) -> bool:
    # An action that names the wrong ingredient (assertion.action.ingredientMismatch) was signed like that.
    return code in _REMOVED or code.endswith(".mismatch")

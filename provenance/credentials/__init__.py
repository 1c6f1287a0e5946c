"""C2PA Content Credentials: sign, verify, trust, sidecars, text, and the official rubric.

Nothing here imports c2pa until something is signed or read. Signing is in `sign` (`sign`, `sign_file`, `sign_tree`),
reading in `verify` (`read`, `examine`), the official checks in `rubric`.
"""

from .manifest import Statement, algorithm_name
from .sign import sign_file, sign_tree
from .signer import CallbackSigner, FileSigner, Signer
from .trust import TrustList, TrustStore, default_store
from .verify import examine, read

__all__ = [
    "CallbackSigner", "FileSigner", "Signer", "Statement", "TrustList", "TrustStore", "algorithm_name",
    "default_store", "examine", "read", "sign_file", "sign_tree",
]  # fmt: skip

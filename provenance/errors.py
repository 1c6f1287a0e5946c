"""Every error that indicia raises on purpose.

    IndiciaError
    |-- UsageError            the call cannot be carried out as asked              exit 2
    |   |-- UnreadableFile    missing, forbidden, a folder, a loop of links        exit 2
    |   |-- BadContent        the bytes are not what their format demands          exit 2
    |   |-- TooLarge          a limit on bytes, pixels or depth was met            exit 2
    |   |-- Unsupported       this format cannot carry what was asked for          exit 2
    |   |-- MissingExtra      an optional package is not installed                 exit 2
    |   `-- KeyTrouble        no key, a bad key, a key others can read             exit 2
    |-- WriteFailed           the result could not be written; the old file stands exit 2
    `-- SigningFailed         the signer or the time-stamp authority refused       exit 2

Reading content never raises these for what is *in* a file: that is evidence, or a `Gap`.
"""

from __future__ import annotations


class IndiciaError(Exception):
    """The root of all errors raised on purpose; its text says what happened and what to do next."""


class UsageError(IndiciaError):
    """The call cannot be carried out as asked."""


class UnreadableFile(UsageError):
    """A path that cannot be read as a file."""


class BadContent(UsageError):
    """Bytes that are not what their format demands."""


class TooLarge(UsageError):
    """A limit on bytes, pixels, depth or time was met before the work was done."""


class Unsupported(UsageError):
    """A format that cannot carry what was asked for."""


class MissingExtra(UsageError):
    """A method needs a package that is not installed."""

    def __init__(self, method: str, extra: str) -> None:
        super().__init__(f"{method} needs an optional package: pip install 'indicia[{extra}]'")
        self.method, self.extra = method, extra


class KeyTrouble(UsageError):
    """A key that is missing, unusable, or readable by others."""


class WriteFailed(IndiciaError):
    """A result that could not be written; the file that stood there is as it was."""


class SigningFailed(IndiciaError):
    """A signature that could not be made; nothing was written."""

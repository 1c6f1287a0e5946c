"""Model libraries as a command wants them: off the network unless asked, and without bars and advice of their own."""

from __future__ import annotations

import importlib
import os


def settle(*libraries: str, online: bool = False) -> None:
    """Settle "diffusers" or "transformers" before a model is loaded; a library that is not installed is passed over.

    The hub's client looks at its variable when it is imported, so this comes first.
    """
    if not online:
        os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    for library in libraries:
        try:
            logging = importlib.import_module(f"{library}.utils.logging")
        except ModuleNotFoundError:
            continue
        logging.set_verbosity_error()
        logging.disable_progress_bar()

"""The installation's key file: made on first start, readable by its owner alone, never a default."""

import os
import secrets
from pathlib import Path

NAME = "secret.key"


def secret_key(folder: Path) -> str:
    """Return the key that signs cookies, made now where there is none.

    Raises:
        ValueError: the file holds a key shorter than 32 characters.
    """
    file = folder / NAME
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = file.read_text("ascii").strip()
        if len(key) < 32:
            raise ValueError(
                f"The key in {file} is too short. Delete the file to get a new one."
            ) from None
        return key
    key = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w") as stream:
        stream.write(key)
        stream.flush()
        os.fsync(stream.fileno())
    return key

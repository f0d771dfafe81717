"""What a verdict depends on besides the model: the hash of the verifier.

Two verifications of the same text under the same fingerprint give the same answer, so a kept answer may be
used again. Any change to a file of this package, to Python or to the parser generator gives another one.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import sys
from pathlib import Path

_PACKAGE = Path(__file__).parent


def fingerprint(package: Path = _PACKAGE) -> str:
    """The SHA-256 of every file of the package, by its name, and of the versions of Python and lark."""
    parts = [platform.python_implementation(), sys.version, importlib.metadata.version("lark")]
    result = hashlib.sha256("\0".join(parts).encode())
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name, content = path.relative_to(package).as_posix(), path.read_bytes()
            # The lengths, so that no content can pass for the name of the next file.
            result.update(f"\0{name}\0{len(content)}\0".encode())
            result.update(content)
    return result.hexdigest()

"""`python -m appliedpi.check FILE_OR_FOLDER...`: one line for each certificate.

Of a folder, all files `*.certificate` below it. What the certificates of one model share is checked once.
Exit status: 0 every certificate is accepted, 1 one is rejected, 2 one cannot be read (or there is none).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliedpi.check import Checker, Malformed, Rejected

ACCEPTED, REJECTED, UNREADABLE = 0, 1, 2


def main(names: Sequence[str]) -> int:
    """Check the files; the exit status. The worst of them counts."""
    if not names:
        print("usage: python -m appliedpi.check FILE_OR_FOLDER...", file=sys.stderr)
        return UNREADABLE
    worst, checker = ACCEPTED, Checker()
    for name in names:
        files = list(_files(name))
        if not files:
            print(f"{name}: there is no file *.certificate", file=sys.stderr)
            worst = UNREADABLE
        for file in files:
            status, line = _checked(file, checker)
            print(f"{file}: {line}", file=sys.stderr if status else sys.stdout)
            worst = max(worst, status)
    return worst


def _files(name: str) -> Iterator[Path]:
    path = Path(name)
    if path.is_dir():
        yield from sorted(path.rglob("*.certificate"))
    else:
        yield path


def _checked(file: Path, checker: Checker) -> tuple[int, str]:
    try:
        return ACCEPTED, f"accepted: {checker.check(file.read_text(encoding='utf-8'))}"
    except Rejected as reason:
        return REJECTED, f"rejected: {reason}"
    except Malformed as reason:
        return UNREADABLE, str(reason)
    except (OSError, UnicodeDecodeError) as error:
        return UNREADABLE, f"cannot be read: {error}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m appliedpi.check FILE...`: one line for each certificate.

Exit status: 0 every certificate is accepted, 1 one is rejected, 2 one cannot be read (or no file is given).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from appliedpi.check import Malformed, Rejected, check

ACCEPTED, REJECTED, UNREADABLE = 0, 1, 2


def main(files: Sequence[str]) -> int:
    """Check the files; the exit status. The worst of them counts."""
    if not files:
        print("usage: python -m appliedpi.check FILE...", file=sys.stderr)
        return UNREADABLE
    worst = ACCEPTED
    for name in files:
        status, line = _checked(name)
        print(f"{name}: {line}", file=sys.stderr if status else sys.stdout)
        worst = max(worst, status)
    return worst


def _checked(name: str) -> tuple[int, str]:
    try:
        return ACCEPTED, f"accepted: {check(Path(name).read_text(encoding='utf-8'))}"
    except Rejected as reason:
        return REJECTED, f"rejected: {reason}"
    except Malformed as reason:
        return UNREADABLE, str(reason)
    except (OSError, UnicodeDecodeError) as error:
        return UNREADABLE, f"cannot be read: {error}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m appliedpi`: the same as the command `appliedpi`."""

from __future__ import annotations

import sys

from appliedpi.cli import main

if __name__ == "__main__":
    sys.exit(main())

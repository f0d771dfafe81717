"""`python -m appliedpi.native`: build the extension modules; one line says what came of it.

Exit status 0 also where there is no C compiler: everything works without, only slower.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from appliedpi import native


def main() -> int:
    """Build what is missing; 1 where the compiler fails."""
    target = native.folder()
    if target.is_dir():
        print("compiled build: up to date")
        return 0
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        print(f"compiled build: there is no C compiler ({compiler}), the modules stay interpreted")
        return 0
    if importlib.util.find_spec("mypyc") is None:
        print("compiled build: mypy is not installed, the modules stay interpreted")
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    # Not below this package, which the compiler would take for a part of what it compiles.
    with tempfile.TemporaryDirectory() as scratch:
        failed = _compile(Path(scratch))
        if failed is not None:
            print(f"compiled build: failed, the modules stay interpreted: {failed}", file=sys.stderr)
            return 1
        _keep(Path(scratch) / "built", target)
    print(f"compiled build: {len(native.COMPILED)} modules")
    return 0


def _compile(scratch: Path) -> str | None:
    """Compile a copy of the package into `scratch/built`; what the compiler said where it failed."""
    ignored = shutil.ignore_patterns("__pycache__", "native")
    shutil.copytree(native.PACKAGE, scratch / native.PACKAGE.name, ignore=ignored)
    package = Path(native.PACKAGE.name)
    files = [str(package.joinpath(*module.split(".")).with_suffix(".py")) for module in native.COMPILED]
    environment = {**os.environ, "APPLIEDPI_PURE": "1", "PYTHONPATH": str(scratch), "CFLAGS": "-O2 -g0"}
    done = subprocess.run(
        [sys.executable, "-m", "mypyc", "--strict", *files],
        cwd=scratch, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        words = (done.stdout + done.stderr).strip().splitlines()
        return words[-1] if words else f"exit status {done.returncode}"
    for path in list(scratch.rglob(f"*{native.SUFFIX}")):
        relative = path.relative_to(scratch)
        if relative.parts[0] == "build":
            continue  # the compiler's own copies
        place = scratch / "built" / relative
        place.parent.mkdir(parents=True, exist_ok=True)
        path.rename(place)
    return None


def _keep(built: Path, target: Path) -> None:
    """Copied beside the target and renamed: another process sees all of it or nothing."""
    copy = Path(tempfile.mkdtemp(dir=target.parent))
    copy.chmod(0o755)
    shutil.copytree(built, copy, dirs_exist_ok=True)
    try:
        copy.rename(target)
    except OSError:
        shutil.rmtree(copy)
        if not target.is_dir():  # another process was not faster
            raise


if __name__ == "__main__":
    sys.exit(main())

"""What must not be in a tracked file, and what must be where others look for it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.parse import unquote

from tests.infrastructure.repository import ROOT, text_of, tracked_files

# Put together here, so that this file does not contain them.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("py" + "pi", "org"), ("files", "python" + "hosted", "org"), ("conda", "ana" + "conda", "org"),
        ("registry", "npm" + "js", "org"), ("deb", "deb" + "ian", "org"), ("opam", "oca" + "ml", "org"),
    )
]  # fmt: skip
MACHINE_PATHS = [
    re.compile(rf"(?<![\w.]){re.escape(start)}[a-z]")
    for start in ("/" + "root/", "/" + "home/", "/" + "work/", "/" + "Users/", "/" + "tmp/")
]


def test_no_file_names_a_package_registry() -> None:
    found = [(path, host) for path in tracked_files() for host in HOSTS if host in text_of(path)]
    assert not found


def test_no_file_has_a_path_of_somebodys_machine() -> None:
    found = []
    for path in tracked_files():
        text = text_of(path)
        found += [(str(path), match[0]) for pattern in MACHINE_PATHS for match in pattern.finditer(text)]
        if str(ROOT) in text:
            found.append((str(path), str(ROOT)))
    assert not found


def test_nothing_is_left_open() -> None:
    words = re.compile(
        "|".join(("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error", r"# type: " + r"ignore$")), re.M
    )
    found = [
        (str(path), match[0])
        for path in tracked_files()
        if path.suffix in (".py", ".lark", ".pv", ".js", ".css")
        for match in words.finditer(text_of(path))
    ]
    assert not found


def test_no_file_is_large() -> None:
    most = 2 * 1024 * 1024  # bytes
    large = [str(path) for path in tracked_files() if (ROOT / path).stat().st_size > most]
    assert not large


def test_ci_is_the_script_that_a_person_runs() -> None:
    assert (ROOT / ".ci" / "run").read_text() == 'exec bash "$(dirname "$0")/../ci/run"\n'
    assert os.access(ROOT / "ci" / "run", os.X_OK)
    assert "run: ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text()


def test_every_local_link_of_the_readme_leads_somewhere() -> None:
    text = (ROOT / "README.md").read_text()
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'(?:src|href)="([^"#]+)"', text)
    local = [unquote(target) for target in targets if "://" not in target]
    assert len(local) >= 5
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_notebooks_are_committed_executed_and_without_errors() -> None:
    for path in tracked_files():
        if path.suffix != ".ipynb":
            continue
        code = [cell for cell in json.loads(text_of(path))["cells"] if cell["cell_type"] == "code"]
        assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)), path
        assert any(cell["outputs"] for cell in code), path
        for cell in code:
            assert all(output["output_type"] != "error" for output in cell["outputs"]), path


def test_the_licence_is_the_declared_one() -> None:
    assert Path(ROOT / "LICENSE").read_text().startswith("BSD 3-Clause License\n")
    assert 'license = "BSD-3-Clause"' in (ROOT / "pyproject.toml").read_text()

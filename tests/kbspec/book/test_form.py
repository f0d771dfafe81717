"""The committed form of a notebook: what varies between two runs is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kbspec.book.notebook import normalised, read_notebook, to_text, with_ids
from kbspec.errors import SpecificationError


def _executed(moment: str) -> dict[str, Any]:
    """A notebook as a kernel leaves it at some moment, with all the notes that programs add."""
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": "one",
                "execution_count": 7 if moment == "noon" else 9,
                "metadata": {
                    "execution": {"iopub.execute_input": moment},
                    "papermill": {"duration": moment, "status": "completed"},
                    "tags": ["keep"],
                },
                "source": "print(1)\n",
                "outputs": [
                    *(
                        {"output_type": "stream", "name": "stdout", "text": text}
                        for text in (["1\n2\n"] if moment == "noon" else ["1\n", "2\n"])
                    ),
                    {"output_type": "stream", "name": "stderr", "text": "e\n"},
                    {
                        "output_type": "execute_result", "execution_count": 7, "metadata": {},
                        "data": {"text/plain": "3"},
                    },
                    {
                        "output_type": "display_data", "metadata": {},
                        "data": {"application/vnd.jupyter.widget-view+json": {"model_id": moment}},
                    },
                ],
            },
            {"cell_type": "markdown", "id": "two", "metadata": {"papermill": {}}, "source": "*text*"},
        ],
        "metadata": {
            "kernelspec": {"display_name": moment, "name": "own-kernel", "language": "python"},
            "language_info": {"name": "python", "version": f"3.{len(moment)}"},
            "papermill": {"start_time": moment, "input_path": f"/home/{moment}"},
            "widgets": {"state": moment},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }  # fmt: skip


def test_two_runs_leave_the_same_bytes() -> None:
    noon, midnight = (to_text(normalised(_executed(moment))) for moment in ("noon", "midnight"))
    assert noon == midnight
    assert noon.endswith("}\n") and not noon.endswith("\n\n")
    for trace in ("noon", "papermill", 'execution"', "version", "/home", "widget"):
        assert trace not in noon


def test_what_the_author_wrote_stays() -> None:
    notebook = normalised(_executed("noon"))
    code, text = notebook["cells"]
    assert code["metadata"] == {"tags": ["keep"]}
    assert (code["source"], text["source"], code["id"]) == ("print(1)\n", "*text*", "one")
    assert [output["output_type"] for output in code["outputs"]] == ["stream", "stream", "execute_result"]
    assert code["execution_count"] == code["outputs"][2]["execution_count"] == 1


def test_missing_and_repeated_ids_become_unique_and_stable() -> None:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": "same"} for _ in range(3)]
    cells[0]["id"] = cells[1]["id"] = "twice"
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    first, second = with_ids(notebook, "01-a"), with_ids(notebook, "01-a")
    ids = [cell["id"] for cell in first["cells"]]
    assert ids == [cell["id"] for cell in second["cells"]]
    assert len(set(ids)) == 3 and ids[0] == "twice"


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b"not json", b"[]", b'{"nbformat": 3}', json.dumps({"nbformat": 4, "cells": 5}).encode()],
)
def test_what_is_no_notebook_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "01-broken.ipynb"
    path.write_bytes(data)
    with pytest.raises(SpecificationError, match="01-broken.ipynb"):
        read_notebook(path)

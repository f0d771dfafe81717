"""The literate layer: protocols stated, verified and drawn in the cells of a notebook.

%load_ext kbspec
spec.chapter("02-rcar")

%%pv rcar/kbs uses tls/server, rcar/messages
...

rcar = spec.model("rcar", "rcar/system", "rcar/queries", title="...")
rcar.verify(expect={"SEC-RESOURCE": "true"})
rcar.sequence("SAN-DELIVERED")
rcar.without("CHK-NONCE").verify(expect={"SEC-RESOURCE": "false"})
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kbspec.exercises.marking import Mark
    from kbspec.specification import FragmentCaption

__all__ = ["load_ipython_extension"]


def load_ipython_extension(ipython: Any) -> None:
    """Register `%%pv` and `%%answer`, put `spec` into the namespace, complete its names."""
    from kbspec.cache import loaded_verifier
    from kbspec.completion import register
    from kbspec.magics import define

    loaded_verifier()  # before the verifier is imported
    from kbspec.specification import Specification

    specification = Specification()

    def pv(line: str, cell: str) -> FragmentCaption:
        """A fragment in ProVerif's typed language: `%%pv area/part uses area/part, ...`."""
        return define(specification, line, cell)

    def answer(line: str, cell: str) -> Mark:
        """The answer to an exercise: `%%answer EX-02-1`, and below it a text."""
        return specification.exercise(line.strip()).check(cell)

    ipython.register_magic_function(pv, magic_kind="cell", magic_name="pv")
    ipython.register_magic_function(answer, magic_kind="cell", magic_name="answer")
    ipython.push({"spec": specification})
    register(ipython, specification)

"""A project whose book has one model, the vault, with its recorded verdicts and fault sets."""

from __future__ import annotations

from pathlib import Path

from tests.kbspec.vault import CLAIMS, vault

from kbspec import fault_records
from kbspec.files import write_atomically
from kbspec.specification import Specification
from kbspec.verdicts import ModelRecord, QueryRecord, digest, save


def recorded_vault(spec: Specification) -> Path:
    """The root of the project."""
    model = vault(spec)
    table = model.verify(expect=CLAIMS)
    queries = {
        one.id: QueryRecord(one.statement, one.word if one.reachability else one.verdict, one.verdict)
        for one in table.outcomes
    }
    save({"vault": ModelRecord("vault", "01-knock", "A vault", digest(model.text), queries)}, model.root)
    model.fault_sets()
    part = model.root / "build" / "parts" / "fault-sets" / "01-knock" / "vault.json"
    text = part.read_text(encoding="utf-8")
    write_atomically(model.root / fault_records.FILE.path, '{"models": ' + text.rstrip("\n") + "}\n")
    return model.root

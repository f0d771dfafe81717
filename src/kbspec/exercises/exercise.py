"""What a notebook shows of an exercise, and what it says of an answer; the table of all exercises."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from kbspec.errors import CertificateRejected, Interrupted, SpecificationError
from kbspec.exercises.answers import NotAccepted
from kbspec.exercises.definitions import Definition
from kbspec.exercises.marking import Answer, Mark, mark, prose
from kbspec.exercises.workshop import TIMEOUT, Workshop
from kbspec.listing import Listing
from kbspec.tables import Cell, Table

_KINDS = {
    "property": "State a property", "protocol": "Repair the protocol", "prediction": "Predict, then verify",
    "changes": "Find what is missing",
}  # fmt: skip
_CELL = re.compile(r"notebook \S*, cell \[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise of a chapter. Build it with `spec.exercise("EX-02-1")`."""

    definition: Definition
    workshop: Workshop

    def check(self, answer: Answer) -> Mark:
        """Say whether an answer is right, and if not, what is wrong with it; never what the solution is.

        `answer` is the text of a query or of processes; for a prediction a line for each property, or a
        mapping from IDs to verdicts; for changes a list of IDs, or a text with them. Raises Interrupted.
        """
        from appliedpi.errors import LimitExceeded

        id = self.definition.id
        try:
            return mark(self.definition, self.workshop, answer)
        except NotAccepted as error:
            sentences = [_capital(one) for one in (error.message, error.advice) if one]
            return Mark(id, "not yet", "\n\n".join(sentences))
        except CertificateRejected as error:
            return Mark(id, "open", f"Your answer cannot be marked.\n\n{error}")
        except SpecificationError as error:
            return Mark(id, "not yet", f"This is not yet ProVerif.\n\n{_readable(str(error), id)}")
        except KeyboardInterrupt:
            pass  # raised below, so that the interrupt does not hold on to what was computed so far
        except LimitExceeded:
            return Mark(
                id, "not yet",
                f"The verifier did not come to an end within {TIMEOUT:.0f} seconds. Your answer makes it "
                "build ever larger terms: look for a message that is sent on with more around it each time.",
            )  # fmt: skip
        raise Interrupted(f"{id}: interrupted, your answer was not marked")

    def _repr_html_(self) -> str:
        one = self.definition
        head = f"{one.id}. {one.title}"
        kind = f"{_KINDS[one.kind]}, about {one.minutes} minutes"
        parts = [f"<p><strong>{html.escape(head)}</strong> <em>({html.escape(kind)})</em></p>"]
        parts += [f"<p>{prose(paragraph)}</p>" for paragraph in one.task.split("\n\n")]
        parts += [Listing(name, text)._repr_html_() for name, text in one.given.items()]
        parts += [
            f"<details><summary>Hint {number} of {len(one.hints)}</summary><p>{prose(hint)}</p></details>"
            for number, hint in enumerate(one.hints, 1)
        ]
        return f'<section class="kbspec-exercise" id="{one.id}">\n' + "\n".join(parts) + "\n</section>"

    def __repr__(self) -> str:
        one = self.definition
        lines = [f"{one.id}. {one.title} ({_KINDS[one.kind]}, about {one.minutes} minutes)", one.task]
        return "\n".join(lines + [f"{name}\n{text}" for name, text in one.given.items()])


def exercise_table(definitions: dict[str, Definition]) -> Table:
    """All exercises of the book: what kind, how long."""
    rows = tuple(
        (
            Cell(one.id, f"<code>{one.id}</code>"), Cell(one.chapter), Cell(one.title),
            Cell(_KINDS[one.kind]), Cell(f"{one.minutes}"),
        )
        for one in definitions.values()
    )  # fmt: skip
    columns = ("Exercise", "Chapter", "Title", "Kind", "Minutes")
    return Table("The exercises", columns, rows, "kbspec-exercises")


def _readable(text: str, id: str) -> str:
    """The place in the learner's words: the answer is no fragment of the book."""
    return _CELL.sub(f"your answer to {id}", text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""The errors of the literate layer: a message for the reader of the notebook, never a traceback of ours.

IPython asks an exception for `_render_traceback_` before it renders the traceback itself. The cell still
fails, so papermill and nbconvert stop there.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class SpecificationError(Exception):
    """What is wrong (`message`), where, the line with a caret (`excerpt`), the cure (`advice`)."""

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        excerpt: Iterable[str] = (),
        advice: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.excerpt = tuple(excerpt)
        self.advice = advice

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.message}" if self.where else self.message]
        lines += self.excerpt
        if self.advice:
            lines.append(f"  advice: {self.advice}")
        return "\n".join(lines)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return str(self).splitlines()


class FragmentError(SpecificationError):
    """A fragment is not acceptable: its name, what it uses, its text."""


class VariantError(SpecificationError):
    """A check cannot be removed, or an assumption cannot be violated, as asked."""


class ClaimFailed(SpecificationError):
    """A verdict is not the one that the text claims. `differences` has one sentence for each query."""

    def __init__(self, model: str, differences: Iterable[str]) -> None:
        self.model = model
        self.differences = tuple(differences)
        super().__init__(
            f"model {model}: the verifier and the text disagree\n"
            + "\n".join(f"  - {difference}" for difference in self.differences)
        )


class CertificateRejected(SpecificationError):
    """The verifier says *true*, and the independent checker does not believe it."""


class LimitReached(SpecificationError):
    """A verification was not finished within its time or memory."""


class Interrupted(KeyboardInterrupt):
    """A verification was interrupted: still an interrupt, so that nothing goes on, but in one line."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [str(self)]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Advice for an unknown name: the closest known ones, or all that are known."""
    names = sorted(set(known))
    close = get_close_matches(word, names, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(close) + "?"
    return "known: " + ", ".join(names) if names else "none is defined so far"

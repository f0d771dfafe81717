"""What an identifier means: global declarations, local binders, and the errors about them.

ProVerif 2.05 has one name space for types, functions, names, variables, events, tables, processes and
`letfun`s. A global identifier is declared once; a local binder may rebind any identifier, with a warning.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from appliedpi import builtin
from appliedpi.core import Destructor
from appliedpi.errors import InputError, Place
from appliedpi.syntax import tree
from appliedpi.syntax.limits import MAXIMUM_SEQUENCE
from appliedpi.terms import Symbol, Term

_NEWLINE: Final = re.compile(r"\r\n|\r|\n")

MAXIMUM_STATEMENTS: Final = 20_000  # of an expanded process, counted with every copy of a macro or letfun
MAXIMUM_SIZE: Final = 100_000  # symbols of a term, counted with every occurrence of a shared subterm

BITSTRING: Final = "bitstring"
BOOL: Final = "bool"
NAT: Final = "nat"
CHANNEL: Final = "channel"
TIME: Final = "time"
SESSION: Final = "sid"

OTHER_BACKEND: Final = "use --backend proverif"


@dataclass(frozen=True, slots=True)
class TypeEntry:
    name: str


@dataclass(frozen=True, slots=True)
class FunctionEntry:
    """A constructor, constant or destructor (`destructor` is set)."""

    symbol: Symbol
    destructor: Destructor | None = None


@dataclass(frozen=True, slots=True)
class NameEntry:
    """A free name."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class VariableEntry:
    """A local identifier and the term it stands for: its own `Variable`, or what was substituted for it.

    `type` is the declared type, which may differ from that of the term where a type converter was dropped.
    `restriction`: bound by `new`, which ProVerif does not count as a variable.
    """

    term: Term
    type: str
    may_fail: bool = False
    restriction: bool = False


@dataclass(frozen=True, slots=True)
class EventEntry:
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class TableEntry:
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class ProcessEntry:
    """A process macro, elaborated afresh wherever it is used (so that its binders are distinct).

    `first_phase` is the lowest phase that it enters itself, None where it enters none.
    """

    declaration: tree.ProcessDeclaration
    parameters: tuple[VariableEntry, ...]
    first_phase: int | None


@dataclass(frozen=True, slots=True)
class LetfunEntry:
    """A `letfun`. `effects`: its body contains `event`, `insert` or `get`."""

    declaration: tree.TermDeclaration
    parameters: tuple[VariableEntry, ...]
    result_type: str
    effects: bool


@dataclass(frozen=True, slots=True)
class ReservedEntry:
    """A word that the language keeps for queries or for itself."""


Entry = (
    TypeEntry | FunctionEntry | NameEntry | VariableEntry | EventEntry | TableEntry | ProcessEntry
    | LetfunEntry | ReservedEntry
)  # fmt: skip

_KINDS: Final[dict[type[object], str]] = {
    TypeEntry: "a type",
    FunctionEntry: "a function",
    NameEntry: "a free name",
    VariableEntry: "a variable",
    EventEntry: "an event",
    TableEntry: "a table",
    ProcessEntry: "a process",
    LetfunEntry: "a letfun",
    ReservedEntry: "a reserved word",
}


def kind_of(entry: Entry) -> str:
    """ "a type", "a function", ...: for messages."""
    return _KINDS[type(entry)]


@dataclass(frozen=True, slots=True)
class Environment:
    """The identifiers in scope. `globals` grows with the declarations; `locals` is never changed."""

    globals: dict[str, Entry]
    locals: Mapping[str, VariableEntry] = field(default_factory=dict)

    def get(self, name: str) -> Entry | None:
        local = self.locals.get(name)
        return local if local is not None else self.globals.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self.locals or name in self.globals

    def bind(self, name: str, entry: VariableEntry) -> Environment:
        return Environment(self.globals, {**self.locals, name: entry})

    def bind_all(self, entries: Mapping[str, VariableEntry]) -> Environment:
        return Environment(self.globals, {**self.locals, **entries}) if entries else self

    def only_globals(self) -> Environment:
        return Environment(self.globals)

    def names(self) -> Iterable[str]:
        return {**self.globals, **self.locals}


class Context:
    """What one elaboration shares: global declarations, source texts for errors, warnings, settings."""

    def __init__(self, sources: Mapping[str, str], ignore_types: bool) -> None:
        self._sources = sources
        self._lines: dict[str, list[str]] = {}
        self._warnings: dict[str, None] = {}
        self.ignore_types = ignore_types
        self.globals: dict[str, Entry] = initial_entries()
        self.tuples: dict[int, Symbol] = {}
        self.global_references: set[str] = set()  # variables that `secret` or `public_vars` mention
        self.uses_naturals = False
        # Variables of expressions for which a term was substituted. ProVerif binds them by `let` instead
        # and so uses up an identifier for each, which shows in the identifiers it prints.
        self.substituted: list[str] = []
        # Whether `if false then P` behind an `@assume` tag is kept, for `families` to switch it on.
        self.keeps_assumptions = False
        # While a macro or letfun is declared, what it uses is not expanded: it has been checked already.
        self.declaring = False
        self._statements = 0
        self._depth = 0

    # --- errors and warnings -----------------------------------------------------------------------

    def error(self, message: str, place: Place, advice: str | None = None) -> InputError:
        """The error, with its source line; to be raised by the caller."""
        return InputError(message, place if place.line else None, self.source_line(place), advice)

    def refuse(self, construct: str, place: Place) -> NoReturn:
        """Raises the error for a part of the language that this verifier does not handle."""
        raise self.error(f"{construct} is not supported by the built-in verifier", place, OTHER_BACKEND)

    def warn(self, message: str, place: Place) -> None:
        """Records the warning once, however often the construct is elaborated."""
        self._warnings.setdefault(f"{place}: warning: {message}")

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self._warnings)

    def source_line(self, place: Place) -> str | None:
        if place.file not in self._sources:
            return None
        if place.file not in self._lines:
            # Lines end where they end for the parser: `splitlines` would also split at form feeds.
            self._lines[place.file] = _NEWLINE.split(self._sources[place.file])
        lines = self._lines[place.file]
        return lines[place.line - 1] if 0 < place.line <= len(lines) else None

    def unknown(self, what: str, name: str, place: Place, candidates: Iterable[str]) -> InputError:
        """`what` (a type, a table...) `name` is not declared; proposes the closest of the candidates."""
        close = (
            difflib.get_close_matches(name, sorted(candidates), n=1, cutoff=0.6) if len(name) < 200 else []
        )
        advice = f"did you mean '{close[0]}'?" if close else None
        return self.error(f"{what} '{name}' is not declared", place, advice)

    def enter_statement(self, place: Place) -> None:
        """Before the elaboration of a statement; raises InputError when macros expand without measure."""
        self.count(place)
        self._depth += 1
        if self._depth > MAXIMUM_SEQUENCE:
            raise self._too_large(f"{MAXIMUM_SEQUENCE} statements in a row", place)

    def leave_statement(self) -> None:
        """After it, unless it raised: an error ends the elaboration, and this object with it."""
        self._depth -= 1

    def count(self, place: Place) -> None:
        """Counts one statement, or one use of a `letfun`."""
        self._statements += 1
        if self._statements > MAXIMUM_STATEMENTS:
            raise self._too_large(f"{MAXIMUM_STATEMENTS} statements", place)

    def _too_large(self, limit: str, place: Place) -> InputError:
        return self.error(
            f"the process expands to more than {limit}",
            place,
            "a process macro or letfun that uses others several times grows exponentially",
        )

    def start(self, *, declaring: bool) -> None:
        """Before the elaboration of a macro, a `letfun` or the main process."""
        self._statements = 0
        self.declaring = declaring
        self.substituted.clear()

    # --- look-up -----------------------------------------------------------------------------------

    def candidates(self, environment: Environment, *kinds: type[object]) -> list[str]:
        """The identifiers in scope whose entry is of one of the kinds (all, where none is given)."""
        found = {**environment.globals, **environment.locals}
        return [
            name for name, entry in found.items()
            if not isinstance(entry, ReservedEntry) and (not kinds or isinstance(entry, kinds))
        ]  # fmt: skip

    def type_name(
        self, name: str, place: Place, environment: Environment, *, allowed: tuple[str, ...] = ()
    ) -> str:
        """The type called `name`. `time` and `sid` are types only where `allowed` says so."""
        if name in (TIME, SESSION):
            if name in allowed:
                return name
            raise self.error(f"type {name} is not allowed here", place)
        if name == "any_type":
            raise self.error("the polymorphic type any_type is not allowed here", place)
        entry = environment.get(name)
        if isinstance(entry, TypeEntry):
            if name == NAT:
                self.uses_naturals = True
            return entry.name
        if entry is not None:
            raise self.error(f"'{name}' is {kind_of(entry)}, not a type", place)
        raise self.unknown("type", name, place, self.candidates(environment, TypeEntry))

    def declare(self, name: str, entry: Entry, place: Place) -> None:
        """Adds a global declaration; raises InputError where the identifier is taken."""
        self.check_free(name, place)
        self.globals[name] = entry

    def check_free(self, name: str, place: Place) -> None:
        taken = self.globals.get(name)
        if taken is not None:
            raise self.error(f"identifier '{name}' is already defined (as {kind_of(taken)})", place)

    def tuple_symbol(self, arity: int) -> Symbol:
        return self.tuples.setdefault(arity, builtin.tuple_symbol(arity))


def initial_entries() -> dict[str, Entry]:
    """What every model starts with (ProVerif 2.05 manual, section 4.1.1)."""
    entries: dict[str, Entry] = {name: TypeEntry(name) for name in (CHANNEL, BITSTRING, BOOL, NAT)}
    entries |= {
        name: FunctionEntry(symbol) for name, symbol in (("true", builtin.TRUE), ("false", builtin.FALSE))
    }
    for name, symbol in (("not", builtin.NOT), ("is_nat", builtin.IS_NATURAL)):
        entries[name] = FunctionEntry(symbol, builtin.PREDEFINED[symbol])
    entries |= {
        name: ReservedEntry()
        for name in ("mess", "table", "attacker", "subterm", "any_type", TIME, SESSION)
    }  # fmt: skip
    return entries


def argument_list(types: Iterable[str]) -> str:
    """ "no argument", "1 argument of type nat", "2 arguments of types key, host"."""
    listed = list(types)
    if not listed:
        return "no argument"
    if len(listed) == 1:
        return f"1 argument of type {listed[0]}"
    return f"{len(listed)} arguments of types {', '.join(listed)}"

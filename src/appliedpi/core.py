"""The core calculus: what a model is after type checking and elaboration.

`typing` produces it from the syntax tree: process macros, `letfun`, `expand` and type annotations are
gone, every binder is a distinct `Variable`, every use refers to its binder. `translation` turns it into
Horn clauses; `traces.interpreter` executes it. Both read nothing else of the model.

A name created by `new` is a variable here: the interpreter binds it to a fresh name, the translation to
a name pattern. Expressions are terms over variables, constructors and destructors; `=`, `<>`, `&&`,
`||`, `not`, `if` and `let` inside expressions are destructors with rewrite rules like any other
(Blanchet 2016, section 2.1).

Objects are compared by identity (`eq=False`): a process occurs at one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliedpi.errors import Place
from appliedpi.terms import Symbol, Term, Variable


@dataclass(frozen=True, slots=True)
class Tag:
    """A structured comment `(*@kind ID [source] text *)` that stands directly before a construct."""

    kind: str
    text: str  # everything after the kind, white space folded
    place: Place


# --- expressions and patterns ---------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class RewriteRule:
    """`symbol(left...) -> right`. A variable with `may_fail` matches `fail` too; another, only messages."""

    left: tuple[Term, ...]
    right: Term


@dataclass(frozen=True, eq=False, slots=True)
class Destructor:
    """A destructor with its rules.

    Ordered (`otherwise`): rule i applies only where no rule before it does. Where no rule applies the
    result is `fail`. In both cases a plain variable does not match `fail`.
    """

    symbol: Symbol
    rules: tuple[RewriteRule, ...]
    ordered: bool
    place: Place | None = None  # of the declaration


@dataclass(frozen=True, eq=False, slots=True)
class Equation:
    left: Term
    right: Term
    linear: bool = False  # carries the [linear] option
    convergent: bool = False  # carries the [convergent] option
    place: Place | None = None  # of the equation, for the errors of the completion


@dataclass(frozen=True, eq=False, slots=True)
class PatternVariable:
    variable: Variable


@dataclass(frozen=True, eq=False, slots=True)
class PatternData:
    """`f(p1,...,pn)` with f a data constructor (tuples included)."""

    symbol: Symbol
    arguments: tuple[Pattern, ...]


@dataclass(frozen=True, eq=False, slots=True)
class PatternEqual:
    """`=M`: matches what equals M modulo the equational theory."""

    term: Term


Pattern = PatternVariable | PatternData | PatternEqual


# --- processes ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Process:
    """Base. `occurrence` is unique and numbered in pre-order from 1, as ProVerif's `{n}`."""

    occurrence: int
    place: Place
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Nil(Process):
    pass


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Parallel(Process):
    left: Process
    right: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Replication(Process):
    body: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class New(Process):
    """`new variable: type; body`.

    `dependencies`: None, or the variables of `new k[x, y]`, on which alone the name pattern depends.
    """

    variable: Variable
    dependencies: tuple[Variable, ...] | None
    body: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Input(Process):
    channel: Term
    pattern: Pattern
    precise: bool
    body: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Output(Process):
    channel: Term
    message: Term
    body: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Let(Process):
    """`let pattern = term in body else otherwise`; `otherwise` runs where it fails or does not match."""

    pattern: Pattern
    term: Term
    body: Process
    otherwise: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class If(Process):
    """`if condition then body else otherwise`; where the condition fails neither branch runs."""

    condition: Term
    body: Process
    otherwise: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Skippable(Process):
    """`body` behind a `test` that may be skipped; only `families` makes it, no model text does.

    The body runs where the test, an `if` or a `let` that binds nothing, takes its first branch; with the
    toggle of this number on, it runs always. What stands below the test itself is ignored.
    """

    test: If | Let
    toggle: int
    body: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Event(Process):
    """`event e(M...)`; `term` is App(event symbol, args)."""

    term: Term
    body: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Insert(Process):
    """`insert t(M...)`; `entry` is App(table symbol, args)."""

    entry: Term
    body: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Get(Process):
    """`get t(p...) suchthat condition in body else otherwise`."""

    table: Symbol
    patterns: tuple[Pattern, ...]
    condition: Term | None
    precise: bool
    body: Process
    otherwise: Process


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Phase(Process):
    number: int
    body: Process


# --- queries --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class QueryAttacker:
    term: Term
    phase: int | None  # None: every phase of the model (ProVerif: the last one)


@dataclass(frozen=True, eq=False, slots=True)
class QueryMessage:
    channel: Term
    term: Term
    phase: int | None


@dataclass(frozen=True, eq=False, slots=True)
class QueryTable:
    entry: Term
    phase: int | None


@dataclass(frozen=True, eq=False, slots=True)
class QueryEvent:
    term: Term
    injective: bool = False
    at: Variable | None = None  # `event(e)@t`


@dataclass(frozen=True, eq=False, slots=True)
class QueryComparison:
    """`left operator right`; operator is one of = <> >= > < <= (the last four on natural numbers)."""

    operator: str
    left: Term
    right: Term


@dataclass(frozen=True, eq=False, slots=True)
class QueryIsNatural:
    term: Term


QueryAtom = QueryAttacker | QueryMessage | QueryTable | QueryEvent | QueryComparison | QueryIsNatural


@dataclass(frozen=True, eq=False, slots=True)
class Conjunction:
    """All of `parts`; the empty conjunction is true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Disjunction:
    """Some of `parts`; the empty disjunction is false."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Nested:
    """`premise ==> conclusion` inside a conclusion (nested correspondence)."""

    premise: QueryAtom
    conclusion: Formula


Formula = Conjunction | Disjunction | Nested | QueryAtom


@dataclass(frozen=True, eq=False, slots=True)
class Query:
    """`premises ==> conclusion`. A reachability query `query F` has the empty disjunction as conclusion.

    `text` is the query as ProVerif prints it in its RESULT line, with the `not ` of a reachability query.
    `name` is the ID of its `@query` tag, where it has one. `options` are the bracketed options.
    """

    text: str
    premises: tuple[QueryAtom, ...]
    conclusion: Formula
    variables: tuple[Variable, ...]
    place: Place
    tags: tuple[Tag, ...] = ()
    options: tuple[str, ...] = ()
    public_variables: tuple[str, ...] = ()

    @property
    def name(self) -> str | None:
        for tag in self.tags:
            if tag.kind == "query" and tag.text:
                return tag.text.split()[0]
        return None

    @property
    def is_reachability(self) -> bool:
        return isinstance(self.conclusion, Disjunction) and not self.conclusion.parts


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """`nounif` (negative weight) or `select` (positive weight) on facts of a given shape."""

    fact: QueryAtom
    weight: int
    any_variables: frozenset[Variable] = frozenset()  # written `*x`: match anything
    options: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Assumption:
    """A `lemma`, `axiom` or `restriction`: a correspondence used in the proof of the others."""

    kind: str
    query: Query


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Model:
    """A complete, well-typed model."""

    constructors: tuple[Symbol, ...]  # with constants and data constructors, without tuples
    tuples: Mapping[int, Symbol]  # tuple constructor by arity, of every arity used
    free_names: tuple[Symbol, ...]
    destructors: Mapping[Symbol, Destructor]  # user-defined and predefined
    equations: tuple[Equation, ...]
    events: tuple[Symbol, ...]
    tables: tuple[Symbol, ...]
    process: Process
    queries: tuple[Query, ...]
    secrecy_assumptions: tuple[QueryAtom, ...] = ()  # `not` declarations
    selections: tuple[Selection, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)  # only known, valid options
    warnings: tuple[str, ...] = ()

    @property
    def ignore_types(self) -> bool:
        return self.settings.get("ignoreTypes", "true") != "false"

    @property
    def last_phase(self) -> int:
        """The highest phase number that the process, a query or an assumption mentions.

        Every run goes on into all of them: what the attacker knows it still knows in a later phase, whether
        or not the process has anything to do there.
        """
        highest = 1 if self.settings.get("keyCompromise") == "strict" else 0
        queries = [*self.queries, *[assumption.query for assumption in self.assumptions]]
        atoms = [*self.secrecy_assumptions, *[atom for query in queries for atom in query_atoms(query)]]
        for atom in atoms:
            if isinstance(atom, QueryAttacker | QueryMessage | QueryTable):
                highest = max(highest, atom.phase or 0)
        stack: list[Process] = [self.process]
        while stack:
            process = stack.pop()
            if isinstance(process, Phase):
                highest = max(highest, process.number)
            stack.extend(subprocesses(process))
        return highest


def query_atoms(query: Query) -> list[QueryAtom]:
    """The facts of a query, in no particular order."""
    stack: list[Formula] = [*query.premises, query.conclusion]
    atoms: list[QueryAtom] = []
    while stack:
        formula = stack.pop()
        match formula:
            case Conjunction() | Disjunction():
                stack.extend(formula.parts)
            case Nested():
                stack += [formula.premise, formula.conclusion]
            case _:
                atoms.append(formula)
    return atoms


def subprocesses(process: Process) -> tuple[Process, ...]:
    """The immediate subprocesses, in reading order."""
    match process:
        case Nil():
            return ()
        case Parallel():
            return (process.left, process.right)
        case Let() | If() | Get():
            return (process.body, process.otherwise)
        case Replication() | New() | Input() | Output() | Event() | Insert() | Phase() | Skippable():
            return (process.body,)
        case _:
            raise AssertionError(f"unknown process {process!r}")

"""The syntax tree: a model exactly as it was written, before any name is resolved.

One class per construct of ProVerif 2.05's typed input grammar (manual, appendix A). Nodes are immutable
and compare by structure without places and tags, so that `parse(print(tree)) == tree` can be tested. A
transformation (`dataclasses.replace`) makes a variant of a model; `printer` turns it into text again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from appliedpi.core import Tag
from appliedpi.errors import Place

NOWHERE = Place("", 0, 0)


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all nodes. `place` is the first character of the construct."""

    place: Place = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


# --- terms: in processes, rewrite rules, equations, queries -----------------------------------------


@dataclass(frozen=True, slots=True)
class Identifier(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: int


@dataclass(frozen=True, slots=True)
class Fail(Node):
    """`fail` in a rewrite rule."""


@dataclass(frozen=True, slots=True)
class Apply(Node):
    """`f(M...)`, and the operators: names `=`, `<>`, `&&`, `||`, `not`, `>=`, `>`, `<=`, `<`, `+`, `-`,
    `==>`, `choice`. For `M + i` and `M - i` the second argument is a Number. In queries also `event(...)`,
    `inj-event(...)`, `attacker(...)`, `mess(...)`, `table(...)`, with `phase` and `at` where written."""

    function: str
    arguments: tuple[Expression, ...]
    phase: int | None = field(default=None, kw_only=True)
    at: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Tuple(Node):
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class NewName(Node):
    """In a query or nounif: `new k[x = M; !1 = i]`; a binding on a replication is named `!1`."""

    name: str
    bindings: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Any(Node):
    """In nounif: `*x`."""

    name: str


@dataclass(frozen=True, slots=True)
class LetIn(Node):
    """`let x = M in N` of queries, equations and rewrite rules (also written `x <- M; N`)."""

    name: str
    term: Expression
    body: Expression


@dataclass(frozen=True, slots=True)
class TermNew(Node):
    """`new x[deps]: T; M`."""

    name: str
    dependencies: tuple[str, ...] | None
    type: str
    body: Expression


@dataclass(frozen=True, slots=True)
class TermIf(Node):
    condition: Expression
    then: Expression
    otherwise: Expression | None


@dataclass(frozen=True, slots=True)
class TermLet(Node):
    pattern: PatternTree
    term: Expression
    body: Expression
    otherwise: Expression | None


@dataclass(frozen=True, slots=True)
class TermEvent(Node):
    """`event e(M...)[dependencies]; N`; dependencies as in Event."""

    event: str
    arguments: tuple[Expression, ...]
    body: Expression
    dependencies: tuple[str, ...] | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class TermInsert(Node):
    table: str
    arguments: tuple[Expression, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class TermGet(Node):
    table: str
    patterns: tuple[PatternTree, ...]
    condition: Expression | None
    options: tuple[str, ...]
    body: Expression
    otherwise: Expression | None


Expression = (
    Identifier | Number | Fail | Apply | Tuple | NewName | Any | LetIn
    | TermNew | TermIf | TermLet | TermEvent | TermInsert | TermGet
)  # fmt: skip


# --- patterns ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VariablePattern(Node):
    """`x`, `x: T`; name None for `_`."""

    name: str | None
    type: str | None


@dataclass(frozen=True, slots=True)
class TuplePattern(Node):
    items: tuple[PatternTree, ...]


@dataclass(frozen=True, slots=True)
class DataPattern(Node):
    """`f(p...)`; `p + i` is function `+` with a NumberPattern second."""

    function: str
    arguments: tuple[PatternTree, ...]


@dataclass(frozen=True, slots=True)
class NumberPattern(Node):
    value: int


@dataclass(frozen=True, slots=True)
class EqualPattern(Node):
    """`=M`."""

    term: Expression


PatternTree = VariablePattern | TuplePattern | DataPattern | NumberPattern | EqualPattern


# --- processes --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProcessNode(Node):
    """Base of processes. `tags` are the structured comments written directly before this statement."""

    tags: tuple[Tag, ...] = field(default=(), compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Nil(ProcessNode):
    """`0`, `yield`, or nothing after a statement."""


@dataclass(frozen=True, slots=True)
class Parallel(ProcessNode):
    left: ProcessTree
    right: ProcessTree


@dataclass(frozen=True, slots=True)
class Replication(ProcessNode):
    body: ProcessTree


@dataclass(frozen=True, slots=True)
class New(ProcessNode):
    name: str
    dependencies: tuple[str, ...] | None
    type: str
    body: ProcessTree


@dataclass(frozen=True, slots=True)
class Call(ProcessNode):
    """A process macro used by name. (Its `[sync: ...]` tag only steers Barrier and is dropped.)"""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class If(ProcessNode):
    condition: Expression
    then: ProcessTree
    otherwise: ProcessTree


@dataclass(frozen=True, slots=True)
class Input(ProcessNode):
    channel: Expression
    pattern: PatternTree
    options: tuple[str, ...]
    body: ProcessTree


@dataclass(frozen=True, slots=True)
class Output(ProcessNode):
    channel: Expression
    message: Expression
    body: ProcessTree


@dataclass(frozen=True, slots=True)
class Let(ProcessNode):
    pattern: PatternTree
    term: Expression
    body: ProcessTree
    otherwise: ProcessTree


@dataclass(frozen=True, slots=True)
class LetSuchThat(ProcessNode):
    """`let x: T suchthat ...` (predicates; refused by name after parsing)."""

    variables: tuple[tuple[str, str], ...]
    condition: Expression
    body: ProcessTree
    otherwise: ProcessTree


@dataclass(frozen=True, slots=True)
class Event(ProcessNode):
    """`event e(M...)[dependencies]; P`; dependencies None where not written."""

    event: str
    arguments: tuple[Expression, ...]
    body: ProcessTree
    dependencies: tuple[str, ...] | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Insert(ProcessNode):
    table: str
    arguments: tuple[Expression, ...]
    body: ProcessTree


@dataclass(frozen=True, slots=True)
class Get(ProcessNode):
    table: str
    patterns: tuple[PatternTree, ...]
    condition: Expression | None
    options: tuple[str, ...]
    body: ProcessTree
    otherwise: ProcessTree


@dataclass(frozen=True, slots=True)
class Phase(ProcessNode):
    number: int
    body: ProcessTree


@dataclass(frozen=True, slots=True)
class Barrier(ProcessNode):
    """`sync n`; refused by name after parsing."""

    number: int
    tag: str | None
    body: ProcessTree


ProcessTree = (
    Nil | Parallel | Replication | New | Call | If | Input | Output | Let | LetSuchThat
    | Event | Insert | Get | Phase | Barrier
)  # fmt: skip


# --- declarations -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declaration(Node):
    """Base of declarations. `tags` are the structured comments written directly before it.

    `options` of any node are as written, without blanks: `name`, `name=value`, `name={a,b}`.
    """

    tags: tuple[Tag, ...] = field(default=(), compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`x: T` or `x: T or fail`."""

    name: str
    type: str
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class TypeDeclaration(Declaration):
    name: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionDeclaration(Declaration):
    """`fun f(T...): T [options].`"""

    name: str
    argument_types: tuple[str, ...]
    result_type: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConstantDeclaration(Declaration):
    """`const a, b: T [options].`"""

    names: tuple[str, ...]
    type: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FreeDeclaration(Declaration):
    """`free a, b: T [options].` and `channel a, b.`"""

    names: tuple[str, ...]
    type: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RewriteRuleTree:
    """`forall parameters; left = right`. The equality is one Apply("=") or LetIn around it."""

    parameters: tuple[Parameter, ...]
    equality: Expression


@dataclass(frozen=True, slots=True)
class ReductionDeclaration(Declaration):
    """`reduc forall ...; g(...) = M; ... [options].` (unordered)."""

    rules: tuple[RewriteRuleTree, ...]
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DestructorDeclaration(Declaration):
    """`fun g(T...): T reduc forall ...; g(...) = M otherwise ... [options].` (ordered)."""

    name: str
    argument_types: tuple[str, ...]
    result_type: str
    rules: tuple[RewriteRuleTree, ...]
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EquationDeclaration(Declaration):
    equations: tuple[RewriteRuleTree, ...]
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventDeclaration(Declaration):
    name: str
    argument_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableDeclaration(Declaration):
    name: str
    argument_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingDeclaration(Declaration):
    """`set name = value.`; the value is the identifier, the digits, or what is between the quotes."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ProcessDeclaration(Declaration):
    """`let P(x: T, ...) = process.`"""

    name: str
    parameters: tuple[Parameter, ...]
    body: ProcessTree


@dataclass(frozen=True, slots=True)
class TermDeclaration(Declaration):
    """`letfun f(x: T, ...) = M.`"""

    name: str
    parameters: tuple[Parameter, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class CorrespondenceQuery(Node):
    formula: Expression
    public_variables: tuple[str, ...]
    tags: tuple[Tag, ...] = field(default=(), compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class SecretQuery(Node):
    """`secret x public_vars y, ... [options]`."""

    name: str
    public_variables: tuple[str, ...]
    options: tuple[str, ...]
    tags: tuple[Tag, ...] = field(default=(), compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class QueryDeclaration(Declaration):
    """`query x: T, ...; q1; q2 [options].` Tags before a query after a `;` belong to that query."""

    parameters: tuple[Parameter, ...]
    queries: tuple[CorrespondenceQuery | SecretQuery, ...]
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LemmaDeclaration(Declaration):
    """`lemma`, `axiom` or `restriction` (`kind`)."""

    kind: str
    parameters: tuple[Parameter, ...]
    queries: tuple[CorrespondenceQuery, ...]
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotDeclaration(Declaration):
    parameters: tuple[Parameter, ...]
    fact: Expression


@dataclass(frozen=True, slots=True)
class SelectionDeclaration(Declaration):
    """`nounif` (also written `noselect`) or `select` (`kind`), with the weight where written.

    In ProVerif 2.05 `facts` is one fact, or LetIn around one.
    """

    kind: str
    parameters: tuple[Parameter, ...]
    facts: tuple[Expression, ...]
    weight: int | None
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DefinitionDeclaration(Declaration):
    """`def name(parameter, ...) { declarations }`."""

    name: str
    parameters: tuple[str, ...]
    declarations: tuple[DeclarationTree, ...]


@dataclass(frozen=True, slots=True)
class ExpandDeclaration(Declaration):
    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnsupportedDeclaration(Declaration):
    """A construct that is recognised only to be refused by its name (`noninterf`, `weaksecret`, `pred`,
    `clauses`, `elimtrue`), or ignored as ProVerif does (`proof`, `implementation`, `proba`, `letproba`,
    `param`). `text` is what follows the construct's keyword, up to the end, tokens joined by blanks."""

    construct: str
    text: str = field(default="", kw_only=True)


DeclarationTree = (
    TypeDeclaration | FunctionDeclaration | ConstantDeclaration | FreeDeclaration
    | ReductionDeclaration | DestructorDeclaration | EquationDeclaration | EventDeclaration
    | TableDeclaration | SettingDeclaration | ProcessDeclaration | TermDeclaration | QueryDeclaration
    | LemmaDeclaration | NotDeclaration | SelectionDeclaration | DefinitionDeclaration
    | ExpandDeclaration | UnsupportedDeclaration
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelTree(Node):
    """A whole file; `process` is None for a library (`.pvl`)."""

    declarations: tuple[DeclarationTree, ...]
    process: ProcessTree | None

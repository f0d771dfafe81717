"""Core models and derivations built by hand, so that these tests need neither parser nor prover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliedpi import core
from appliedpi.builtin import tuple_symbol
from appliedpi.errors import Place
from appliedpi.terms import App, Kind, Symbol, Term, Variable
from appliedpi.traces import derivation
from appliedpi.traces.derivation import Node, Passed

PLACE = Place("test.pv", 1, 1)


class Build:
    """Numbers statements as it makes them; `line` of a statement is its number."""

    def __init__(self) -> None:
        self._count = 0

    def _base(self) -> dict[str, object]:
        self._count += 1
        return {"occurrence": self._count, "place": Place("test.pv", self._count, 1)}

    def nil(self) -> core.Nil:
        return core.Nil(**self._base())

    def par(self, left: core.Process, *others: core.Process) -> core.Process:
        if not others:
            return left
        return core.Parallel(left=left, right=self.par(*others), **self._base())

    def bang(self, body: core.Process) -> core.Replication:
        return core.Replication(body=body, **self._base())

    def new(self, variable: Variable, body: core.Process) -> core.New:
        return core.New(variable=variable, dependencies=None, body=body, **self._base())

    def out(self, channel: Term, message: Term, body: core.Process | None = None) -> core.Output:
        return core.Output(channel=channel, message=message, body=body or self.nil(), **self._base())

    def inp(
        self, channel: Term, pattern: core.Pattern | Variable, body: core.Process | None = None
    ) -> core.Input:
        return core.Input(
            channel=channel, pattern=as_pattern(pattern), precise=False, body=body or self.nil(),
            **self._base(),
        )  # fmt: skip

    def let(
        self,
        pattern: core.Pattern | Variable,
        term: Term,
        body: core.Process | None = None,
        otherwise: core.Process | None = None,
    ) -> core.Let:
        return core.Let(
            pattern=as_pattern(pattern), term=term, body=body or self.nil(),
            otherwise=otherwise or self.nil(), **self._base(),
        )  # fmt: skip

    def when(
        self, condition: Term, body: core.Process | None = None, otherwise: core.Process | None = None
    ) -> core.If:
        return core.If(
            condition=condition, body=body or self.nil(), otherwise=otherwise or self.nil(), **self._base()
        )

    def event(self, term: Term, body: core.Process | None = None) -> core.Event:
        return core.Event(term=term, body=body or self.nil(), **self._base())

    def insert(self, entry: Term, body: core.Process | None = None) -> core.Insert:
        return core.Insert(entry=entry, body=body or self.nil(), **self._base())

    def get(
        self,
        table: Symbol,
        patterns: Sequence[core.Pattern | Variable],
        body: core.Process | None = None,
        otherwise: core.Process | None = None,
        condition: Term | None = None,
    ) -> core.Get:
        return core.Get(
            table=table, patterns=tuple(as_pattern(p) for p in patterns), condition=condition, precise=False,
            body=body or self.nil(), otherwise=otherwise or self.nil(), **self._base(),
        )  # fmt: skip

    def phase(self, number: int, body: core.Process) -> core.Phase:
        return core.Phase(number=number, body=body, **self._base())


def as_pattern(pattern: core.Pattern | Variable) -> core.Pattern:
    return core.PatternVariable(pattern) if isinstance(pattern, Variable) else pattern


def constructor(name: str, arity: int, **options: bool) -> Symbol:
    return Symbol(name, ("bitstring",) * arity, "bitstring", Kind.CONSTRUCTOR, **options)


def reduction(name: str, *rules: tuple[Sequence[Term], Term], ordered: bool = True) -> core.Destructor:
    arity = len(rules[0][0])
    symbol = Symbol(name, ("bitstring",) * arity, "bitstring", Kind.DESTRUCTOR)
    return core.Destructor(
        symbol, tuple(core.RewriteRule(tuple(left), right) for left, right in rules), ordered=ordered
    )


def name(text: str, private: bool = False) -> Term:
    return App(Symbol(text, (), "bitstring", Kind.NAME, private=private))


def event_symbol(text: str, arity: int) -> Symbol:
    return Symbol(text, ("bitstring",) * arity, "bitstring", Kind.EVENT)


def table_symbol(text: str, arity: int) -> Symbol:
    return Symbol(text, ("bitstring",) * arity, "bitstring", Kind.TABLE)


def tup(*terms: Term) -> Term:
    return App(tuple_symbol(len(terms)), terms)


def data(*patterns: core.Pattern | Variable) -> core.PatternData:
    return core.PatternData(tuple_symbol(len(patterns)), tuple(as_pattern(p) for p in patterns))


def pattern_name(text: str, *arguments: Term) -> Term:
    """A name pattern `text[arguments]` of a derivation; the same text and arguments give the same term."""
    symbol = _pattern_symbols.setdefault(
        (text, len(arguments)), Symbol(text, ("bitstring",) * len(arguments), "bitstring", Kind.NAME)
    )
    return App(symbol, arguments)


_pattern_symbols: dict[tuple[str, int], Symbol] = {}


def make_model(
    process: core.Process,
    *,
    names: Sequence[Term] = (),
    constructors: Sequence[Symbol] = (),
    destructors: Sequence[core.Destructor] = (),
    equations: Sequence[tuple[Term, Term]] = (),
    tuples: Sequence[int] = (2, 3),
    settings: Mapping[str, str] | None = None,
    assumptions: Sequence[core.Assumption] = (),
) -> core.Model:
    return core.Model(
        constructors=tuple(constructors),
        tuples={arity: tuple_symbol(arity) for arity in tuples},
        free_names=tuple(term.symbol for term in names if term.symbol is not None),
        destructors={destructor.symbol: destructor for destructor in destructors},
        equations=tuple(core.Equation(left, right) for left, right in equations),
        events=(),
        tables=(),
        process=process,
        queries=(),
        settings=dict(settings or {}),
        assumptions=tuple(assumptions),
    )


FALSE = core.Disjunction(())


def make_query(*premises: core.QueryAtom, conclusion: core.Formula = FALSE) -> core.Query:
    return core.Query(text="the query", premises=premises, conclusion=conclusion, variables=(), place=PLACE)


# --- derivations ----------------------------------------------------------------------------------


def initial(term: Term, phase: int = 0) -> Node:
    return Node(derivation.AttackerFact(term, phase), derivation.Initial(), ())


def apply(symbol: Symbol, result: Term, *premises: Node, phase: int = 0) -> Node:
    return Node(derivation.AttackerFact(result, phase), derivation.Application(symbol), premises)


def make_tuple(*premises: Node) -> Node:
    terms = tuple(premise.fact.term for premise in premises)  # type: ignore[union-attr]
    return apply(tuple_symbol(len(terms)), tup(*terms), *premises)


def listen(sent: Node, channel: Node) -> Node:
    assert isinstance(sent.fact, derivation.MessageFact)
    fact = derivation.AttackerFact(sent.fact.message, sent.fact.phase)
    return Node(fact, derivation.Listen(), (sent, channel))


def send(channel: Node, message: Node) -> Node:
    assert isinstance(channel.fact, derivation.AttackerFact)
    assert isinstance(message.fact, derivation.AttackerFact)
    fact = derivation.MessageFact(channel.fact.term, message.fact.term, message.fact.phase)
    return Node(fact, derivation.Send(), (channel, message))


def next_phase(premise: Node) -> Node:
    assert isinstance(premise.fact, derivation.AttackerFact)
    fact = derivation.AttackerFact(premise.fact.term, premise.fact.phase + 1)
    return Node(fact, derivation.NextPhase(), (premise,))


class Runs:
    """Derivation nodes concluded by the process: finds the path to a statement and decorates it."""

    def __init__(self, model: core.Model) -> None:
        self._parents: dict[core.Process, tuple[core.Process, int]] = {}
        stack = [model.process]
        while stack:
            process = stack.pop()
            for branch, child in enumerate(core.subprocesses(process)):
                self._parents[child] = (process, branch)
                stack.append(child)

    def concludes(
        self,
        statement: core.Process,
        fact: derivation.Fact,
        sessions: Sequence[Term] = (),
        bound: Mapping[core.Process, Term] | None = None,
        premises: Mapping[core.Process, Node] | None = None,
    ) -> Node:
        """`sessions` from the outermost replication on the path to the innermost."""
        bound, premises = bound or {}, premises or {}
        chain: list[tuple[core.Process, int]] = []
        current = statement
        while current in self._parents:
            current, branch = self._parents[current]
            chain.append((current, branch))
        chain.reverse()
        left = list(sessions)
        nodes: list[Node] = []
        path: list[Passed] = []
        for process, branch in chain:
            session = left.pop(0) if isinstance(process, core.Replication) else None
            index = None
            if process in premises:
                index = len(nodes)
                nodes.append(premises[process])
            path.append(Passed(process, branch, session, index, bound.get(process)))
        assert not left
        return Node(fact, derivation.ProcessRule(statement, tuple(path)), tuple(nodes))

    def sends(self, statement: core.Output, channel: Term, message: Term, **options: object) -> Node:
        phase = options.pop("phase", 0)
        assert isinstance(phase, int)
        fact = derivation.MessageFact(channel, message, phase)
        return self.concludes(statement, fact, **options)  # type: ignore[arg-type]

    def executes(self, statement: core.Event, term: Term, **options: object) -> Node:
        return self.concludes(statement, derivation.EventFact(term), **options)  # type: ignore[arg-type]

    def inserts(self, statement: core.Insert, entry: Term, **options: object) -> Node:
        return self.concludes(statement, derivation.TableFact(entry, 0), **options)  # type: ignore[arg-type]

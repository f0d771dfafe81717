"""Makes the rules of a derivation that run in one copy of a process agree on what the copy receives.

A statement runs at most once in each copy, but the clauses do not know that: a derivation may use a copy
twice with two different messages. Often one of them is arbitrary, a name that the attacker makes only
because the derivation did not care. The names of the attacker and the session identifiers then act as
variables: the two messages are unified, and the derivation is instantiated. ProVerif has the same heuristic
(manual of ProVerif 2.05, section 6.6.2, setting `unifyDerivation`).
"""

from __future__ import annotations

from collections.abc import Sequence

from appliedpi import core
from appliedpi.errors import LimitExceeded
from appliedpi.terms import App, Kind, Symbol, Term
from appliedpi.traces import derivation
from appliedpi.traces.derivation import Node, Passed

_ROUNDS = 20


def merged(model: core.Model, goals: Sequence[Node]) -> list[Node] | None:
    """The derivation in which rules of one copy agree; None where they already do or cannot."""
    nodes = _nodes(goals)
    merger = _Merger(model, nodes)
    try:
        if not merger.unify_copies(nodes):
            return None
        return merger.instantiate(goals, nodes)
    except (_Disagree, LimitExceeded):
        return None


class _Disagree(Exception):
    """Two terms do not unify."""


class _Merger:
    def __init__(self, model: core.Model, nodes: Sequence[Node]) -> None:
        self._rigid: set[Term] = {App(name) for name in model.free_names}
        for node in nodes:
            if isinstance(node.rule, derivation.ProcessRule):
                for passed in node.rule.path:
                    if isinstance(passed.process, core.New) and passed.bound is not None:
                        self._rigid.add(passed.bound)
        self._values: dict[Term, Term] = {}

    def _is_variable(self, term: Term) -> bool:
        symbol = term.symbol
        return (
            symbol is not None and symbol.kind is Kind.NAME and not term.args and not symbol.private
            and term not in self._rigid
        )  # fmt: skip

    def unify_copies(self, nodes: Sequence[Node]) -> bool:
        """Unifies what each copy receives; whether anything changed. Raises _Disagree."""
        changed = False
        for _ in range(_ROUNDS):
            before = len(self._values)
            seen: dict[tuple[object, ...], Term] = {}
            for node in nodes:
                if isinstance(node.rule, derivation.ProcessRule):
                    self._unify_path(node, node.rule.path, seen)
            if len(self._values) == before:
                return changed
            changed = True
        return changed

    def _unify_path(
        self, node: Node, path: Sequence[Passed], seen: dict[tuple[object, ...], Term]
    ) -> None:
        copy: tuple[object, ...] = ()
        for passed in path:
            process = passed.process
            if isinstance(process, core.Replication) and passed.session is not None:
                copy = (*copy, process, self._resolved(passed.session))
            elif isinstance(process, core.Input) or (isinstance(process, core.Get) and not passed.branch):
                received = _received(node, passed)
                if received is None:
                    continue
                key = (*copy, process)
                earlier = seen.setdefault(key, received)
                if earlier is not received:
                    self._unify(earlier, received)

    def _unify(self, left: Term, right: Term) -> None:
        stack = [(left, right)]
        while stack:
            one, other = (self._follow(term) for term in stack.pop())
            if one is other:
                continue
            if self._is_variable(one):
                self._bind(one, other)
            elif self._is_variable(other):
                self._bind(other, one)
            elif one.symbol is not other.symbol:
                raise _Disagree
            else:
                stack.extend(zip(one.args, other.args, strict=True))

    def _follow(self, term: Term) -> Term:
        while term in self._values:
            term = self._values[term]
        return term

    def _bind(self, variable: Term, value: Term) -> None:
        if variable in _subterms(self._resolved(value)):
            raise _Disagree
        self._values[variable] = value

    def _resolved(self, term: Term, done: dict[Term, Term] | None = None) -> Term:
        """The term with the values put in. Recursion follows the term."""
        done = {} if done is None else done
        known = done.get(term)
        if known is not None:
            return known
        value = self._follow(term)
        if value.args:
            arguments = []
            for argument in value.args:
                arguments.append(self._resolved(argument, done))
            assert value.symbol is not None
            value = App(value.symbol, tuple(arguments))
        done[term] = value
        return value

    # --- the instance -------------------------------------------------------------------------------

    def instantiate(self, goals: Sequence[Node], nodes: Sequence[Node]) -> list[Node]:
        """The derivation with the values put in; `nodes` are its nodes, premises first."""
        done: dict[Term, Term] = {}
        instances: dict[Node, Node] = {}
        known: dict[tuple[Term, int], Node] = {}  # attacker facts that something derives
        for node in nodes:
            premises = tuple([instances[premise] for premise in node.premises])
            fact = self._fact(node.fact, done)
            rule = node.rule
            if isinstance(rule, derivation.ProcessRule):
                rule = derivation.ProcessRule(
                    rule.statement, tuple([self._passed(passed, done) for passed in rule.path])
                )
            if isinstance(fact, derivation.AttackerFact):
                if isinstance(rule, derivation.Initial):
                    instances[node] = self._composed(fact, known)
                    continue
                instances[node] = derivation.Node(fact, rule, premises)
                known.setdefault((fact.term, fact.phase), instances[node])
            else:
                instances[node] = derivation.Node(fact, rule, premises)
        return [instances[goal] for goal in goals]

    def _passed(self, passed: Passed, done: dict[Term, Term]) -> Passed:
        session = None if passed.session is None else self._resolved(passed.session, done)
        bound = None if passed.bound is None else self._resolved(passed.bound, done)
        return Passed(passed.process, passed.branch, session, passed.premise, bound)

    def _fact(self, fact: derivation.Fact, done: dict[Term, Term]) -> derivation.Fact:
        match fact:
            case derivation.AttackerFact(term, phase):
                return derivation.AttackerFact(self._resolved(term, done), phase)
            case derivation.MessageFact(channel, message, phase):
                return derivation.MessageFact(
                    self._resolved(channel, done), self._resolved(message, done), phase
                )
            case derivation.TableFact(entry, phase):
                return derivation.TableFact(self._resolved(entry, done), phase)
            case derivation.EventFact(event):
                return derivation.EventFact(self._resolved(event, done))

    def _composed(self, fact: derivation.AttackerFact, known: dict[tuple[Term, int], Node]) -> Node:
        """A derivation of what was an arbitrary message and is now a particular one.

        From what is derived before it, by constructors. Recursion follows the term.
        """
        term, phase = fact.term, fact.phase
        found = known.get((term, phase))
        if found is not None:
            return found
        symbol: Symbol | None = term.symbol
        assert symbol is not None
        if symbol.kind is Kind.NAME or symbol.private:
            node = derivation.Node(fact, derivation.Initial(), ())
        else:
            premises = []
            for argument in term.args:
                premises.append(self._composed(derivation.AttackerFact(argument, phase), known))
            node = derivation.Node(fact, derivation.Application(symbol), tuple(premises))
        known[term, phase] = node
        return node


def _received(node: Node, passed: Passed) -> Term | None:
    if passed.bound is not None or passed.premise is None:
        return passed.bound
    fact = node.premises[passed.premise].fact
    match fact:
        case derivation.MessageFact(_, message, _):
            return message
        case derivation.AttackerFact(term, _):
            return term
        case derivation.TableFact(entry, _):
            return entry
        case _:
            return None


def _nodes(goals: Sequence[Node]) -> list[Node]:
    """Every node of the derivation once, premises first."""
    found: list[Node] = []
    done: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(goal, False) for goal in reversed(goals)]
    while stack:
        node, ready = stack.pop()
        if ready:
            found.append(node)
        elif node not in done:
            done.add(node)
            stack.append((node, True))
            stack.extend([(premise, False) for premise in reversed(node.premises)])
    return found


def _subterms(term: Term) -> set[Term]:
    found: set[Term] = set()
    stack = [term]
    while stack:
        current = stack.pop()
        if current not in found:
            found.add(current)
            stack.extend(current.args)
    return found

"""From the history of a clause to a ground derivation of what it says.

The history of a clause is a tree of resolution steps. Each initial clause in it is renamed apart and the
steps are replayed by unification, which gives the derivation as a tree of facts; the variables that are left
then stand for arbitrary messages, and become names that the attacker makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from appliedpi import core
from appliedpi.builtin import projection
from appliedpi.clauses import (
    EVENT,
    Arbitrary,
    Clause,
    Composed,
    Disequality,
    Forgotten,
    Initial,
    Kept,
    Replaced,
    attacker,
    is_attacker,
    is_blocking,
)  # fmt: skip
from appliedpi.queries.correspondence import query_values
from appliedpi.queries.goals import atoms, fails, is_time
from appliedpi.saturation.naturals import is_natural_constraint, solve, values
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute, variables
from appliedpi.traces import derivation
from appliedpi.translation.attacker import ATTACKER_NAME
from appliedpi.unification import Bindings, match, resolve, unify

Pair = tuple[Term, Term]


@dataclass(eq=False, slots=True)
class _Tree:
    """A derivation in the making.

    A leaf has neither rule nor target; `target` says "the same as that one".
    """

    fact: Term | None
    rule: derivation.Rule | None = None
    parts: list[_Tree] = field(default_factory=list)
    target: _Tree | None = None
    renaming: dict[Variable, Term] = field(default_factory=dict)


class Unfolding:
    """Unfolds clauses into derivations over one common set of bindings."""

    def __init__(self) -> None:
        self.bindings: Bindings = {}
        self.disequalities: list[Disequality] = []
        self.naturals: list[Term] = []

    def unfold(self, clause: Clause) -> tuple[_Tree, list[_Tree]]:
        """The tree that concludes the clause, and its leaves, one for each hypothesis."""
        finished: list[tuple[_Tree, list[_Tree]]] = []
        work: list[tuple[Clause, bool]] = [(clause, False)]
        while work:
            current, ready = work.pop()
            step = current.history.step
            if isinstance(step, Initial):
                finished.append(self._simplified(current, *self._initial(step)))
            elif not ready:
                work += [(current, True), (step.solved, False), (step.selecting, False)]
            else:
                solved, solved_leaves = finished.pop()
                root, leaves = finished.pop()
                self._join(leaves[step.index], solved)
                old = leaves[: step.index] + leaves[step.index + 1 :] + solved_leaves
                finished.append(self._simplified(current, root, old))
        return finished.pop()

    def _initial(self, step: Initial) -> tuple[_Tree, list[_Tree]]:
        renaming: dict[Variable, Term] = {}
        terms = [*step.hypotheses, step.conclusion]
        if isinstance(step.rule, derivation.ProcessRule):
            terms += [t for passed in step.rule.path for t in (passed.session, passed.bound) if t is not None]
        for term in terms:
            for variable in variables(term):
                if variable not in renaming:
                    renaming[variable] = Variable(variable.name, variable.type)
        leaves = [_Tree(substitute(fact, renaming)) for fact in step.hypotheses]
        self.naturals += [leaf.fact for leaf in leaves if leaf.fact and is_natural_constraint(leaf.fact)]
        root = _Tree(substitute(step.conclusion, renaming), step.rule, list(leaves), None, renaming)
        return root, leaves

    def _simplified(self, clause: Clause, root: _Tree, old: list[_Tree]) -> tuple[_Tree, list[_Tree]]:
        leaves = [_Tree(None) for _ in clause.hypotheses]
        for leaf, entry in zip(old, clause.history.replaced, strict=True):
            self._replace(leaf, entry, leaves)
        for symbol, position in clause.history.projections:
            root = self._project(root, symbol, position)
        renaming = {
            v: Variable(v.name, v.type)
            for fact in (*clause.hypotheses, clause.conclusion)
            for v in variables(fact)
        }
        again: dict[Variable, Term] = dict(renaming)
        for leaf, fact in zip(leaves, clause.hypotheses, strict=True):
            instance = substitute(fact, again)
            if leaf.fact is None:
                leaf.fact = instance
            else:
                self._equal(leaf.fact, instance)
        assert root.fact is not None
        self._equal(root.fact, substitute(clause.conclusion, again))
        self.disequalities += [
            Disequality(substitute(d.left, again), substitute(d.right, again), d.universal)
            for d in clause.disequalities
        ]
        return root, leaves

    def _replace(self, leaf: _Tree, entry: Replaced, leaves: list[_Tree]) -> None:
        if isinstance(entry, Kept):
            target = leaves[entry.index]
            leaf.target = target
            if target.fact is None:
                target.fact = leaf.fact
            else:
                assert leaf.fact is not None
                self._equal(target.fact, leaf.fact)
        elif isinstance(entry, Composed):
            assert leaf.fact is not None and leaf.fact.symbol is not None
            fields = tuple([Variable("x", "any") for _ in entry.parts])
            self._equal(leaf.fact, App(leaf.fact.symbol, (App(entry.symbol, fields),)))
            is_name = entry.symbol.kind is Kind.NAME
            leaf.rule = derivation.Initial() if is_name else derivation.Application(entry.symbol)
            for value, part in zip(fields, entry.parts, strict=True):
                below = _Tree(App(leaf.fact.symbol, (value,)))
                leaf.parts.append(below)
                self._replace(below, part, leaves)
        else:
            assert isinstance(entry, Arbitrary | Forgotten)

    def _project(self, root: _Tree, symbol: Symbol, position: int) -> _Tree:
        assert root.fact is not None and root.fact.symbol is not None
        fields = tuple([Variable("x", "any") for _ in symbol.argument_types])
        self._equal(root.fact, App(root.fact.symbol, (App(symbol, fields),)))
        destructor = projection(symbol, position).symbol
        return _Tree(App(root.fact.symbol, (fields[position],)), derivation.Application(destructor), [root])

    def _join(self, leaf: _Tree, tree: _Tree) -> None:
        assert leaf.fact is not None and tree.fact is not None
        leaf.target = tree
        self._equal(leaf.fact, tree.fact)

    def _equal(self, left: Term, right: Term) -> None:
        if not unify(left, right, self.bindings):
            raise AssertionError("the history of a clause does not unify")

    # --- grounding ----------------------------------------------------------------------------------

    def ground(self, trees: Iterable[_Tree]) -> list[derivation.Node] | None:
        """The derivation nodes of the trees; None where a leaf is a fact that only a clause could derive."""
        done: dict[Term, Term] = {}
        bindings = dict(self.bindings)
        solved = solve([resolve(fact, bindings, done) for fact in self.naturals])
        if solved is None:
            return None
        bindings.update(solved[0])
        bindings.update(values(solved[1]))
        return _Grounding(bindings).nodes(list(trees))


class _Grounding:
    """Replaces what is still variable by names that the attacker makes, each variable by its own."""

    def __init__(self, bindings: Bindings) -> None:
        self.bindings = dict(bindings)
        self._done: dict[Term, Term] = {}
        self._names: dict[Term, Term] = {}
        self._nodes: dict[int, derivation.Node] = {}
        self._by_fact: dict[Term, derivation.Node] = {}

    def term(self, term: Term) -> Term:
        """The ground instance."""
        resolved = resolve(term, self.bindings, self._done)
        for variable in variables(resolved):
            self.bindings[variable] = self._fresh(variable.type)
        if not resolved.ground:
            self._done.clear()
            resolved = resolve(resolved, self.bindings)
        return self._without_attacker_names(resolved)

    def _fresh(self, kind: str) -> Term:
        return App(Symbol("a", (), kind, Kind.NAME))

    def _without_attacker_names(self, term: Term) -> Term:
        if term.symbol is ATTACKER_NAME:
            found = self._names.get(term)
            if found is None:
                found = self._names[term] = self._fresh("any")
            return found
        if not term.args:
            return term
        assert term.symbol is not None
        return App(term.symbol, tuple([self._without_attacker_names(argument) for argument in term.args]))

    def nodes(self, trees: list[_Tree]) -> list[derivation.Node] | None:
        work: list[tuple[_Tree, bool]] = [(tree, False) for tree in reversed(trees)]
        while work:
            tree, ready = work.pop()
            if id(tree) in self._nodes or _is_begin(tree):
                continue
            if tree.target is not None:
                if not ready:
                    work += [(tree, True), (tree.target, False)]
                elif id(tree.target) in self._nodes:
                    self._nodes[id(tree)] = self._nodes[id(tree.target)]
                continue
            if not ready and tree.parts:
                work.append((tree, True))
                work += [(part, False) for part in reversed(tree.parts)]
                continue
            node = self._node(tree)
            if node is None:
                return None
            self._nodes[id(tree)] = node
        return [self._nodes[id(tree)] for tree in trees]

    def _node(self, tree: _Tree) -> derivation.Node | None:
        assert tree.fact is not None
        fact = self.term(tree.fact)
        known = self._by_fact.get(fact)
        if known is not None:
            return known
        rule = tree.rule
        if rule is None:
            return self._made(fact) if is_attacker(fact) else _left_open(fact)
        position: dict[int, int] = {}
        premises: list[derivation.Node] = []
        for index, part in enumerate(tree.parts):
            if not _is_begin(part):
                position[index] = len(premises)
                premises.append(self._nodes[id(part)])
        if isinstance(rule, derivation.ProcessRule):
            rule = self._instance(rule, tree.renaming, position)
        node = derivation.Node(_fact(fact), rule, tuple(premises))
        if fact.symbol is not EVENT:
            self._by_fact[fact] = node
        return node

    def _made(self, fact: Term) -> derivation.Node | None:
        """The derivation of attacker(M) where the attacker can compose M of names of its own."""
        known = self._by_fact.get(fact)
        if known is not None:
            return known
        predicate, argument = fact.symbol, fact.args[0]
        symbol = argument.symbol
        assert predicate is not None and symbol is not None
        if symbol.private or symbol.kind not in (Kind.NAME, Kind.CONSTRUCTOR):
            return None
        is_name = symbol.kind is Kind.NAME
        parts = [self._made(App(predicate, (part,))) for part in argument.args]
        premises = tuple([part for part in parts if part is not None])
        if len(premises) < len(parts) or (is_name and parts):
            return None
        rule = derivation.Initial() if is_name else derivation.Application(symbol)
        node = self._by_fact[fact] = derivation.Node(_fact(fact), rule, premises)
        return node

    def _instance(
        self, rule: derivation.ProcessRule, renaming: dict[Variable, Term], position: dict[int, int]
    ) -> derivation.ProcessRule:
        def ground(term: Term | None) -> Term | None:
            return None if term is None else self.term(substitute(term, renaming))

        path = tuple(
            [
                derivation.Passed(
                    passed.process,
                    passed.branch,
                    ground(passed.session),
                    None if passed.premise is None else position[passed.premise],
                    ground(passed.bound),
                )
                for passed in rule.path
            ]
        )
        return derivation.ProcessRule(rule.statement, path)


def _left_open(fact: Term) -> derivation.Node | None:
    """The node of a hypothesis that selection left unsolved: the search for the trace finds out."""
    found = _fact(fact)
    if isinstance(found, derivation.MessageFact | derivation.TableFact):
        return derivation.Node(found, derivation.Open(), ())
    return None


def _is_begin(tree: _Tree) -> bool:
    return tree.fact is not None and is_blocking(tree.fact)


def _fact(fact: Term) -> derivation.Fact:
    symbol = fact.symbol
    assert symbol is not None
    _, _, phase = symbol.name.partition(" phase ")
    number = int(phase) if phase else 0
    if symbol is EVENT:
        return derivation.EventFact(fact.args[0])
    if symbol is attacker(number):
        return derivation.AttackerFact(fact.args[0], number)
    if symbol.arity == 2:
        return derivation.MessageFact(fact.args[0], fact.args[1], number)
    return derivation.TableFact(fact.args[0], number)


@dataclass(frozen=True, eq=False, slots=True)
class Instance:
    """What the variables of a goal clause shall meet: terms that are equal, constraints on numbers."""

    equal: Sequence[Pair] = ()
    numbers: Sequence[Term] = ()


def goal_nodes(
    clauses: Sequence[Clause], same: tuple[Term, Term] | None = None, instance: Instance = Instance()
) -> list[derivation.Node] | None:
    """The derivation of the premises of one goal clause, or of two of the same query.

    `same` is a term of the first and one of the second clause that are equal in the derivation: with it two
    executions of the premises share the execution that the conclusion speaks of. `instance` is about the
    variables of the first clause. None where there is no ground derivation.
    """
    unfolding = Unfolding()
    roots: list[_Tree] = []
    shared: list[Term] = []
    for position, clause in enumerate(clauses):
        root, leaves = unfolding.unfold(clause)
        roots.append(root)
        if same is not None:
            index = clause.hypotheses.index(same[position])
            fact = leaves[index].fact
            assert fact is not None
            shared.append(fact)
    if shared and not unify(shared[0], shared[1], unfolding.bindings):
        return None
    if instance.equal or instance.numbers:
        goal = roots[0].fact
        assert goal is not None
        renaming: Bindings = {}
        if not match(clauses[0].conclusion, resolve(goal, unfolding.bindings), renaming):
            return None
        for left, right in instance.equal:
            if not unify(substitute(left, renaming), substitute(right, renaming), unfolding.bindings):
                return None
        unfolding.naturals += [substitute(fact, renaming) for fact in instance.numbers]
    return unfolding.ground([part for root in roots for part in root.parts if not _is_begin(part)])


def instances(query: core.Query, clauses: Sequence[Clause]) -> Iterator[Instance]:
    """Instances under which a clause that violates the query goes on violating it.

    First any: variables become different names, and the least numbers. Where the conclusion asks for
    `M <> N`, it is that very difference which hides the violation, so next M and N are made equal; where it
    compares numbers, the comparison is made to fail.
    """
    yield Instance()
    if len(clauses) != 1:
        return
    values = query_values(query, clauses[0])
    compared = [atom for atom in atoms(query.conclusion) if isinstance(atom, core.QueryComparison)]
    different = [
        (substitute(atom.left, values), substitute(atom.right, values))
        for atom in compared
        if atom.operator == "<>"
    ]
    if different:
        yield Instance(different)
        if len(different) > 1:
            yield from (Instance([pair]) for pair in different)
    smaller = [
        substitute(fails(atom.operator, atom.left, atom.right), values)
        for atom in compared
        if atom.operator not in ("=", "<>") and not is_time(atom)
    ]
    if smaller:
        yield Instance(numbers=smaller)
        if len(smaller) > 1:
            yield from (Instance(numbers=[fact]) for fact in smaller)

"""What the verifier does with a model, as plain data for those who teach it.

Nothing here decides a verdict: the functions run the translation and the saturation of a verification and
write down what they see. Whoever draws the clauses needs no other module of the verifier.

    >>> from appliedpi.explain import clauses_of
    >>> text = "free c: channel. free s: bitstring [private]. query attacker(s). process out(c, s)"
    >>> [str(clause) for clause in clauses_of(text) if clause.line]
    ['attacker(s)']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliedpi.clause_text import Sessions, Wording, rule_text
from appliedpi.clauses import Disequality, Resolution
from appliedpi.equations import compile_theory
from appliedpi.queries.derivations import goal_nodes
from appliedpi.recording import RecordedProof, Recording
from appliedpi.terms import Term
from appliedpi.traces.derivation import Node, ProcessRule, Rule
from appliedpi.translated import TranslatedModel
from appliedpi.verification import load


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause `hypotheses && constraints -> conclusion`, printed.

    `number` counts the clauses from 1 in the order in which they are made. `origin` says in words where the
    clause comes from, `line` which line of the model, for a clause of the process. For a resolvent, `parents`
    are the numbers of the clause that selects and of the clause it was resolved with. `selected` is the
    index of the selected hypothesis; None where none is (the clause is solved). `subsumed_by` is the number
    of the clause that made this one redundant. `satisfies`: it is a goal clause and satisfies its query.
    `waiting`: the saturation was stopped before it came to this clause.
    """

    number: int
    hypotheses: tuple[str, ...]
    constraints: tuple[str, ...]
    conclusion: str
    origin: str
    line: int | None = None
    parents: tuple[int, int] | None = None
    selected: int | None = None
    subsumed_by: int | None = None
    satisfies: bool = False
    waiting: bool = False

    def __str__(self) -> str:
        before = " && ".join([*self.hypotheses, *self.constraints])
        return f"{before} -> {self.conclusion}" if before else self.conclusion


@dataclass(frozen=True, slots=True)
class SaturationText:
    """Every clause that a saturation made, in order.

    `empty` are the numbers of the parents of each resolution that led to no clause: a tautology, or one whose
    constraints cannot hold. `finished` is False where it was stopped.
    """

    clauses: tuple[ClauseText, ...]
    empty: tuple[tuple[int, int], ...]
    finished: bool = True


@dataclass(frozen=True, slots=True)
class DerivedFact:
    """A fact of a derivation: `rule` says why it holds, `premises` are the numbers of the facts it needs."""

    number: int
    fact: str
    rule: str
    line: int | None
    premises: tuple[int, ...]


def clauses_of(text: str) -> tuple[ClauseText, ...]:
    """The initial clauses of a model, before any simplification. Raises InputError."""
    translated, source = _translated(text)
    sessions = _sessions(translated)
    return tuple(
        [
            _printed(
                number, clause.initial.hypotheses, clause.initial.conclusion, clause.disequalities, sessions,
                _origin(clause.initial.rule, source),
            )
            for number, clause in enumerate(translated.clauses, 1)
        ]
    )  # fmt: skip


def saturation_of(text: str, *, first_hypothesis: bool = False, most: int = 10_000) -> SaturationText:
    """The saturation of a model, stopped where it has made `most` clauses.

    With `first_hypothesis` the first hypothesis of each clause is selected, whatever it is: what the
    selection function is there to avoid. Raises InputError.
    """
    translated, source = _translated(text)
    made = RecordedProof(translated, first_hypothesis, most).base
    return _texts(made, _sessions(translated), source)


def solution_of(text: str, query: int = 0) -> SaturationText:
    """The resolution of the goal of one query, with the solved clauses of the saturated model.

    The clauses it made are numbered on after those of `saturation_of`. Raises InputError, also for an
    injective or nested correspondence, whose proof is more than that.
    """
    translated, source = _translated(text)
    proof = RecordedProof(translated)
    return _texts(proof.solved(proof.question(query)), _sessions(translated), source)


def derivation_of(text: str, query: int = 0) -> tuple[DerivedFact, ...]:
    """The derivation of the first goal clause that violates a query, premises before what they lead to.

    Empty where there is none, for the query is true. Raises InputError, as `solution_of`.
    """
    translated, source = _translated(text)
    proof = RecordedProof(translated)
    made = proof.solved(proof.question(query))
    for clause in sorted(made.solved, key=lambda clause: (clause.size, clause.number)):
        nodes = goal_nodes([clause])
        if nodes is not None:
            return _derived(nodes, _sessions(translated), source)
    return ()


# --- running it -------------------------------------------------------------------------------------


def _translated(text: str) -> tuple[TranslatedModel, list[str]]:
    model = load(text)
    assumed = [assumption for assumption in model.assumptions if assumption.kind != "lemma"]
    return TranslatedModel(model, compile_theory(model), model.queries, assumed), text.split("\n")


# --- printing it ------------------------------------------------------------------------------------


def _texts(made: Recording, sessions: Sessions, source: Sequence[str]) -> SaturationText:
    known = {**made.before, **made.numbers}
    clauses = []
    for clause, number in made.numbers.items():
        step = clause.history.step
        line, parents = None, None
        if isinstance(step, Resolution):
            parents = known[step.selecting], known[step.solved]
            origin: tuple[str, int | None] = f"{parents[0]} with {parents[1]}", line
        else:
            origin = _origin(step.rule, source)
        subsumer = made.subsumers.get(clause)
        printed = _printed(
            number, clause.hypotheses, clause.conclusion, clause.disequalities, sessions, origin
        )
        clauses.append(
            replace(
                printed,
                parents=parents,
                selected=clause.selected,
                subsumed_by=None if subsumer is None else known[subsumer],
                satisfies=clause in made.satisfying,
                waiting=clause not in made.seen and clause not in made.satisfying,
            )
        )
    empty = tuple([(known[one], known[two]) for one, two in made.empty])
    return SaturationText(tuple(clauses), empty, made.finished)


def _sessions(translated: TranslatedModel) -> Sessions:
    """Which arguments of names are session identifiers."""
    return {
        symbol: frozenset([i for i, name in enumerate(parameters) if name.startswith("!")])
        for symbol, parameters in translated.vocabulary.names.values()
    }


def _origin(rule: Rule | None, source: Sequence[str]) -> tuple[str, int | None]:
    line = rule.statement.place.line if isinstance(rule, ProcessRule) else None
    return rule_text(rule, source), line


def _printed(
    number: int,
    hypotheses: Sequence[Term],
    conclusion: Term,
    disequalities: Sequence[Disequality],
    sessions: Sessions,
    origin: tuple[str, int | None],
) -> ClauseText:
    wording = Wording(sessions)
    wording.reserve([*hypotheses, conclusion])
    return ClauseText(
        number,
        tuple([wording.fact(fact) for fact in hypotheses]),
        tuple([wording.disequality(disequality) for disequality in disequalities]),
        wording.fact(conclusion),
        *origin,
    )


def _derived(goals: Sequence[Node], sessions: Sessions, source: Sequence[str]) -> tuple[DerivedFact, ...]:
    wording = Wording(sessions)
    numbers: dict[Node, int] = {}
    facts: list[DerivedFact] = []
    work = [(node, False) for node in reversed(goals)]
    while work:
        node, ready = work.pop()
        if node in numbers:
            continue
        if not ready:
            work.append((node, True))
            work += [(premise, False) for premise in reversed(node.premises)]
            continue
        numbers[node] = len(facts) + 1
        premises = tuple(dict.fromkeys([numbers[premise] for premise in node.premises]))
        rule, line = _origin(node.rule, source)
        facts.append(DerivedFact(numbers[node], wording.derived(node.fact), rule, line, premises))
    return tuple(facts)


__all__ = [
    "ClauseText", "DerivedFact", "SaturationText", "clauses_of", "derivation_of", "saturation_of",
    "solution_of",
]  # fmt: skip

"""Builds a plan from a derivation, one decision after the other.

Rules of the derivation share the copy of a process where they name the same session
(`derivation.Passed`). The Horn clauses forget that a statement runs at most once per copy; where two rules
need different things of the same copy, the planner chooses: run on with what the copy already does, or
start another copy. It asks `Choices`, which enumerates the combinations.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliedpi import core
from appliedpi.terms import App, Kind, Symbol, Term
from appliedpi.traces import derivation
from appliedpi.traces.derivation import Node, Passed
from appliedpi.traces.plan import Choices, Deduction, Effect, NoPlan, Plan, Sent, Step, Unknown

Renaming = tuple[tuple[Term, Term], ...]
_Key = tuple[object, ...]


class Planner:
    """Builds one plan for the goals, taking its decisions from `choices`. Raises NoPlan.

    `passive`: the attacker only listens. `leave_open`: an input may receive from a private channel another
    message than in the derivation. `copies`: how many more copies of threads it may start.
    """

    def __init__(
        self, choices: Choices, *, passive: bool = False, leave_open: bool = False, copies: int = 6
    ) -> None:
        self.plan = Plan()
        self._leave_open = leave_open
        self._passive = passive
        self._choices = choices
        self._roots: list[Step] = []
        self._effects: dict[_Key, Effect] = {}
        self._sessions: dict[Node, frozenset[Term]] = {}
        self._copies_left = copies

    # --- goals ------------------------------------------------------------------------------------

    def add_goal(self, node: Node) -> None:
        """Plans for a goal; the second time for the same fact in another copy of the threads, or in none.

        Two premises may speak of one execution; only an injective query needs a second one.
        """
        effect = self.effect(node, ())
        if effect in self.plan.goals and isinstance(effect, Step):
            replicated = any(passed.session is not None for passed in _path(node))
            if replicated and self._choices.choose(2) == 0:
                effect = self.another_copy(node)
        self.plan.goals.append(effect)

    def another_copy(self, node: Node) -> Effect:
        """Plans once more for a node that a process rule concludes, in a fresh session of its thread."""
        rule = node.rule
        if not isinstance(rule, derivation.ProcessRule):
            raise NoPlan("only a thread can run again")
        sessions = [passed.session for passed in rule.path if passed.session is not None]
        sessions.reverse()
        option = self._choices.choose(2 * len(sessions))
        session = sessions[option % len(sessions)]
        renaming = ((session, self._fresh_session()),)
        if option < len(sessions):
            return self._insert(node, rule, (), renaming)
        return self.effect(node, renaming)

    # --- nodes ------------------------------------------------------------------------------------

    def effect(self, node: Node, renaming: Renaming) -> Effect:
        """What makes the fact of `node` hold, with the sessions renamed in its whole derivation."""
        stack = [node]
        while stack:
            current = stack[-1]
            if self._key(current, renaming) in self._effects:
                stack.pop()
                continue
            missing = [p for p in self._needed(current) if self._key(p, renaming) not in self._effects]
            if missing:
                if len(stack) > 10_000:
                    raise NoPlan("the derivation is not well founded")
                stack.extend(reversed(missing))
                continue
            stack.pop()
            self._effects[self._key(current, renaming)] = self._conclude(current, renaming)
        return self._effects[self._key(node, renaming)]

    def _needed(self, node: Node) -> Sequence[Node]:
        """The premises that the plan makes hold."""
        if self._leave_open and isinstance(node.rule, derivation.ProcessRule):
            return [premise for premise in node.premises if not _is_handed_over(premise)]
        return node.premises

    def _key(self, node: Node, renaming: Renaming) -> _Key:
        if renaming:
            mentioned = self._mentioned(node)
            renaming = tuple([pair for pair in renaming if pair[0] in mentioned])
        match node.fact:
            case derivation.AttackerFact(term, phase):
                return ("attacker", term, phase, renaming)
            case derivation.MessageFact(channel, message, phase):
                # What a thread sends and what the attacker sends are different effects.
                sent = isinstance(node.rule, derivation.Send)
                return ("message", channel, message, phase, sent, renaming)
            case derivation.TableFact(entry, phase):
                return ("table", entry, phase, renaming)
            case derivation.EventFact():
                return ("event", node, renaming)

    def _mentioned(self, node: Node) -> frozenset[Term]:
        """The sessions in the derivation of the node."""
        stack = [node]
        while stack:
            current = stack[-1]
            if current in self._sessions:
                stack.pop()
                continue
            missing = [premise for premise in current.premises if premise not in self._sessions]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            own = {passed.session for passed in _path(current) if passed.session is not None}
            self._sessions[current] = frozenset(own).union(*[self._sessions[p] for p in current.premises])
        return self._sessions[node]

    def _conclude(self, node: Node, renaming: Renaming) -> Effect:
        rule = node.rule
        if isinstance(rule, derivation.ProcessRule):
            step = self._insert(node, rule, renaming, renaming)
            if isinstance(node.fact, derivation.AttackerFact):
                return self._deduce(Deduction(self._next(), node.fact.term, heard=step))
            return step
        premises = [self._effects[self._key(premise, renaming)] for premise in node.premises]
        match rule:
            case derivation.Initial():
                return self._deduce(Deduction(self._next(), _term(node)))
            case derivation.Application(symbol):
                arguments = tuple([_deduction(premise) for premise in premises])
                return self._deduce(Deduction(self._next(), _term(node), symbol, arguments))
            case derivation.Listen():
                return self._listen(node, premises)
            case derivation.Send():
                if isinstance(node.fact, derivation.AttackerFact):
                    return premises[-1]
                return Sent(_deduction(premises[0]), _deduction(premises[1]))
            case derivation.NextPhase():
                return premises[0]
            case derivation.Open():
                return Unknown()
            case derivation.TestRule():
                raise AssertionError("the clauses of a family are not followed by a trace")

    def _listen(self, node: Node, premises: list[Effect]) -> Effect:
        message = premises[0]
        if isinstance(message, Sent):
            return message.message
        if isinstance(message, Deduction):
            return message
        if isinstance(message, Unknown):
            raise NoPlan("the attacker listens to a message that the derivation leaves open")
        if len(premises) > 1:
            message.listeners.append(_deduction(premises[1]))
        return self._deduce(Deduction(self._next(), _term(node), heard=message))

    def _next(self) -> int:
        return len(self.plan.steps) + len(self.plan.deductions)

    def _deduce(self, deduction: Deduction) -> Deduction:
        self.plan.deductions.append(deduction)
        return deduction

    def _fresh_session(self) -> Term:
        self._copies_left -= 1
        if self._copies_left < 0:
            raise NoPlan("too many copies")
        return App(Symbol("session", (), "sid", Kind.NAME))

    # --- paths ------------------------------------------------------------------------------------

    def _insert(
        self, node: Node, rule: derivation.ProcessRule, renaming: Renaming, sessions: Renaming
    ) -> Step:
        """The step of the rule's statement; `renaming` applies to its premises, `sessions` to its path."""
        items = [*rule.path, Passed(rule.statement)]
        renamed = dict(sessions)
        current: Step | None = None
        phase = 0
        position = 0
        while position < len(items):
            passed = items[position]
            process = passed.process
            session = None if passed.session is None else renamed.get(passed.session, passed.session)
            if isinstance(process, core.Phase):
                phase = process.number
            siblings = self._roots if current is None else current.children
            existing = _find(siblings, process, passed.branch, session)
            if existing is not None and not _agrees(existing, passed, node):
                enclosing = [
                    item.session for item in items[:position]
                    if isinstance(item.process, core.Replication) and item.session is not None
                ]  # fmt: skip
                enclosing.reverse()
                mergeable = 2 if existing.branch == passed.branch else 0
                option = self._choices.choose(mergeable + 2 * len(enclosing)) - mergeable
                if option == -1:
                    self._provide_instead(existing, passed, node, renaming)
                if option >= 0:
                    again = (enclosing[option // 2], self._fresh_session())
                    if option % 2:
                        return _step(self.effect(node, _renamed(renaming, again)))
                    return self._insert(node, rule, renaming, _renamed(sessions, again))
            if existing is None:
                existing = Step(self._next(), current, process, passed.branch, phase, session, passed.bound)
                self.plan.steps.append(existing)
                siblings.append(existing)
                self._provide(existing, passed, node, renaming)
            current = existing
            position += 1
        assert current is not None
        return current

    def _provide_instead(self, step: Step, passed: Passed, node: Node, renaming: Renaming) -> None:
        """Lets the step receive or read what this path asks for, and not what an earlier one did."""
        if isinstance(step.source, Step) and step.source.consumer is step:
            step.source.consumer = None
        step.source = None
        step.bound = passed.bound
        self._provide(step, passed, node, renaming)

    def _provide(self, step: Step, passed: Passed, node: Node, renaming: Renaming) -> None:
        """Connects an Input or Get to what provides its message or entry."""
        if passed.premise is None:
            return
        premise = node.premises[passed.premise]
        if self._leave_open and _is_handed_over(premise):
            return
        effect = self._effects.get(self._key(premise, renaming)) or self.effect(premise, renaming)
        if step.bound is None and isinstance(premise.fact, derivation.MessageFact):
            step.bound = premise.fact.message
        if isinstance(effect, Sent):
            step.source = effect.message
            return
        heard = isinstance(effect, Step) and effect.listeners and not self._passive
        if isinstance(effect, Step) and isinstance(effect.process, core.Output) and not heard:
            if effect.consumer is not None and self._choices.choose(2) == 0:
                while isinstance(premise.rule, derivation.NextPhase):
                    premise = premise.premises[0]
                effect = _step(self.another_copy(premise))
                if effect.consumer is not None:
                    raise NoPlan("the message is already consumed")
            # Otherwise the attacker passes on what it hears, if the channel turns out to be known to it.
            if effect.consumer is None:
                effect.consumer = step
        step.source = None if isinstance(effect, Unknown) else effect


def _is_handed_over(node: Node) -> bool:
    """Whether the fact is a message that one thread sends to another."""
    return isinstance(node.fact, derivation.MessageFact) and isinstance(node.rule, derivation.ProcessRule)


def _renamed(renaming: Renaming, pair: tuple[Term, Term]) -> Renaming:
    return (*[other for other in renaming if other[0] is not pair[0]], pair)


def _path(node: Node) -> tuple[Passed, ...]:
    return node.rule.path if isinstance(node.rule, derivation.ProcessRule) else ()


def _term(node: Node) -> Term:
    if not isinstance(node.fact, derivation.AttackerFact):
        raise NoPlan("a rule of the attacker concludes something else")
    return node.fact.term


def _deduction(effect: Effect) -> Deduction:
    if isinstance(effect, Sent):
        return effect.message
    if not isinstance(effect, Deduction):
        raise NoPlan("a premise of the attacker is not a message it has")
    return effect


def _step(effect: Effect) -> Step:
    if isinstance(effect, Deduction) and effect.heard is not None:
        return effect.heard
    if not isinstance(effect, Step):
        raise NoPlan("a premise of a process is not what a process did")
    return effect


def _find(siblings: list[Step], process: core.Process, branch: int, session: Term | None) -> Step | None:
    """The step that already executes the statement, in the branch or session where there are several."""
    for step in siblings:
        if step.process is not process:
            continue
        if isinstance(process, core.Parallel) and step.branch != branch:
            continue
        if isinstance(process, core.Replication) and step.session is not session:
            continue
        return step
    return None


def _agrees(step: Step, passed: Passed, node: Node) -> bool:
    """Whether the existing step does what the path asks for."""
    if isinstance(step.process, core.Parallel | core.Replication):
        return True
    if step.branch != passed.branch:
        return False
    if not isinstance(step.process, core.Input | core.Get):
        return True
    bound = passed.bound
    if bound is None and passed.premise is not None:
        fact = node.premises[passed.premise].fact
        bound = fact.message if isinstance(fact, derivation.MessageFact) else None
    return bound is None or step.bound is None or bound is step.bound

"""Type checking and elaboration of processes (ProVerif 2.05 manual, sections 3.1.4 and 4.1).

Process macros are elaborated anew at each use, so every copy has its own binders. Arguments that are not
variables are bound by `let` before the copy, hence evaluated once; where one fails, the copy does not run.
"""

from __future__ import annotations

from dataclasses import replace

from appliedpi import builtin, core
from appliedpi.errors import Place
from appliedpi.syntax import tree
from appliedpi.terms import Term, Variable
from appliedpi.typing.applications import Typed
from appliedpi.typing.effects import Effects
from appliedpi.typing.environment import (
    BOOL,
    CHANNEL,
    Context,
    Environment,
    LetfunEntry,
    ProcessEntry,
    VariableEntry,
    argument_list,
    kind_of,
)
from appliedpi.typing.expressions import Expressions
from appliedpi.typing.patterns import equal_terms
from appliedpi.typing.statements import make_let


class Processes:
    """The processes of one model. Methods raise InputError."""

    def __init__(self, expressions: Expressions, effects: Effects) -> None:
        self.expressions = expressions
        self.effects = effects
        self.context: Context = expressions.context
        self._phases: list[int] = []  # that the macro being declared enters, also through the macros it uses

    def declare(self, body: tree.ProcessTree, env: Environment) -> int | None:
        """Checks the body of a macro, without expanding the macros that it uses: they have been checked.

        Returns the lowest phase that it enters, None where it enters none.
        """
        self.context.start(declaring=True)
        self._phases.clear()
        self.process(body, env, 0)
        return min(self._phases, default=None)

    def process(self, process: tree.ProcessTree, env: Environment, phase: int) -> core.Process:
        """The core process, its occurrences not yet numbered. `phase`: the current one."""
        self.context.enter_statement(process.place)
        made = self._statement(process, env, phase)
        self.context.leave_statement()
        return made

    def _statement(self, process: tree.ProcessTree, env: Environment, phase: int) -> core.Process:
        place, tags = process.place, process.tags
        match process:
            case tree.Nil():
                return core.Nil(occurrence=0, place=place, tags=tags)
            case tree.Parallel():
                left = self.process(process.left, env, phase)
                right = self.process(process.right, env, phase)
                return core.Parallel(occurrence=0, place=place, tags=tags, left=left, right=right)
            case tree.Replication():
                body = self.process(process.body, env, phase)
                return core.Replication(occurrence=0, place=place, tags=tags, body=body)
            case tree.New():
                variable, dependencies = self.expressions.restriction(process, env)
                entry = VariableEntry(variable, variable.type, restriction=True)
                body = self.process(process.body, env.bind(process.name, entry), phase)
                return core.New(
                    occurrence=0,
                    place=place,
                    tags=tags,
                    variable=variable,
                    dependencies=dependencies,
                    body=body,
                )
            case tree.Call():
                return self._call(process, env, phase)
            case tree.If():
                return self._if(process, env, phase)
            case tree.Input():
                return self._input(process, env, phase)
            case tree.Output():
                return self._output(process, env, phase)
            case tree.Let():
                return self._let(process, env, phase)
            case tree.Event():
                return self._event(process, env, phase)
            case tree.Insert():
                return self._insert(process, env, phase)
            case tree.Get():
                return self._get(process, env, phase)
            case tree.Phase():
                if process.number <= phase:
                    raise self.context.error(
                        f"phase {process.number} inside phase {phase}: phases must increase", place
                    )
                self._phases.append(process.number)
                body = self.process(process.body, env, process.number)
                return core.Phase(occurrence=0, place=place, tags=tags, number=process.number, body=body)
            case tree.LetSuchThat():
                self.context.refuse("let ... suchthat", place)
            case tree.Barrier():
                self.context.refuse("sync", place)

    # --- statements --------------------------------------------------------------------------------

    def _if(self, test: tree.If, env: Environment, phase: int) -> core.Process:
        def decided(condition: Term, kind: str) -> core.Process:
            self.expressions.expect(kind, BOOL, "the condition", test.condition.place)
            then = self.process(test.then, env, phase)
            otherwise = self.process(test.otherwise, env, phase)
            if condition is builtin.FAIL_TERM:
                return self._nil(test.place)
            if condition is builtin.TRUE_TERM:
                return then
            if condition is builtin.FALSE_TERM and not (self.context.keeps_assumptions and test.tags):
                return otherwise
            return core.If(
                occurrence=0, place=test.place, tags=test.tags, condition=condition, body=then,
                otherwise=otherwise,
            )  # fmt: skip

        return self.effects.expand(test.condition, env, True, decided)

    def _input(self, receive: tree.Input, env: Environment, phase: int) -> core.Process:
        place = receive.place
        precise = self.effects.precise(receive.options, place)
        # Terms of the pattern that need statements of their own are evaluated after the input, as in
        # ProVerif: the message is received whatever they say.
        direct = not any([self._needs_statements(term, env) for term in equal_terms(receive.pattern)])

        def on(channel: Term, kind: str) -> core.Process:
            self.expressions.expect(kind, CHANNEL, "the channel", receive.channel.place)

            def matched(patterns: list[core.Pattern], inside: Environment) -> core.Process:
                body = self.process(receive.body, inside, phase)
                if direct:
                    return self._received(receive, channel, patterns[0], precise, body)
                stop = self._nil(place)
                return make_let(self.expressions, patterns[0], message, body, stop, place)

            message = Variable("message", "bitstring")
            made = self.effects.expand_pattern([receive.pattern], env, [None], True, matched)
            if channel is builtin.FAIL_TERM:
                return self._nil(place)
            if direct:
                return made
            return self._received(receive, channel, core.PatternVariable(message), precise, made)

        return self.effects.expand(receive.channel, env, True, on)

    def _received(
        self, receive: tree.Input, channel: Term, pattern: core.Pattern, precise: bool, body: core.Process
    ) -> core.Process:
        return core.Input(
            occurrence=0, place=receive.place, tags=receive.tags, channel=channel, pattern=pattern,
            precise=precise, body=body,
        )  # fmt: skip

    def _needs_statements(self, term: tree.Expression, env: Environment) -> bool:
        """Whether the term is more than an application of functions."""
        stack: list[tree.Expression] = [term]
        while stack:
            current = stack.pop()
            match current:
                case tree.Identifier():
                    if self.effects.analysis.has_effects(current, env):
                        return True
                case tree.Apply():
                    if isinstance(env.get(current.function), LetfunEntry):
                        return True
                    stack.extend(current.arguments)
                case tree.Tuple():
                    stack.extend(current.items)
                case tree.Number():
                    pass
                case _:
                    return True
        return False

    def _output(self, send: tree.Output, env: Environment, phase: int) -> core.Process:
        def evaluated(terms: list[Typed]) -> core.Process:
            (channel, kind), (message, _) = terms
            self.expressions.expect(kind, CHANNEL, "the channel", send.channel.place)
            body = self.process(send.body, env, phase)
            if builtin.FAIL_TERM in (channel, message):
                return self._nil(send.place)
            return core.Output(
                occurrence=0, place=send.place, tags=send.tags, channel=channel, message=message, body=body
            )

        return self.effects.expand_all([send.channel, send.message], env, True, evaluated)

    def _let(self, let: tree.Let, env: Environment, phase: int) -> core.Process:
        stops = isinstance(let.otherwise, tree.Nil)

        def evaluated(value: Term, kind: str) -> core.Process:
            def matched(patterns: list[core.Pattern], inside: Environment) -> core.Process:
                body = self.process(let.body, inside, phase)
                otherwise = self.process(let.otherwise, env, phase)
                return make_let(self.expressions, patterns[0], value, body, otherwise, let.place, let.tags)

            return self.effects.expand_pattern([let.pattern], env, [kind], stops, matched)

        # ProVerif evaluates the terms of the pattern even where the value fails.
        value_stops = stops and not self.effects.analysis.any([*equal_terms(let.pattern)], env)
        return self.effects.expand(let.term, env, value_stops, evaluated)

    def _event(self, event: tree.Event, env: Environment, phase: int) -> core.Process:
        def evaluated(arguments: list[Typed]) -> core.Process:
            term = self.effects.event(event.event, arguments, event.place, env)
            body = self.process(event.body, env, phase)
            if term is builtin.FAIL_TERM:
                return self._nil(event.place)
            return core.Event(occurrence=0, place=event.place, tags=event.tags, term=term, body=body)

        return self.effects.expand_all(list(event.arguments), env, True, evaluated)

    def _insert(self, insert: tree.Insert, env: Environment, phase: int) -> core.Process:
        def evaluated(arguments: list[Typed]) -> core.Process:
            entry = self.effects.entry(insert.table, arguments, insert.place, env)
            body = self.process(insert.body, env, phase)
            if entry is builtin.FAIL_TERM:
                return self._nil(insert.place)
            return core.Insert(occurrence=0, place=insert.place, tags=insert.tags, entry=entry, body=body)

        return self.effects.expand_all(list(insert.arguments), env, True, evaluated)

    def _get(self, get: tree.Get, env: Environment, phase: int) -> core.Process:
        return self.effects.get(
            get,
            env,
            isinstance(get.otherwise, tree.Nil),
            lambda inside: self.process(get.body, inside, phase),
            lambda: self.process(get.otherwise, env, phase),
        )

    # --- macros ------------------------------------------------------------------------------------

    def _call(self, call: tree.Call, env: Environment, phase: int) -> core.Process:
        entry = env.get(call.name)
        if entry is None:
            known = self.context.candidates(env, ProcessEntry)
            raise self.context.unknown("process", call.name, call.place, known)
        if not isinstance(entry, ProcessEntry):
            raise self.context.error(f"'{call.name}' is {kind_of(entry)}, not a process", call.place)
        parameters = entry.parameters
        if len(call.arguments) != len(parameters):
            expected = argument_list([parameter.type for parameter in parameters])
            raise self.context.error(
                f"'{call.name}' expects {expected} but is given {len(call.arguments)}", call.place
            )
        if entry.first_phase is not None and entry.first_phase <= phase:
            raise self.context.error(
                f"'{call.name}' is used in phase {phase} but enters phase {entry.first_phase}: "
                "phases must increase", call.place,
            )  # fmt: skip

        def evaluated(arguments: list[Typed]) -> core.Process:
            expected = [parameter.type for parameter in parameters]
            self.expressions.check_arguments(call.name, expected, arguments, call.place)
            return self._instance(call, entry, [term for term, _ in arguments], env, phase)

        flags = [
            not parameter.may_fail and not self.expressions.is_variable(argument, env)
            for parameter, argument in zip(parameters, call.arguments, strict=True)
        ]
        made = self.effects.expand_all(list(call.arguments), env, flags, evaluated)
        return replace(made, tags=call.tags + made.tags) if call.tags else made

    def _instance(
        self, call: tree.Call, entry: ProcessEntry, arguments: list[Term], env: Environment, phase: int
    ) -> core.Process:
        """A copy of the macro's body, after the `let`s for its arguments."""
        evaluation = self.expressions.evaluation
        bindings: list[tuple[Variable, Term]] = []
        entries: dict[str, VariableEntry] = {}
        stopped = False
        for declared, parameter, argument, written in zip(
            entry.declaration.parameters, entry.parameters, arguments, call.arguments, strict=True
        ):
            kept = declared.name in self.context.global_references
            if kept and parameter.may_fail:
                raise self.context.error(
                    f"the query refers to '{declared.name}', a parameter of '{call.name}' that may fail",
                    call.place,
                )
            fails = evaluation.may_fail(argument)
            plain = self.expressions.is_variable(written, env) and not kept
            stopped = stopped or (argument is builtin.FAIL_TERM and not parameter.may_fail and not plain)
            if plain or (fails and parameter.may_fail):
                value = argument
            else:
                variable = Variable(declared.name, parameter.type)
                bindings.append((variable, argument))
                value = variable
            entries[declared.name] = VariableEntry(value, parameter.type)
        if self.context.declaring:
            self._phases += [] if entry.first_phase is None else [entry.first_phase]
            return self._nil(call.place)
        body = self.process(entry.declaration.body, env.only_globals().bind_all(entries), phase)
        if stopped:
            return self._nil(call.place)
        for variable, argument in reversed(bindings):
            stop = self._nil(call.place)
            body = core.Let(
                occurrence=0, place=call.place, pattern=core.PatternVariable(variable), term=argument,
                body=body, otherwise=stop,
            )  # fmt: skip
        return body

    def _nil(self, place: Place) -> core.Process:
        return core.Nil(occurrence=0, place=place)

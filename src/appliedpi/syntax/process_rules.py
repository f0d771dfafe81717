"""Callbacks for the rules of processes."""

from __future__ import annotations

from dataclasses import replace

from lark import Transformer, v_args

from appliedpi.errors import InputError
from appliedpi.syntax import tree
from appliedpi.syntax.lexing import PlacedToken
from appliedpi.syntax.term_rules import Names, Patterns, Terms
from appliedpi.syntax.tree import Expression, Parameter, PatternTree, ProcessTree

Prefix = (
    tree.New | tree.Input | tree.Output | tree.Let | tree.Event | tree.Insert | tree.Phase | tree.Barrier
)  # fmt: skip


@v_args(inline=True)
class ProcessRules(Transformer[PlacedToken, tree.ModelTree]):
    """One method per rule; the parts of the rule that the grammar keeps, in order."""

    def parallel(self, left: ProcessTree, right: ProcessTree) -> ProcessTree:
        return tree.Parallel(left, right, place=left.place)

    def nil(self, start: PlacedToken) -> ProcessTree:
        if start not in ("0", "yield"):
            raise InputError("the only number that is a process is 0", start.place)
        return tree.Nil(place=start.place)

    def call(self, name: PlacedToken, arguments: Terms | None, synchronisation: None) -> ProcessTree:
        return tree.Call(str(name), arguments or (), place=name.place)

    def synchronisation_tag(self, *words: PlacedToken) -> None:
        """It only steers `sync`, which is refused by name after parsing."""
        return None

    def replication(self, start: PlacedToken, body: ProcessTree) -> ProcessTree:
        return tree.Replication(body, place=start.place)

    def bounded_replication(
        self, start: PlacedToken, index: str, bound: str, body: ProcessTree
    ) -> ProcessTree:
        """`!i <= N` and `foreach i <= N do`: the bound is for CryptoVerif, ProVerif ignores it."""
        return tree.Replication(body, place=start.place)

    def sequence(self, prefix: Prefix, body: ProcessTree) -> ProcessTree:
        return replace(prefix, body=body)

    def new(self, start: PlacedToken, name: str, dependencies: Names | None, type: str) -> ProcessTree:
        return tree.New(str(name), dependencies, type, tree.Nil(), place=start.place)

    def random(self, name: PlacedToken, type: str) -> ProcessTree:
        return tree.New(str(name), None, type, tree.Nil(), place=name.place)

    def assign(self, pattern: PatternTree, term: Expression) -> ProcessTree:
        return tree.Let(pattern, term, tree.Nil(), tree.Nil(), place=pattern.place)

    def input(
        self, start: PlacedToken, channel: Expression, pattern: PatternTree, options: Names | None
    ) -> ProcessTree:
        return tree.Input(channel, pattern, options or (), tree.Nil(), place=start.place)

    def output(self, start: PlacedToken, channel: Expression, message: Expression) -> ProcessTree:
        return tree.Output(channel, message, tree.Nil(), place=start.place)

    def event(
        self, start: PlacedToken, name: str, arguments: Terms | None, dependencies: Names | None
    ) -> ProcessTree:
        return tree.Event(
            str(name), arguments or (), tree.Nil(), dependencies=dependencies, place=start.place
        )

    def insert(self, start: PlacedToken, table: str, arguments: Terms) -> ProcessTree:
        return tree.Insert(str(table), arguments, tree.Nil(), place=start.place)

    def phase(self, start: PlacedToken, number: PlacedToken) -> ProcessTree:
        if int(number) == 0:
            raise InputError("a phase of a process is 1 or more", number.place)
        return tree.Phase(int(number), tree.Nil(), place=start.place)

    def barrier(self, start: PlacedToken, number: PlacedToken, tag: str | None) -> ProcessTree:
        if int(number) == 0:
            raise InputError("the number of a `sync` is 1 or more", number.place)
        return tree.Barrier(int(number), None if tag is None else str(tag), tree.Nil(), place=start.place)

    def if_process(
        self, start: PlacedToken, condition: Expression, then: ProcessTree, otherwise: ProcessTree | None
    ) -> ProcessTree:
        return tree.If(condition, then, otherwise or tree.Nil(), place=start.place)

    def let_process(
        self,
        start: PlacedToken,
        pattern: PatternTree,
        term: Expression,
        body: ProcessTree | None = None,
        otherwise: ProcessTree | None = None,
    ) -> ProcessTree:
        return tree.Let(pattern, term, body or tree.Nil(), otherwise or tree.Nil(), place=start.place)

    let_end = let_process

    def let_suchthat(
        self,
        start: PlacedToken,
        variables: tuple[Parameter, ...],
        condition: Expression,
        options: Names | None,
        body: ProcessTree | None = None,
        otherwise: ProcessTree | None = None,
    ) -> ProcessTree:
        typed = tuple([(variable.name, variable.type) for variable in variables])
        return tree.LetSuchThat(
            typed, condition, body or tree.Nil(), otherwise or tree.Nil(), place=start.place
        )

    let_suchthat_end = let_suchthat

    def get_process(
        self,
        start: PlacedToken,
        table: str,
        patterns: Patterns,
        condition: Expression | None,
        options: Names | None,
        body: ProcessTree | None = None,
        otherwise: ProcessTree | None = None,
    ) -> ProcessTree:
        return tree.Get(
            str(table), patterns, condition, options or (), body or tree.Nil(), otherwise or tree.Nil(),
            place=start.place,
        )  # fmt: skip

    get_end = get_process

    def get_else(
        self,
        start: PlacedToken,
        table: str,
        patterns: Patterns,
        condition: Expression | None,
        options: Names | None,
        otherwise: ProcessTree,
    ) -> ProcessTree:
        return self.get_process(start, table, patterns, condition, options, None, otherwise)

    def annotated(self, name: str, options: None, body: ProcessTree) -> ProcessTree:
        """`program { P`: the annotation is for CryptoVerif's implementations, ProVerif ignores it."""
        return body

    def program_option(self, *words: PlacedToken) -> None:
        return None

    program_options = program_option

"""What the search adds to a derivation: agreement within a copy, partners, phases, other readings."""

from __future__ import annotations

import pytest

from appliedpi import builtin, core
from appliedpi.terms import App, Variable
from appliedpi.traces import derivation
from appliedpi.traces.derivation import Node
from appliedpi.traces.merging import merged
from appliedpi.traces.reconstruction import reconstruct
from tests.appliedpi.traces.building import (
    Build,
    Runs,
    apply,
    constructor,
    event_symbol,
    initial,
    listen,
    make_model,
    make_query,
    name,
    next_phase,
    pattern_name,
    send,
    table_symbol,
    tup,
)

x, y, z, k = (Variable(text) for text in "xyzk")
c, d = name("c"), name("d", private=True)
secret = name("s", private=True)
SESSION, OTHER = pattern_name("sid"), pattern_name("sid'")
H = constructor("h", 1)
SEAL = constructor("seal", 1, private=True)
SECRECY = make_query(core.QueryAttacker(secret, None))


def left_open(channel, message) -> Node:
    return Node(derivation.MessageFact(channel, message, 0), derivation.Open(), ())


# --- rules of one copy agree ------------------------------------------------------------------------


def one_copy(build: Build, gate):
    """in(c,x); out(c, seal(x)); in(c,y); if x = gate && y = seal(x) then out(c, s)"""
    leak = build.out(c, secret)
    both = App(builtin.AND, (App(builtin.EQUAL, (x, gate)), App(builtin.EQUAL, (y, App(SEAL, (x,))))))
    test = build.when(both, leak)
    second = build.inp(c, y, test)
    answer = build.out(c, App(SEAL, (x,)), second)
    first = build.inp(c, x, answer)
    model = make_model(first, names=[c, secret], constructors=[SEAL, H])
    return model, first, answer, second, leak


def test_an_arbitrary_message_becomes_the_one_that_the_same_copy_needs_elsewhere() -> None:
    gate = App(H, (c,))
    model, first, answer, second, leak = one_copy(Build(), gate)
    runs = Runs(model)
    arbitrary = pattern_name("anything")
    # One rule does not care what the copy received, the other needs h(c).
    other = runs.sends(
        answer, c, App(SEAL, (arbitrary,)), premises={first: send(initial(c), initial(arbitrary))}
    )
    needed = apply(H, gate, initial(c))
    sealed = runs.sends(answer, c, App(SEAL, (gate,)), premises={first: send(initial(c), needed)})
    goal = listen(
        runs.sends(
            leak, c, secret,
            premises={first: send(initial(c), needed), second: send(initial(c), listen(sealed, initial(c)))},
        ),
        initial(c),
    )  # fmt: skip
    both = [listen(other, initial(c)), goal]
    query = make_query(core.QueryAttacker(App(SEAL, (z,)), None), core.QueryAttacker(secret, None))
    agreed = merged(model, both)
    assert agreed is not None
    assert isinstance(agreed[0].fact, derivation.AttackerFact)
    assert agreed[0].fact.term is App(SEAL, (gate,))
    trace = reconstruct(model, query, both)
    assert trace is not None
    assert [step.kind for step in trace.steps].count("output") == 2


def test_a_derivation_that_agrees_already_or_cannot_is_left_alone() -> None:
    model, first, answer, _, _ = one_copy(Build(), c)
    runs = Runs(model)

    def answered(message: Node) -> Node:
        term = message.fact.term  # type: ignore[union-attr]
        sent = runs.sends(answer, c, App(SEAL, (term,)), premises={first: send(initial(c), message)})
        return listen(sent, initial(c))

    assert merged(model, [answered(initial(pattern_name("one")))]) is None
    assert merged(model, [answered(initial(c)), answered(apply(H, App(H, (c,)), initial(c)))]) is None
    assert merged(model, [answered(initial(c)), answered(initial(pattern_name("one")))]) is not None


# --- partners ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("writes", [True, False])
def test_a_message_left_open_on_a_private_channel_comes_from_any_thread(writes: bool) -> None:
    build = Build()
    leak = build.out(c, secret)
    gate = build.inp(d, x, leak)
    # The sender must first receive something from the attacker.
    sender = build.bang(build.inp(c, y, build.out(d if writes else c, y)))
    model = make_model(build.par(gate, sender), names=[c, d, secret])
    premises = {gate: left_open(d, pattern_name("some"))}
    goal = listen(Runs(model).sends(leak, c, secret, premises=premises), initial(c))
    trace = reconstruct(model, SECRECY, [goal])
    assert (trace is not None) == writes
    if trace is not None:
        assert [step.kind for step in trace.steps if step.kind != "attacker"] == [
            "input", "output", "input", "output",
        ]  # fmt: skip


def test_two_threads_of_the_plan_meet_where_both_wait_for_anybody() -> None:
    build = Build()
    leak = build.out(c, secret)
    left_end = build.out(c, c)
    left = build.out(d, c, left_end)
    right = build.inp(d, x, leak)
    model = make_model(build.par(left, right), names=[c, d, secret])
    runs = Runs(model)
    goals = [
        listen(runs.sends(left_end, c, c), initial(c)),
        listen(runs.sends(leak, c, secret, premises={right: left_open(d, pattern_name("some"))}), initial(c)),
    ]
    query = make_query(core.QueryAttacker(c, None), core.QueryAttacker(secret, None))
    trace = reconstruct(model, query, goals)
    assert trace is not None
    assert [(step.kind, step.sender) for step in trace.steps[:2]] == [("output", None), ("input", 1)]


def test_an_input_may_take_another_message_than_the_derivation_says() -> None:
    """out(d, h(c)); out(d, c) | in(d, x); out(c, s): the derivation names the second message, which only
    comes after the first."""
    build = Build()
    leak = build.out(c, secret)
    take = build.inp(d, x, leak)
    second = build.out(d, c)
    first = build.out(d, App(H, (c,)), second)
    model = make_model(build.par(first, take), names=[c, d, secret], constructors=[H])
    runs = Runs(model)
    goal = listen(runs.sends(leak, c, secret, premises={take: runs.sends(second, d, c)}), initial(c))
    trace = reconstruct(model, SECRECY, [goal])
    assert trace is not None
    assert [step.terms for step in trace.steps if step.kind == "input"] == [("h(c)",)]


def test_an_entry_left_open_is_made_by_any_thread() -> None:
    for possible in (True, False):
        build = Build()
        keys = table_symbol("keys", 1)
        leak = build.out(c, secret)
        read = build.get(keys, [core.PatternEqual(App(H, (c,)))], leak)
        entry = App(keys, (App(H, (c if possible else secret,)),))
        write = build.bang(build.inp(c, y, build.insert(entry)))
        model = make_model(build.par(read, write), names=[c, secret], constructors=[H])
        open_entry = Node(derivation.TableFact(App(keys, (App(H, (c,)),)), 0), derivation.Open(), ())
        goal = listen(Runs(model).sends(leak, c, secret, premises={read: open_entry}), initial(c))
        assert (reconstruct(model, SECRECY, [goal]) is not None) == possible


# --- phases -----------------------------------------------------------------------------------------


def test_a_partner_of_a_later_phase_is_kept_through_the_phase_before() -> None:
    build = Build()
    leak = build.out(c, secret)
    gate = build.out(d, c, leak)
    reader = build.phase(1, build.inp(d, x))
    bystander = build.new(k, build.out(d, k))
    model = make_model(build.par(build.phase(1, gate), bystander, reader), names=[c, d, secret])
    goal = listen(Runs(model).sends(leak, c, secret, phase=1), next_phase(initial(c)))
    trace = reconstruct(model, make_query(core.QueryAttacker(secret, 1)), [goal])
    assert trace is not None
    assert [step.kind for step in trace.steps] == ["phase", "output", "input", "output"]


# --- attackers' names that coincide -------------------------------------------------------------------


def test_a_required_difference_is_broken_by_making_messages_equal() -> None:
    build = Build()
    got = event_symbol("got", 2)
    done = build.event(App(got, (x, y)))
    second = build.inp(c, y, done)
    first = build.inp(c, x, second)
    other = name("other")
    model = make_model(first, names=[c, other])
    one, two = pattern_name("one"), pattern_name("two")
    goal = Runs(model).executes(
        done, App(got, (one, two)),
        premises={first: send(initial(c), initial(one)), second: send(initial(c), initial(two))},
    )  # fmt: skip
    premise = core.QueryEvent(App(got, (x, y)))
    for left, right in ((x, y), (x, other)):
        query = make_query(premise, conclusion=core.QueryComparison("<>", left, right))
        assert reconstruct(model, query, [goal]) is not None
    never = make_query(premise, conclusion=core.QueryComparison("<>", x, secret))
    assert reconstruct(model, never, [goal]) is None


def test_types_are_respected_where_they_are_not_ignored() -> None:
    build = Build()
    key = Variable("key", "key")
    leak = build.out(c, secret)
    receive = build.inp(c, key, leak)
    for ignored, possible in (("true", True), ("false", False)):
        model = make_model(receive, names=[c, secret], settings={"ignoreTypes": ignored})
        goal = listen(
            Runs(model).sends(leak, c, secret, premises={receive: send(initial(c), initial(c))}), initial(c)
        )
        assert (reconstruct(model, SECRECY, [goal]) is not None) == possible


def test_a_budget_of_nothing_finds_nothing() -> None:
    build = Build()
    leak = build.out(c, secret)
    model = make_model(leak, names=[c, secret])
    goal = listen(Runs(model).sends(leak, c, secret), initial(c))
    assert reconstruct(model, SECRECY, [goal]) is not None
    assert reconstruct(model, SECRECY, [goal], budget=0) is None


def test_a_long_derivation_does_not_exhaust_the_stack() -> None:
    build = Build()
    back = build.out(c, App(SEAL, (x,)))
    receive = build.inp(c, x, back)
    model = make_model(build.bang(receive), names=[c, secret], constructors=[SEAL])
    runs = Runs(model)
    known, term = initial(c), c
    for number in range(250):
        term = App(SEAL, (term,))
        sid = pattern_name(f"sid{number}")
        premises = {receive: send(initial(c), known)}
        known = listen(runs.sends(back, c, term, sessions=[sid], premises=premises), initial(c))
    query = make_query(core.QueryAttacker(term, None))
    trace = reconstruct(model, query, [known], budget=3000)
    assert trace is not None
    assert len(trace.steps) == 500
    inputs = [step for step in trace.steps if step.kind == "input"]
    assert all(step.sender == step.number - 1 for step in inputs[1:])


# --- the trace as data --------------------------------------------------------------------------------


def test_names_are_numbered_and_messages_keep_their_sender() -> None:
    build = Build()
    make = build.out(c, k)
    echo_back = build.out(c, tup(x, x))
    echo = build.inp(c, x, echo_back)
    model = make_model(build.par(build.bang(build.new(k, make)), build.bang(echo)), names=[c, name("k")])
    runs = Runs(model)
    nodes = []
    for sid in (SESSION, OTHER):
        fresh = pattern_name("k", sid)
        heard = listen(runs.sends(make, c, fresh, sessions=[sid]), initial(c))
        nodes.append(
            listen(
                runs.sends(
                    echo_back, c, tup(fresh, fresh), sessions=[sid], premises={echo: send(initial(c), heard)}
                ),
                initial(c),
            )
        )
    query = make_query(
        core.QueryAttacker(tup(x, x), None), core.QueryAttacker(tup(y, y), None),
        conclusion=core.QueryComparison("=", x, y),
    )  # fmt: skip
    trace = reconstruct(model, query, nodes)
    assert trace is not None
    made = [step.terms[0] for step in trace.steps if step.kind == "new"]
    assert made == ["k_2", "k_3"]  # `k` is a free name of the model
    for step in trace.steps:
        if step.kind == "input":
            assert step.sender is not None
            sent = trace.steps[step.sender - 1]
            assert (sent.kind, sent.terms) == ("output", step.terms)
            assert sent.thread != step.thread
            assert step.line == echo.place.line
    assert [step.number for step in trace.steps] == list(range(1, len(trace.steps) + 1))
    again = reconstruct(model, query, nodes)
    assert again is not None and again.to_json() == trace.to_json()

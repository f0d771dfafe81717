"""The machine: what the semantics allows, what it refuses, and that moves can be replayed."""

from __future__ import annotations

import pytest

from appliedpi import builtin, core
from appliedpi.builtin import FALSE_TERM, TRUE_TERM, tuple_symbol
from appliedpi.terms import App, Variable
from appliedpi.traces.interpreter import Machine, replay
from appliedpi.traces.moves import (
    Advance,
    Blocked,
    Choose,
    Communicate,
    Compute,
    EnterPhase,
    Read,
    Receive,
    Send,
)
from tests.appliedpi.traces.building import (
    Build,
    constructor,
    data,
    event_symbol,
    make_model,
    name,
    reduction,
    table_symbol,
    tup,
)

x, y, k = Variable("x"), Variable("y"), Variable("k")
c, d = name("c"), name("d", private=True)
H = constructor("h", 1)
SECRET_F = constructor("f", 1, private=True)
FIRST = reduction("first", ((tup(x, y),), x))


def machine(process: core.Process, **options) -> Machine:
    return Machine.start(
        make_model(process, names=[c, d], constructors=[H, SECRET_F], destructors=[FIRST], **options)
    )


def number_of(m: Machine, value) -> int:
    return m.known[value]


def test_new_makes_a_different_name_in_each_copy() -> None:
    build = Build()
    m = machine(build.bang(build.new(k, build.out(c, k))))
    m.perform(Advance(1))
    m.perform(Advance(1))
    sent = []
    for thread in (2, 3):
        m.perform(Advance(thread))
        sent.append(m.perform(Send(thread)).value)
    assert sent[0] is not sent[1]
    assert all(value in m.known for value in sent)


def test_the_attacker_hears_and_sends_only_on_channels_that_it_knows() -> None:
    build = Build()
    m = machine(build.par(build.out(d, c), build.inp(d, x)))
    m.perform(Advance(1))
    with pytest.raises(Blocked):
        m.perform(Send(1))
    with pytest.raises(Blocked):
        m.perform(Receive(2, number_of(m, c)))
    record = m.perform(Communicate(1, 2))
    assert record.known is None and m.threads[2].environment[x] is c


def test_communication_needs_the_same_channel() -> None:
    build = Build()
    m = machine(build.par(build.out(d, c), build.inp(c, x)))
    m.perform(Advance(1))
    with pytest.raises(Blocked):
        m.perform(Communicate(1, 2))


def test_the_attacker_sends_only_what_it_has() -> None:
    m = machine(Build().inp(c, x))
    with pytest.raises(Blocked):
        m.perform(Receive(1, 7))
    with pytest.raises(Blocked):
        m.perform(Compute(SECRET_F, (number_of(m, c),)))
    with pytest.raises(Blocked):
        m.perform(Compute(FIRST.symbol, (number_of(m, c),)))
    hashed = m.perform(Compute(H, (number_of(m, c),)))
    assert hashed.known is not None
    m.perform(Receive(1, hashed.known))
    assert m.threads[1].environment[x] is App(H, (c,))


def test_a_blocked_move_leaves_no_record() -> None:
    m = machine(Build().inp(c, x))
    with pytest.raises(Blocked):
        m.perform(Advance(1))
    assert m.actions == ()


def test_an_input_that_does_not_match_ends_the_thread() -> None:
    m = machine(Build().inp(c, data(x, y)))
    m.perform(Receive(1, number_of(m, c)))
    assert m.threads == {}


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [(TRUE_TERM, "body"), (FALSE_TERM, "otherwise"), (c, "otherwise")],
)
def test_if_takes_the_body_on_true_only(condition, outcome) -> None:
    process = Build().when(condition)
    m = machine(process)
    m.perform(Advance(1))
    assert m.threads[1].process is getattr(process, outcome)


def test_if_blocks_where_the_condition_fails() -> None:
    m = machine(Build().when(App(FIRST.symbol, (c,))))
    with pytest.raises(Blocked):
        m.perform(Advance(1))


def test_let_takes_the_else_branch_where_the_term_fails_or_does_not_match() -> None:
    for pattern, term, outcome in (
        (x, App(FIRST.symbol, (c,)), "otherwise"),
        (data(x, y), c, "otherwise"),
        (core.PatternEqual(c), d, "otherwise"),
        (core.PatternEqual(c), c, "body"),
        (x, App(FIRST.symbol, (tup(c, d),)), "body"),
    ):
        process = Build().let(pattern, term)
        m = machine(process)
        m.perform(Advance(1))
        assert m.threads[1].process is getattr(process, outcome)


def test_outputs_events_and_inserts_are_stuck_where_the_term_fails() -> None:
    failing = App(FIRST.symbol, (c,))
    event, table = event_symbol("e", 1), table_symbol("t", 1)
    for process, move in (
        (Build().out(c, failing), Send(1)),
        (Build().out(failing, c), Send(1)),
        (Build().event(App(event, (failing,))), Advance(1)),
        (Build().insert(App(table, (failing,))), Advance(1)),
    ):
        with pytest.raises(Blocked):
            machine(process).perform(move)


def test_get_reads_an_entry_that_matches_patterns_and_condition() -> None:
    build = Build()
    t = table_symbol("t", 2)
    get = build.get(t, [x, core.PatternEqual(x)], condition=App(builtin.EQUAL, (x, d)))
    rows = [tup(c, d), tup(c, c), tup(d, d)]
    process: core.Process = get
    for row in rows:
        process = build.insert(App(t, row.args), process)
    m = machine(process)
    for _ in rows:
        m.perform(Advance(1))
    with pytest.raises(Blocked):
        m.perform(Read(1, None))  # one entry matches
    for wrong in (1, 2, 3):
        with pytest.raises(Blocked):
            m.perform(Read(1, wrong))
    m.perform(Read(1, 0))
    assert m.threads[1].environment[x] is d and m.threads[1].process is get.body


def test_get_takes_the_else_branch_only_without_a_matching_entry() -> None:
    build = Build()
    t = table_symbol("t", 1)
    get = build.get(t, [core.PatternEqual(d)])
    m = machine(build.insert(App(t, (c,)), get))
    m.perform(Advance(1))
    m.perform(Read(1, None))
    assert m.threads[1].process is get.otherwise


def test_a_phase_discards_the_threads_that_do_not_wait_for_it() -> None:
    build = Build()
    late = build.out(c, c)
    m = machine(build.par(build.phase(1, late), build.phase(2, build.out(c, d)), build.out(c, c)))
    m.perform(Advance(1))
    m.perform(Advance(2))
    with pytest.raises(Blocked):
        m.perform(Send(1))
    m.perform(EnterPhase())
    assert sorted(m.threads) == [1, 2] and m.threads[1].process is late
    m.perform(EnterPhase())
    assert sorted(m.threads) == [2]
    m.perform(Send(2))
    assert m.knowledge[number_of(m, d)].phase == 2


def test_a_passive_attacker_listens_and_does_not_send() -> None:
    build = Build()
    m = machine(build.par(build.out(c, d), build.inp(c, x)), settings={"attacker": "passive"})
    m.perform(Advance(1))
    with pytest.raises(Blocked):
        m.perform(Receive(2, number_of(m, c)))
    m.perform(Communicate(1, 2))
    assert d in m.known


def test_moves_replay_to_the_same_execution() -> None:
    build = Build()
    event = event_symbol("got", 1)
    process = build.par(
        build.bang(build.new(k, build.out(c, k))), build.inp(c, x, build.event(App(event, (x,))))
    )
    m = machine(process)
    m.perform(Advance(1))
    m.perform(Advance(1))
    m.perform(Advance(3))
    heard = m.perform(Send(3)).known
    made = m.perform(Choose("bitstring")).known
    assert heard is not None and made is not None
    pair = m.perform(Compute(tuple_symbol(2), (heard, made))).known
    assert pair is not None
    m.perform(Receive(2, pair))
    m.perform(Advance(2))
    again = replay(m.model, m.actions)
    assert again.actions == m.actions
    assert [event.time for event in again.events] == [event.time for event in m.events]
    value = again.events[0].value.args[0]
    assert value.symbol is tuple_symbol(2) and value.args[0].symbol is not None
    assert value.args[0].symbol.name == "k" and value.args[0] is not m.events[0].value.args[0].args[0]


def test_a_replay_of_an_impossible_move_is_refused() -> None:
    model = machine(Build().out(d, c)).model
    with pytest.raises(Blocked):
        replay(model, [Send(1)])

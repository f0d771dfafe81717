"""When an execution contradicts a query: order, nesting, injectivity, knowledge, names, numbers."""

from __future__ import annotations

import pytest

from appliedpi import core
from appliedpi.builtin import SUCCESSOR, ZERO_TERM
from appliedpi.terms import App, Kind, Symbol, Variable
from appliedpi.traces.interpreter import Machine
from appliedpi.traces.knowledge import knows
from appliedpi.traces.moves import Advance, Send
from appliedpi.traces.violation import violates
from tests.appliedpi.traces.building import (
    Build,
    constructor,
    event_symbol,
    make_model,
    make_query,
    name,
    reduction,
    table_symbol,
    tup,
)

c, d, e = name("c"), name("d", private=True), name("e", private=True)
x, y, k = Variable("x"), Variable("y"), Variable("k")
BEGIN, MIDDLE, END = event_symbol("begin", 1), event_symbol("middle", 1), event_symbol("end", 1)
ENC = constructor("enc", 2)
DEC = reduction("dec", ((App(ENC, (x, k)), k), x))


def executed(*terms, table=None) -> Machine:
    """A machine that has executed the events in order."""
    build = Build()
    process: core.Process = build.nil()
    for term in reversed(terms):
        process = build.event(term, process)
    m = Machine.start(make_model(process, names=[c, d, e], constructors=[ENC], destructors=[DEC]))
    for _ in terms:
        m.perform(Advance(1))
    return m


def sent(*messages) -> Machine:
    """A machine that has sent the messages on the public channel."""
    build = Build()
    process: core.Process = build.nil()
    for message in reversed(messages):
        process = build.out(c, message, process)
    m = Machine.start(make_model(process, names=[c, d, e], constructors=[ENC], destructors=[DEC]))
    for _ in messages:
        m.perform(Send(1))
    return m


def begin(term):
    return App(BEGIN, (term,))


def middle(term):
    return App(MIDDLE, (term,))


def end(term):
    return App(END, (term,))


def event(term, injective=False, at=None) -> core.QueryEvent:
    return core.QueryEvent(term, injective, at)


def test_a_reachability_query_is_violated_where_the_event_happened() -> None:
    query = make_query(event(end(x)))
    assert violates(query, executed(end(c))) is not None
    assert violates(query, executed(begin(c))) is None


def test_the_required_event_must_come_first() -> None:
    query = make_query(event(end(x)), conclusion=event(begin(x)))
    assert violates(query, executed(begin(c), end(c))) is None
    assert violates(query, executed(end(c), begin(c))) is not None
    assert violates(query, executed(begin(d), end(c))) is not None
    assert violates(query, executed(begin(c), end(c), end(d))) is not None


def test_conjunctions_disjunctions_and_equalities() -> None:
    both = core.Conjunction((core.QueryComparison("=", y, d), event(begin(x)), event(middle(y))))
    either = core.Disjunction((event(begin(x)), event(middle(y))))
    run = executed(begin(c), middle(d), end(c))
    assert violates(make_query(event(end(x)), conclusion=both), run) is None
    assert violates(make_query(event(end(x)), conclusion=both), executed(begin(c), middle(e), end(c)))
    assert violates(make_query(event(end(x)), conclusion=either), executed(middle(d), end(c))) is None
    assert violates(make_query(event(end(x)), conclusion=either), executed(end(c))) is not None


def test_disequalities_of_the_conclusion_and_premise() -> None:
    different = core.QueryComparison("<>", x, c)
    assert violates(make_query(event(end(x)), conclusion=different), executed(end(c))) is not None
    assert violates(make_query(event(end(x)), conclusion=different), executed(end(d))) is None
    assert violates(make_query(event(end(x)), different), executed(end(c))) is None
    assert violates(make_query(event(end(x)), different), executed(end(d))) is not None


def test_nested_correspondences_look_further_back_from_the_inner_event() -> None:
    nested = core.Nested(event(middle(x)), event(begin(x)))
    query = make_query(event(end(x)), conclusion=nested)
    assert violates(query, executed(begin(c), middle(c), end(c))) is None
    assert violates(query, executed(middle(c), begin(c), end(c))) is not None
    assert violates(query, executed(begin(c), end(c))) is not None


def test_injective_events_need_different_partners() -> None:
    query = make_query(event(end(x), True), conclusion=event(begin(x), True))
    assert violates(query, executed(begin(c), end(c), begin(c), end(c))) is None
    found = violates(query, executed(begin(c), end(c), end(c)))
    assert found is not None and len(found.instances) == 2
    plain = make_query(event(end(x)), conclusion=event(begin(x)))
    assert violates(plain, executed(begin(c), end(c), end(c))) is None


def test_an_injective_correspondence_is_searched_for_not_guessed() -> None:
    # end(c) could take either begin, end(d) only the first: a greedy choice would fail.
    query = make_query(
        event(end(x), True),
        conclusion=core.Disjunction(
            (
                event(begin(x), True),
                core.Conjunction((event(begin(y), True), core.QueryComparison("=", x, c))),
            )
        ),
    )
    assert violates(query, executed(begin(d), begin(e), end(c), end(d))) is None
    one = core.QueryEvent(begin(y), True)
    any_begin = make_query(event(end(x), True), conclusion=one)
    assert violates(any_begin, executed(begin(d), begin(e), end(c), end(d))) is None
    assert violates(any_begin, executed(begin(d), end(c), end(d))) is not None


def test_attacker_knowledge_as_premise_and_conclusion() -> None:
    cipher = App(ENC, (d, e))
    secret = make_query(core.QueryAttacker(d, None))
    assert violates(secret, sent(cipher)) is None
    assert violates(secret, sent(cipher, e)) is not None
    assert violates(secret, sent(tup(c, d))) is not None
    key_known = make_query(core.QueryAttacker(d, None), conclusion=core.QueryAttacker(e, None))
    assert violates(key_known, sent(cipher, e)) is None
    assert violates(key_known, sent(d)) is not None


def test_knowledge_may_be_an_instance_of_a_pattern() -> None:
    sealed = constructor("sealed", 1, private=True)
    conclusion = core.QueryComparison("=", x, c)
    query = make_query(core.QueryAttacker(App(sealed, (x,)), None), conclusion=conclusion)
    assert violates(query, sent(App(sealed, (c,)))) is None
    assert violates(query, sent(App(sealed, (e,)))) is not None
    # What the attacker can compose itself counts too.
    query = make_query(core.QueryAttacker(App(ENC, (x, y)), None), conclusion=conclusion)
    assert violates(query, sent(d)) is not None


def test_messages_and_their_channels() -> None:
    assert violates(make_query(core.QueryMessage(c, d, None)), sent(d)) is not None
    assert violates(make_query(core.QueryMessage(e, d, None)), sent(d)) is None
    # The attacker can send it itself.
    assert violates(make_query(core.QueryMessage(e, d, None)), sent(d, e)) is not None


def test_table_entries() -> None:
    build = Build()
    t = table_symbol("t", 1)
    m = Machine.start(make_model(build.insert(App(t, (d,))), names=[c, d]))
    query = make_query(core.QueryTable(App(t, (x,)), None))
    assert violates(query, m) is None
    m.perform(Advance(1))
    assert violates(query, m) is not None


def test_natural_numbers() -> None:
    one = App(SUCCESSOR, (ZERO_TERM,))
    at_least = make_query(event(end(x)), conclusion=core.QueryComparison(">=", x, one))
    assert violates(at_least, executed(end(one))) is None
    assert violates(at_least, executed(end(ZERO_TERM))) is not None
    natural = make_query(event(end(x)), conclusion=core.QueryIsNatural(x))
    assert violates(natural, executed(end(one))) is None
    assert violates(natural, executed(end(c))) is not None


def test_times_of_events_can_be_compared() -> None:
    i, j = Variable("i", "time"), Variable("j", "time")
    query = make_query(
        event(end(x), at=i),
        conclusion=core.Conjunction((event(begin(x), at=j), core.QueryComparison(">", i, j))),
    )
    assert violates(query, executed(begin(c), end(c))) is None
    later = make_query(event(end(x), at=i), event(begin(x), at=j), conclusion=core.QueryComparison(">", j, i))
    assert violates(later, executed(begin(c), end(c))) is not None
    assert violates(later, executed(end(c), begin(c))) is None


@pytest.mark.parametrize("bound", [False, True])
def test_a_name_of_a_restriction_in_a_query(bound: bool) -> None:
    build = Build()
    out1 = build.out(c, k)
    process = build.let(y, d, build.new(k, out1))
    m = Machine.start(make_model(process, names=[c, d, e]))
    for _ in range(2):
        m.perform(Advance(1))
    m.perform(Send(1))

    def query(value):
        bindings = ("y",) if bound else ()
        symbol = Symbol("k", ("bitstring",) * len(bindings), "bitstring", Kind.BOUND_NAME, bindings=bindings)
        return make_query(core.QueryAttacker(App(symbol, (value,) if bound else ()), None))

    assert violates(query(d), m) is not None
    if bound:
        assert violates(query(e), m) is None
    other = Symbol("j", (), "bitstring", Kind.BOUND_NAME)
    assert violates(make_query(core.QueryAttacker(App(other), None)), m) is None


def test_knowledge_grows_with_time() -> None:
    m = sent(App(ENC, (d, e)), e)
    assert knows(m, d)
    assert not knows(m, d, time=1)
    assert knows(m, tup(App(ENC, (d, e)), c), time=1)

"""Attacks found from derivations written by hand, one small protocol each."""

from __future__ import annotations

from appliedpi import builtin, core
from appliedpi.terms import App, Variable
from appliedpi.traces.reconstruction import reconstruct
from appliedpi.traces.trace import Trace
from tests.appliedpi.traces.building import (
    FALSE,
    Build,
    Runs,
    apply,
    constructor,
    data,
    event_symbol,
    initial,
    listen,
    make_model,
    make_query,
    name,
    next_phase,
    pattern_name,
    reduction,
    send,
    table_symbol,
    tup,
)

x, y, k, n, s = (Variable(text) for text in "xykns")
c, d = name("c"), name("d", private=True)
secret = name("s", private=True)
ENC = constructor("enc", 2)
DEC = reduction("dec", ((App(ENC, (x, k)), k), x))
SESSION, OTHER = pattern_name("sid"), pattern_name("sid'")


def kinds(trace: Trace | None) -> list[str]:
    assert trace is not None
    return [step.kind for step in trace.steps]


def oracle_model(build: Build):
    """new k; (out(c, enc(s,k)) | !in(c,x); out(c, dec(x,k)))"""
    leak = build.out(c, App(ENC, (secret, k)))
    read, back = Variable("z"), None
    back = build.out(c, App(DEC.symbol, (read, k)))
    receive = build.inp(c, read, back)
    model = make_model(
        build.new(k, build.par(leak, build.bang(receive))),
        names=[c, secret], constructors=[ENC], destructors=[DEC],
    )  # fmt: skip
    return model, leak, receive, back


def test_a_decryption_oracle_leaks_the_secret() -> None:
    model, leak, receive, back = oracle_model(Build())
    runs = Runs(model)
    key = pattern_name("k")
    heard = listen(runs.sends(leak, c, App(ENC, (secret, key))), initial(c))
    given = send(initial(c), heard)
    opened = runs.sends(back, c, secret, sessions=[SESSION], premises={receive: given})
    query = make_query(core.QueryAttacker(secret, None))
    trace = reconstruct(model, query, [listen(opened, initial(c))])
    assert kinds(trace) == ["new", "output", "input", "output"]
    assert trace is not None
    assert trace.steps[2].sender == 2
    assert trace.steps[2].thread != trace.steps[1].thread
    assert trace.steps[1].terms == ("enc(s, k)",)
    assert trace.goal == "The attacker knows s."
    assert trace == reconstruct(model, query, [listen(opened, initial(c))])


def test_a_derivation_that_the_process_does_not_follow_gives_no_trace() -> None:
    model, leak, receive, back = oracle_model(Build())
    runs = Runs(model)
    # The oracle cannot open a name of the attacker, whatever the derivation says.
    given = send(initial(c), initial(pattern_name("junk")))
    opened = runs.sends(back, c, secret, sessions=[SESSION], premises={receive: given})
    query = make_query(core.QueryAttacker(secret, None))
    assert reconstruct(model, query, [listen(opened, initial(c))]) is None


def test_a_trace_that_does_not_reach_the_goal_is_refused() -> None:
    model, leak, _, _ = oracle_model(Build())
    heard = listen(Runs(model).sends(leak, c, App(ENC, (secret, pattern_name("k")))), initial(c))
    assert reconstruct(model, make_query(core.QueryAttacker(secret, None)), [heard]) is None


def test_man_in_the_middle_with_two_sessions() -> None:
    """Needham-Schroeder public key: the initiator talks to the attacker, the responder accepts its nonce."""
    build = Build()
    penc, pk = constructor("penc", 2), constructor("pk", 1)
    m, sk = Variable("m"), Variable("sk")
    pdec = reduction("pdec", ((App(penc, (m, App(pk, (sk,)))), sk), m))
    begin, end = event_symbol("begin", 1), event_symbol("end", 1)
    ska, skb, na, nb, pkx = (Variable(text) for text in ("ska", "skb", "Na", "Nb", "pkX"))
    got, na2, nb2, reply = Variable("got"), Variable("na2"), Variable("nb2"), Variable("reply")
    public_a, public_b = App(pk, (ska,)), App(pk, (skb,))

    # initiator
    last = build.out(c, App(penc, (nb2, pkx)))
    check = build.let(data(core.PatternEqual(na), nb2), App(pdec.symbol, (got, ska)), last)
    second = build.inp(c, got, check)
    first = build.out(c, App(penc, (tup(na, public_a), pkx)), second)
    begun = build.event(App(begin, (pkx,)), first)
    make_na = build.new(na, begun)
    partner = build.inp(c, pkx, make_na)
    initiator = build.bang(partner)
    # responder, which believes it talks to a
    done = build.event(App(end, (public_b,)))
    finish = build.inp(c, reply, build.let(core.PatternEqual(nb), App(pdec.symbol, (reply, skb)), done))
    answer = build.out(c, App(penc, (tup(na2, nb), public_a)), finish)
    make_nb = build.new(nb, answer)
    request = Variable("request")
    open_request = build.let(
        data(na2, core.PatternEqual(public_a)), App(pdec.symbol, (request, skb)), make_nb
    )
    hear = build.inp(c, request, open_request)
    responder = build.bang(hear)
    publish_a = build.out(c, public_a, build.nil())
    publish_b = build.out(c, public_b, build.nil())
    model = make_model(
        build.new(ska, build.new(skb, build.par(publish_a, publish_b, initiator, responder))),
        names=[c], constructors=[penc, pk], destructors=[pdec],
    )  # fmt: skip

    runs = Runs(model)
    a_key, b_key = pattern_name("ska"), pattern_name("skb")
    pub_a, pub_b = App(pk, (a_key,)), App(pk, (b_key,))
    evil = pattern_name("evil")
    evil_key = apply(pk, App(pk, (evil,)), initial(evil))
    know_a = listen(runs.sends(publish_a, c, pub_a), initial(c))
    know_b = listen(runs.sends(publish_b, c, pub_b), initial(c))
    nonce_a = pattern_name("Na", SESSION, App(pk, (evil,)))
    start = {partner: send(initial(c), evil_key)}
    message1 = App(penc, (tup(nonce_a, pub_a), App(pk, (evil,))))
    heard1 = listen(runs.sends(first, c, message1, sessions=[SESSION], premises=start), initial(c))
    opened1 = apply(pdec.symbol, tup(nonce_a, pub_a), heard1, initial(evil))
    forwarded1 = apply(penc, App(penc, (tup(nonce_a, pub_a), pub_b)), opened1, know_b)
    nonce_b = pattern_name("Nb", OTHER, forwarded1.fact.term)  # type: ignore[union-attr]
    message2 = App(penc, (tup(nonce_a, nonce_b), pub_a))
    to_b = {hear: send(initial(c), forwarded1)}
    heard2 = listen(runs.sends(answer, c, message2, sessions=[OTHER], premises=to_b), initial(c))
    message3 = App(penc, (nonce_b, App(pk, (evil,))))
    heard3 = listen(
        runs.sends(
            last, c, message3, sessions=[SESSION], premises={**start, second: send(initial(c), heard2)}
        ),
        initial(c),
    )
    opened3 = apply(pdec.symbol, nonce_b, heard3, initial(evil))
    forwarded3 = apply(penc, App(penc, (nonce_b, pub_b)), opened3, know_b)
    finished = runs.executes(
        done, App(end, (pub_b,)), sessions=[OTHER], premises={**to_b, finish: send(initial(c), forwarded3)}
    )
    z = Variable("z")
    query = make_query(core.QueryEvent(App(end, (z,))), conclusion=core.QueryEvent(App(begin, (z,))))
    trace = reconstruct(model, query, [finished])
    assert trace is not None
    assert [step.terms[0] for step in trace.steps if step.kind == "event"] == ["begin(pk(a))", "end(pk(skb))"]
    assert len({step.thread for step in trace.steps if step.kind == "event"}) == 2
    relayed = [step for step in trace.steps if step.kind == "input" and step.sender is not None]
    assert len(relayed) == 1  # only the responder's answer goes through unchanged
    assert know_a is not None
    # With an honest partner the query holds in the same execution.
    weaker = make_query(
        core.QueryEvent(App(end, (z,))), conclusion=core.QueryEvent(App(begin, (Variable("w"),)))
    )
    assert reconstruct(model, weaker, [finished]) is None


def private_model(build: Build, replicated: bool):
    """new d; ((!)out(d, s) | in(d, x); in(d, y); out(c, (x, y)))"""
    channel = Variable("d")
    leave = build.out(channel, secret)
    relay = build.out(c, tup(x, y))
    take2 = build.inp(channel, y, relay)
    take1 = build.inp(channel, x, take2)
    body = build.par(build.bang(leave) if replicated else leave, take1)
    model = make_model(build.new(channel, body), names=[c, secret])
    return model, leave, take1, take2, relay


def test_each_reader_on_a_private_channel_has_its_own_sender() -> None:
    inner = pattern_name("d")
    query = make_query(core.QueryAttacker(tup(secret, secret), None))
    for replicated in (True, False):
        model, leave, take1, take2, relay = private_model(Build(), replicated)
        runs = Runs(model)
        sent = runs.sends(leave, inner, secret, sessions=[SESSION] if replicated else [])
        out = runs.sends(relay, c, tup(secret, secret), premises={take1: sent, take2: sent})
        trace = reconstruct(model, query, [listen(out, initial(c))])
        if replicated:
            assert kinds(trace) == ["new", "output", "input", "output", "input", "output"]
            assert trace is not None and trace.steps[2].sender == 2 and trace.steps[4].sender == 4
        else:
            assert trace is None  # one message cannot be received twice


def test_an_output_on_a_private_channel_needs_some_reader() -> None:
    for read in (True, False):
        build = Build()
        channel = Variable("d")
        leak = build.out(c, secret)
        gate = build.out(channel, tup(c, c), leak)
        reader = build.bang(build.inp(channel, x)) if read else build.nil()
        model = make_model(build.new(channel, build.par(gate, reader)), names=[c, secret])
        goal = listen(Runs(model).sends(leak, c, secret), initial(c))
        trace = reconstruct(model, make_query(core.QueryAttacker(secret, None)), [goal])
        assert (trace is not None) == read


def table_model(build: Build, condition: bool = False):
    """insert keys(s) | get keys(x) in out(c, x) | get keys(=s) in 0 else out(c, ok)"""
    keys = table_symbol("keys", 1)
    write = build.insert(App(keys, (secret,)))
    show = build.out(c, x)
    read = build.get(keys, [x], show)
    miss = build.out(c, App(ENC, (secret, secret)))
    absent = build.get(keys, [core.PatternEqual(secret)], None, miss)
    model = make_model(build.par(write, read, absent), names=[c, secret], constructors=[ENC])
    return model, keys, write, read, show, absent, miss


def test_a_table_entry_is_read_after_it_was_inserted() -> None:
    model, keys, write, read, show, _, _ = table_model(Build())
    runs = Runs(model)
    entry = runs.inserts(write, App(keys, (secret,)))
    goal = listen(runs.sends(show, c, secret, premises={read: entry}), initial(c))
    trace = reconstruct(model, make_query(core.QueryAttacker(secret, None)), [goal])
    assert kinds(trace) == ["insert", "get", "output"]


def test_the_else_branch_of_get_runs_before_the_entry_is_there() -> None:
    model, keys, write, read, show, absent, miss = table_model(Build())
    runs = Runs(model)
    entry = runs.inserts(write, App(keys, (secret,)))
    first = listen(runs.sends(show, c, secret, premises={read: entry}), initial(c))
    second = listen(runs.sends(miss, c, App(ENC, (secret, secret))), initial(c))
    # The get that misses stands last in the derivation and must still run first.
    query = make_query(core.QueryAttacker(secret, None), core.QueryAttacker(App(ENC, (secret, secret)), None))
    trace = reconstruct(model, query, [first, second])
    assert trace is not None
    steps = [(step.kind, step.terms) for step in trace.steps if step.kind in ("get", "insert")]
    assert steps == [("get", ()), ("insert", ("keys(s)",)), ("get", ("keys(s)",))]


def test_the_else_branch_of_get_is_closed_once_the_entry_had_to_come_first() -> None:
    build = Build()
    keys = table_symbol("keys", 1)
    leak = build.out(c, secret)
    absent = build.get(keys, [x], None, leak)
    write = build.insert(App(keys, (c,)), absent)
    model = make_model(write, names=[c, secret])
    goal = listen(Runs(model).sends(leak, c, secret), initial(c))
    # Path through the else-branch, but the same thread has inserted an entry before.
    assert reconstruct(model, make_query(core.QueryAttacker(secret, None)), [goal]) is None


def injective_model(build: Build):
    """!new n; event begin(n); out(c, n)  |  !in(c, x); event end(x), x authenticated by a private enc"""
    begin, end = event_symbol("begin", 1), event_symbol("end", 1)
    share = Variable("share")
    sent = build.out(c, App(ENC, (n, share)))
    begun = build.event(App(begin, (n,)), sent)
    client = build.bang(build.new(n, begun))
    done = build.event(App(end, (y,)))
    accept = build.inp(c, x, build.let(y, App(DEC.symbol, (x, share)), done))
    server = build.bang(accept)
    model = make_model(
        build.new(share, build.par(client, server)), names=[c], constructors=[ENC], destructors=[DEC]
    )
    runs = Runs(model)
    nonce = pattern_name("n", SESSION)
    message = App(ENC, (nonce, pattern_name("share")))
    heard = listen(runs.sends(sent, c, message, sessions=[SESSION]), initial(c))
    goal = runs.executes(
        done, App(end, (nonce,)), sessions=[OTHER], premises={accept: send(initial(c), heard)}
    )
    return model, begin, end, goal


def test_a_replay_breaks_injectivity_but_not_agreement() -> None:
    model, begin, end, goal = injective_model(Build())
    z = Variable("z")
    injective = make_query(
        core.QueryEvent(App(end, (z,)), injective=True),
        conclusion=core.QueryEvent(App(begin, (z,)), injective=True),
    )
    plain = make_query(core.QueryEvent(App(end, (z,))), conclusion=core.QueryEvent(App(begin, (z,))))
    for goals in ([goal], [goal, goal]):
        trace = reconstruct(model, injective, goals)
        assert trace is not None
        events = [step.terms[0] for step in trace.steps if step.kind == "event"]
        assert events == ["begin(n)", "end(n)", "end(n)"]
        assert len({step.thread for step in trace.steps if step.terms == ("end(n)",)}) == 2
    assert reconstruct(model, plain, [goal]) is None


def test_a_key_published_in_phase_1_opens_what_was_recorded_in_phase_0() -> None:
    for published in (1, 2):
        build = Build()
        record = build.out(c, App(ENC, (secret, k)))
        publish = build.out(c, k)
        model = make_model(
            build.new(k, build.par(record, build.phase(published, publish))),
            names=[c, secret], constructors=[ENC], destructors=[DEC],
        )  # fmt: skip
        runs = Runs(model)
        key = pattern_name("k")
        early = listen(runs.sends(record, c, App(ENC, (secret, key))), initial(c))
        channel = initial(c)
        for _ in range(published):
            early, channel = next_phase(early), next_phase(channel)
        late = listen(runs.sends(publish, c, key, phase=published), channel)
        opened = apply(DEC.symbol, secret, early, late, phase=published)
        in_time = make_query(core.QueryAttacker(secret, published))
        too_early = make_query(core.QueryAttacker(secret, 0))
        trace = reconstruct(model, in_time, [opened])
        assert kinds(trace) == ["new", "output", *["phase"] * published, "output", "attacker"]
        assert reconstruct(model, too_early, [opened]) is None


def test_a_diffie_hellman_exchange_gives_the_attacker_the_key_it_shares() -> None:
    g, power = constructor("g", 0), constructor("exp", 2)

    def exp(base, exponent):
        return App(power, (base, exponent))

    build = Build()
    a, their = Variable("a"), Variable("their")
    reveal = build.out(c, App(ENC, (secret, exp(their, a))))
    receive = build.inp(c, their, reveal)
    offer = build.out(c, exp(App(g), a), receive)
    model = make_model(
        build.bang(build.new(a, offer)), names=[c, secret], constructors=[g, power, ENC], destructors=[DEC],
        equations=[(exp(exp(App(g), x), y), exp(exp(App(g), y), x))],
    )  # fmt: skip
    runs = Runs(model)
    a0, e = pattern_name("a", SESSION), pattern_name("e")
    half = listen(runs.sends(offer, c, exp(App(g), a0), sessions=[SESSION]), initial(c))
    own = apply(power, exp(App(g), e), apply(g, App(g)), initial(e))
    key = apply(power, exp(exp(App(g), a0), e), half, initial(e))
    ciphertext = listen(
        runs.sends(
            reveal, c, App(ENC, (secret, exp(exp(App(g), e), a0))), sessions=[SESSION],
            premises={receive: send(initial(c), own)},
        ),
        initial(c),
    )  # fmt: skip
    opened = apply(DEC.symbol, secret, ciphertext, key)
    trace = reconstruct(model, make_query(core.QueryAttacker(secret, None)), [opened])
    assert trace is not None
    assert trace.steps[-1].kind == "attacker" and trace.steps[-1].terms == ("s",)
    assert sum(step.kind == "new" and step.thread > 0 for step in trace.steps) == 1


def test_rules_that_need_one_copy_twice_get_two_copies() -> None:
    """!in(c,x); out(c, h(x)): two rules that name one session but feed it different messages."""
    build = Build()
    h = constructor("h", 1, private=True)
    back = build.out(c, App(h, (x,)))
    receive = build.inp(c, x, back)
    model = make_model(build.bang(receive), names=[c, d], constructors=[h])
    runs = Runs(model)
    one, two = pattern_name("one"), pattern_name("two")
    goals = [
        listen(
            runs.sends(
                back, c, App(h, (value,)), sessions=[SESSION],
                premises={receive: send(initial(c), initial(value))},
            ),
            initial(c),
        )
        for value in (one, two)
    ]  # fmt: skip
    v, w = Variable("v"), Variable("w")
    different = make_query(
        core.QueryAttacker(App(h, (v,)), None), core.QueryAttacker(App(h, (w,)), None),
        conclusion=core.QueryComparison("=", v, w),
    )  # fmt: skip
    trace = reconstruct(model, different, goals)
    assert len({step.thread for step in trace.steps if step.kind == "output"}) == 2  # type: ignore[union-attr]
    # Without the replication there is one copy, and the attack is impossible.
    single = Build()
    back1 = single.out(c, App(h, (x,)))
    receive1 = single.inp(c, x, back1)
    model1 = make_model(receive1, names=[c, d], constructors=[h])
    runs1 = Runs(model1)
    goals1 = [
        listen(
            runs1.sends(back1, c, App(h, (value,)), premises={receive1: send(initial(c), initial(value))}),
            initial(c),
        )
        for value in (one, two)
    ]
    assert reconstruct(model1, different, goals1) is None


def test_the_else_branch_is_taken_by_evaluation_only() -> None:
    build = Build()
    leak = build.out(c, secret)
    test = build.when(App(builtin.EQUAL, (x, c)), None, leak)
    receive = build.inp(c, x, test)
    model = make_model(receive, names=[c, secret])
    runs = Runs(model)
    for given, possible in ((pattern_name("other"), True), (c, False)):
        premises = {receive: send(initial(c), initial(given))}
        goal = listen(runs.sends(leak, c, secret, premises=premises), initial(c))
        trace = reconstruct(model, make_query(core.QueryAttacker(secret, None)), [goal])
        assert (trace is not None) == possible


def test_events_after_the_needed_statement_are_not_executed() -> None:
    build = Build()
    begin, end = event_symbol("begin", 0), event_symbol("end", 0)
    late = build.event(App(begin))
    early = build.event(App(end), late)
    model = make_model(early, names=[c])
    goal = Runs(model).executes(early, App(end))
    query = make_query(core.QueryEvent(App(end)), conclusion=core.QueryEvent(App(begin)))
    trace = reconstruct(model, query, [goal])
    assert kinds(trace) == ["event"]


def test_an_execution_that_breaks_a_restriction_is_no_attack() -> None:
    for forbidden in (False, True):
        build = Build()
        end = event_symbol("end", 0)
        done = build.event(App(end))
        rule = core.Assumption("restriction", make_query(core.QueryEvent(App(end)), conclusion=FALSE))
        model = make_model(done, names=[c], assumptions=[rule] if forbidden else [])
        goal = Runs(model).executes(done, App(end))
        trace = reconstruct(model, make_query(core.QueryEvent(App(end))), [goal])
        assert (trace is None) == forbidden

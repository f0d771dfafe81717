"""Queries and what else is said about a whole model: structure on the core, and ProVerif's text.

The texts were compared with RESULT lines of ProVerif 2.05 for the same models.
"""

from __future__ import annotations

import pytest

from appliedpi import builtin, core
from appliedpi.terms import Kind, Variable, show
from tests.appliedpi.typing.building import model, written


def query(text: str) -> core.Query:
    (found,) = model(text).queries
    return found


TEXTS: list[tuple[str, str]] = [
    ("query attacker(secret_s). process 0", "not attacker(secret_s[])"),
    ("query attacker((A, c)). query attacker(()). process 0", "not attacker((A,c[]))"),
    ("query event(f). process 0", "not event(f)"),
    ("query event(f()) && attacker(A). process 0", "not (event(f) && attacker(A))"),
    ("query attacker(A) && event(f()). process 0", "not (event(f) && attacker(A))"),
    ("query attacker(A) ==> false. process 0", "not attacker(A)"),
    ("query attacker(A) ==> true. process 0", "attacker(A) ==> true"),
    ("query x: bitstring; event(e(x)) ==> x = A || event(f()) && (event(f()) || x <> B). process 0",
     "event(e(x)) ==> x = A || (event(f) && (event(f) || x ≠ B))"),
    ("query x: bitstring; inj-event(e(x)) ==> (inj-event(f()) ==> event(e(x)) && event(f)). process 0",
     "inj-event(e(x)) ==> (inj-event(f) ==> event(e(x)) && event(f))"),
    ("query event(e(A)) ==> inj-event(f()). process 0", "inj-event(e(A)) ==> inj-event(f)"),
    ("query inj-event(e(A)) ==> event(f()). process 0", "event(e(A)) ==> event(f)"),
    ("query i: nat; event(number(i + 2)) && i > 2 ==> i < 5 || i >= 7 || is_nat(i). process 0",
     "event(number(i + 2)) && i ≥ 3 ==> 5 ≥ i + 1 || i ≥ 7 || is_nat(i)"),
    ("query x: time, y: time; event(e(A))@x ==> event(f)@y && x > y. process 0",
     "event(e(A))@x ==> event(f)@y && x > y"),
    ("query x: bitstring; let y = (x, A) in event(e(y)) ==> event(e(x)). process 0",
     "event(e((x,A))) ==> event(e(x))"),
    ("query k: key; table(t(A, k)). query mess(c, A). process 0", "not table(t(A,k))"),
    # Phases: without a number, the last one.
    ("query attacker(A). process phase 2; 0", "not attacker_p2(A)"),
    ("query mess(c, A) phase 1. process phase 2; 0", "not mess_p1(c[],A)"),
    ("query attacker(A) phase 0. process phase 2; 0", "not attacker(A)"),
    # Identifiers: the process comes first.
    ("query x: bitstring; attacker(x) ==> event(e(x)). process in(c, x: bitstring); out(c, x)",
     "attacker(x_1) ==> event(e(x_1))"),
    ("free x_1: bitstring. query x: bitstring; attacker(x). process in(c, x: bitstring); 0",
     "not attacker(x_2)"),
    ("query A: bitstring; attacker(A). process 0", "not attacker(A_1)"),
    ("letfun g(x: bitstring) = (x, x). query x: bitstring; attacker(x). process out(c, g(A))",
     "not attacker(x_1)"),
    # Names of the process, with all that their name pattern depends on.
    ("query attacker(new n). process new n: key; 0", "not attacker(n[])"),
    ("query attacker(new n). process !in(c, (y: key, z: key)); let w = A in new n: key; 0",
     "not attacker(n[z = v,y = v_1,!1 = v_2])"),
    ("query x: key, i: sid; attacker(new n[!1 = i; y = x]). process !in(c, (y: key, z: key)); new n: key; 0",
     "not attacker(n[z = v,y = x,!1 = i])"),
    ("query x: bitstring; attacker(new n[w = x]). process !in(c, y: key); let w = A in new n: key; 0",
     "not attacker(n[w = x,y = v,!1 = v_1])"),
    ("query attacker(new n). process !in(c, (y: key, z: key)); new n[y]: key; 0",
     "not attacker(n[y = v,!1 = v_1])"),
    # Types count.
    ("set ignoreTypes = false. query k: key; attacker(k). process 0", "not attacker_key(k)"),
    # Some sessions are compromised: events carry their session.
    ("set keyCompromise = approx. query x: bitstring; inj-event(e(x)) ==> inj-event(f()). "
     "process !in(c, v: bitstring); event e(v)",
     "inj-event(e(@session1,x)) ==> inj-event(f(v_2))"),
    ("set keyCompromise = strict. query attacker(new n). process !in(c, y: key); new n: key; 0",
     "not attacker_p1(n[y = v,!comp = @session1,!1 = v_1])"),
    # Secrecy of variables.
    ("query secret n. process new n: key; 0", "secret n"),
    ("query secret x. process in(c, x: key); 0 | in(c, x: key); 0", "secret x_1,x"),
    ("query secret n public_vars k. process new n: key; new k: key; 0", "secret n public_vars k"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_text(text: str, expected: str) -> None:
    assert model(text).queries[0].text == expected


def test_structure_of_a_correspondence() -> None:
    found = query(
        "query x: bitstring, i: nat; inj-event(e(x)) && attacker(x) phase 1 ==> "
        "(inj-event(f()) ==> x = A) && i < 3 || event(e(x)). process phase 1; 0"
    )
    x, i = found.variables
    assert (x.name, x.type, i.name, i.type) == ("x", "bitstring", "i", "nat")
    event, attacker = found.premises
    assert isinstance(event, core.QueryEvent) and event.injective and event.term.args == (x,)
    assert event.term.symbol is not None and event.term.symbol.kind is Kind.EVENT
    assert isinstance(attacker, core.QueryAttacker) and attacker.term is x and attacker.phase == 1
    assert isinstance(found.conclusion, core.Disjunction)
    both, other = found.conclusion.parts
    assert isinstance(other, core.QueryEvent) and not other.injective
    assert isinstance(both, core.Conjunction)
    nested, comparison = both.parts
    assert isinstance(nested, core.Nested) and isinstance(nested.premise, core.QueryEvent)
    assert nested.premise.injective
    assert isinstance(nested.conclusion, core.QueryComparison) and nested.conclusion.operator == "="
    # i < 3 is 3 >= i + 1.
    assert isinstance(comparison, core.QueryComparison) and comparison.operator == ">="
    assert comparison.right.symbol is builtin.SUCCESSOR and comparison.right.args == (i,)
    assert not found.is_reachability


def test_reachability() -> None:
    found = query("query x: bitstring; event(e(x)). process 0")
    assert found.is_reachability and len(found.premises) == 1
    (attacker,) = query("query attacker(A). process phase 1; 0").premises
    assert isinstance(attacker, core.QueryAttacker) and attacker.phase is None


def test_times() -> None:
    found = query("query i: time, j: time; event(f())@i ==> event(e(A))@j && j < i. process 0")
    i, j = found.variables
    (premise,) = found.premises
    assert isinstance(premise, core.QueryEvent) and premise.at is i
    assert isinstance(found.conclusion, core.Conjunction)
    event, order = found.conclusion.parts
    assert isinstance(event, core.QueryEvent) and event.at is j
    assert isinstance(order, core.QueryComparison)
    assert (order.operator, order.left, order.right) == (">", i, j)


def test_names_of_the_process() -> None:
    found = query(
        "query x: key, i: sid; event(e(bits(new n[y = x; !1 = i]))). process !in(c, y: key); new n: key; 0"
    )
    x, i = found.variables
    (premise,) = found.premises
    assert isinstance(premise, core.QueryEvent)
    (name,) = premise.term.args
    assert name.symbol is not None and name.symbol.kind is Kind.BOUND_NAME
    assert (name.symbol.name, name.symbol.result_type) == ("n", "key")
    assert name.symbol.bindings == ("y", "!1") and name.args == (x, i)


def test_variables_of_different_queries_are_distinct() -> None:
    first, second = model(
        "query x: bitstring; event(e(x)). query x: bitstring; attacker(x). process 0"
    ).queries
    assert first.variables[0] is not second.variables[0]


def test_tags_name_the_queries() -> None:
    first, second, third = model(
        """(*@query SEC-1 the secret *) query attacker(secret_s);
        (*@query AUTH-1 agreement *) event(f()) ==> event(e(A)).
        query attacker(A).
        process 0"""
    ).queries
    assert (first.name, second.name, third.name) == ("SEC-1", "AUTH-1", None)


def test_queries_see_declarations_after_them() -> None:
    assert (
        query("query attacker(later). free later: key [private]. process 0").text == "not attacker(later[])"
    )


def test_a_phase_that_is_never_entered_warns() -> None:
    made = model("query attacker(A) phase 2; attacker(B) phase 1. process phase 1; 0")
    assert made.warnings == ("model.pv:15:7: warning: the process never enters phase 2",)
    assert made.last_phase == 2  # every run goes on into it
    assert made.queries[1].text == "not attacker_p1(B)"


def test_options_and_places() -> None:
    found = query("query event(f())\n  ==> event(e(A)) [induction, fullSat]. process 0")
    assert found.options == ("induction", "fullSat")
    assert (found.place.line, found.place.column) == (15, 7)


def test_secrecy_assumptions() -> None:
    attacker, table = model(
        "not attacker(new n). not k: key; table(t(A, k)). process new n: key; 0"
    ).secrecy_assumptions
    assert isinstance(attacker, core.QueryAttacker) and attacker.term.symbol is not None
    assert attacker.term.symbol.kind is Kind.BOUND_NAME
    assert isinstance(table, core.QueryTable) and show(table.entry) == "t(A,k)"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("nounif x: bitstring; attacker(x).", -6000),
        ("noselect x: bitstring; attacker(x).", -6000),
        ("select x: bitstring; attacker(x).", 3000),
        ("nounif x: bitstring; attacker(x)/5.", -5),
        ("nounif x: bitstring; attacker(x)/-5.", 5),
        ("select x: bitstring; attacker(x)/5.", 5),
        ("select x: bitstring; attacker(x)/-5.", -5),
        ("nounif x: bitstring; attacker(x)/20000.", -9999),
    ],
)
def test_weights(text: str, weight: int) -> None:
    (selection,) = model(f"{text} query attacker(A). process 0").selections
    assert selection.weight == weight


def test_selection() -> None:
    made = model(
        "nounif x: bitstring, k: key, y: bitstring; attacker(( *x, enc( *y, k))) phase 1 "
        "[hypothesis, ignoreAFewTimes]. query attacker(A). process phase 1; 0"
    )
    (selection,) = made.selections
    assert isinstance(selection.fact, core.QueryAttacker) and selection.fact.phase == 1
    assert show(selection.fact.term) == "(x,enc(y,k))"
    assert {variable.name for variable in selection.any_variables} == {"x", "y"}
    assert selection.options == ("hypothesis", "ignoreAFewTimes")


def test_lemmas_axioms_and_restrictions() -> None:
    made = model(
        "query attacker(A). lemma x: bitstring; event(e(x)) ==> event(f()) [induction]. "
        "axiom event(f()) && event(e(A)) ==> false. "
        "restriction x: bitstring; event(e(x)) ==> x = A. process 0"
    )
    assert [(assumption.kind, assumption.query.text) for assumption in made.assumptions] == [
        ("lemma", "event(e(x)) ==> event(f)"),
        ("axiom", "not (event(f) && event(e(A)))"),
        ("restriction", "event(e(x)) ==> x = A"),
    ]
    assert made.assumptions[0].query.options == ("induction",)


# --- secrecy of variables, public variables -------------------------------------------------------------


def test_secret_is_an_event_and_a_query_about_it() -> None:
    made = model("query secret x. process (in(c, x: key); new n: key; out(c, n)) | new x: key; out(c, x)")
    assert written(made.process) == (
        "(in(c,x); event x_contains(x); new n; out(c,n) | new x'; event x_contains(x'); out(c,x'))"
    )
    (found,) = made.queries
    event, attacker = found.premises
    assert isinstance(event, core.QueryEvent) and isinstance(attacker, core.QueryAttacker)
    assert event.term.symbol is made.events[-1]
    assert event.term.args == (attacker.term,) and isinstance(attacker.term, Variable)
    assert found.is_reachability


def test_secret_keeps_the_parameter_of_a_macro() -> None:
    made = model("query secret x. let P(x: key) = new n: key; out(c, n). process in(c, y: key); P(y)")
    assert written(made.process) == "in(c,y); (let x = y in event x_contains(x); new n; out(c,n))"


def test_public_variables_are_sent() -> None:
    made = model("query attacker(A) public_vars x, n. process in(c, x: key); new n: key; 0")
    assert written(made.process) == "in(c,x); out(pub_ch_x,x); new n; out(pub_ch_n,n)"
    assert [name.name for name in made.free_names][-2:] == ["pub_ch_n", "pub_ch_x"]
    assert not made.free_names[-1].private
    assert made.queries[0].public_variables == ("x", "n")
    assert made.queries[0].text == "not attacker(A) public_vars x,n"

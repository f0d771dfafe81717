"""The sets that one saturation finds are those that separate runs of every variant find."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliedpi.engine import prove
from appliedpi.families import Family, NotUnderstood, fault_sets, load_family
from appliedpi.families.faults import minimal
from appliedpi.limits import Limits

# Two signatures in a row, a key that may leak, and a nonce: each query needs other combinations.
LAYERED = """
free c: channel.
free jewel: bitstring [private].
free inner, outer: bitstring [private].
event released(bitstring).
event asked(bitstring).
event challenged(bitstring).
fun sign(bitstring, bitstring): bitstring.
reduc forall m: bitstring, k: bitstring; getmess(sign(m, k)) = m.
reduc forall m: bitstring, k: bitstring; checksign(sign(m, k), k) = m.
fun public(bitstring): bitstring.
fun seal(bitstring, bitstring): bitstring.
reduc forall m: bitstring, k: bitstring; unseal(seal(m, public(k)), k) = m.
(*@query SEC The jewel stays secret. *)
query attacker(jewel).
(*@query AGR Who releases was asked. *)
query x: bitstring; event(released(x)) ==> event(asked(x)).
(*@query ONCE Each release has its own question. *)
query x: bitstring; inj-event(released(x)) ==> inj-event(asked(x)).
(*@query ORDER Who releases was asked, and that after a challenge.*)
query x, y: bitstring; event(released((x, y))) ==> (event(asked((x, y))) ==> event(challenged(x))).
(*@query SAN It can be released. *)
query x: bitstring; event(released(x)).

let asking =
  in(c, challenge: bitstring);
  new k: bitstring;
  event asked((challenge, public(k)));
  out(c, sign(sign((challenge, public(k)), inner), outer)).

let releasing =
  new nonce: bitstring;
  event challenged(nonce);
  out(c, nonce);
  in(c, message: bitstring);
  let body = getmess(message) in
  (*@check CHK-OUTER The outer signature. *)
  let (=body) = checksign(message, outer) in
  let (challenge: bitstring, k: bitstring) = getmess(body) in
  let both = getmess(body) in
  (*@check CHK-INNER The inner signature. *)
  let (=both) = checksign(body, inner) in
  (*@check CHK-NONCE The nonce. *)
  if challenge = nonce then
  event released((challenge, k));
  out(c, seal(jewel, k)).

let leaking = (*@assume ASM-INNER The inner key stays where it is. *) if false then out(c, inner).

process !asking | !releasing | leaking | (new k: bitstring; out(c, sign(sign((k, public(k)), k), outer)))
"""


def separate_runs(family: Family, most: int) -> list[tuple[frozenset[str], list[str]]]:
    found = []
    for size in range(most + 1):
        for ids in combinations(family.toggles, size):
            results = prove(family.variant(ids), limits=Limits())
            found.append((frozenset(ids), [result.verdict.value for result in results]))
    return found


def test_every_variant_agrees() -> None:
    family = load_family(LAYERED)
    answers = fault_sets(family)
    for ids, verdicts in separate_runs(family, len(family.toggles)):
        for answer, verdict in zip(answers, verdicts, strict=True):
            broken = any(ids.issuperset(one) for one in answer.sets)
            assert verdict == ("false" if broken else "true"), (sorted(ids), answer.query.name)


def test_what_only_a_pair_breaks_is_found_as_a_pair() -> None:
    answers = {one.query.name: one for one in fault_sets(load_family(LAYERED))}
    assert ("CHK-OUTER", "CHK-INNER") in answers["SEC"].sets
    assert not any(len(one) == 1 for one in answers["SEC"].sets)
    assert answers["SEC"].complete_up_to is None


def test_a_query_that_is_false_without_any_toggle_is_broken_by_the_empty_set() -> None:
    answers = {one.query.name: one for one in fault_sets(load_family(LAYERED))}
    assert answers["SAN"].sets == ((),)


def test_a_bound_is_reported_where_it_was_used() -> None:
    answers = {one.query.name: one for one in fault_sets(load_family(LAYERED), bound=1, steps=0)}
    assert answers["SEC"].complete_up_to == 1
    assert answers["SEC"].sets == ()
    assert answers["SAN"].complete_up_to is None


def test_spent_steps_leave_what_the_bound_gave() -> None:
    answers = {one.query.name: one for one in fault_sets(load_family(LAYERED), bound=1, steps=4)}
    assert answers["SEC"].complete_up_to == 1


@pytest.mark.parametrize(
    ("declaration", "word"),
    [
        ("lemma attacker(jewel) ==> event(asked(jewel)).", "lemma"),
        ("not attacker(inner).", "`not`"),
        ("set keyCompromise = approx.", "key compromise"),
    ],
)
def test_what_may_not_hold_in_a_variant_is_refused(declaration: str, word: str) -> None:
    with pytest.raises(NotUnderstood, match=word):
        fault_sets(load_family(LAYERED.replace("let asking", declaration + "\nlet asking", 1)))


@given(st.lists(st.integers(0, 255), max_size=12))
@settings(max_examples=200)
def test_minimal_is_the_antichain_below(labels: list[int]) -> None:
    found = minimal(labels)
    assert set(found) <= set(labels)
    assert all(any(small & ~label == 0 for small in found) for label in labels)
    assert all(one & ~other for one in found for other in found if one != other)

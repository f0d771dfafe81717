"""Ill-typed and undefined input: one message, at the offending place, with a cure where there is one.

What is rejected here, ProVerif 2.05 rejects too, except for what is refused by name.
"""

from __future__ import annotations

import pytest

from appliedpi.errors import InputError
from tests.appliedpi.typing.building import DECLARATIONS, FILE, elaborate, rejected

LINE = DECLARATIONS.count("\n") + 1  # where the text of a case starts

# The text, with ^ before the character that the error points to; message; advice.
CASES: list[tuple[str, str, str | None]] = [
    # Names.
    ("process out(c, ^secret_t)", "identifier 'secret_t' is not declared", "did you mean 'secret_s'?"),
    ("process out(c, ^ecn(A, A))", "function 'ecn' is not declared", "did you mean 'enc'?"),
    ("process out(c, ^zzzzzz)", "identifier 'zzzzzz' is not declared", None),
    ("process ^event numbre(3)", "event 'numbre' is not declared", "did you mean 'number'?"),
    ("process ^Prozess", "process 'Prozess' is not declared", None),
    ("let Client = 0. process ^Clinet", "process 'Clinet' is not declared", "did you mean 'Client'?"),
    ("process ^insert tt(A, A)", "table 'tt' is not declared", "did you mean 't'?"),
    ("process ^new k: keys; 0", "type 'keys' is not declared", "did you mean 'key'?"),
    ("process in(c, ^x: kay); 0", "type 'kay' is not declared", "did you mean 'key'?"),
    ("process ^new k: A; 0", "'A' is a function, not a type", None),
    ("process out(c, ^key)", "'key' is a type; a variable, a function or a name is expected here", None),
    ("process ^event A(A)", "'A' is a function, not an event", None),
    ("process ^insert e(A)", "'e' is an event, not a table", None),
    ("process ^enc", "'enc' is a function, not a process", None),
    ("process let ^foo(x) = A in 0", "function 'foo' is not declared", None),
    ("process ^new k[x]: key; 0", "variable 'x' is not declared", None),
    ("process new n: key; ^new k[n]: key; 0", "'n' is a name; a variable is expected here", None),
    # Declarations.
    ("^free c: channel. process 0", "identifier 'c' is already defined (as a free name)", None),
    ("^type e. process 0", "identifier 'e' is already defined (as an event)", None),
    ("^fun attacker(key): key. process 0", "identifier 'attacker' is already defined (as a reserved word)",
     None),
    ("^free n: nat. process 0", "the name 'n' cannot have type nat", None),
    ("^fun g(key): bool. process 0", "the function 'g' cannot be declared with result type bool", None),
    ("^const g: nat. process 0", "the constant 'g' cannot be declared with result type nat", None),
    ("^fun g(key): key [typeConverter, private]. process 0",
     "a function cannot be both private and data or typeConverter", None),
    ("^fun g(key, key): key [typeConverter]. process 0", "a typeConverter must have exactly one argument",
     None),
    ("^fun g(key): key [datum]. process 0", "unknown option 'datum' of a function",
     "the options are data, private, typeConverter"),
    ("^free g: key [data]. process 0", "unknown option 'data' of a free name", "the only option is private"),
    ("^let P(x: key, x: key) = 0. process 0", "the parameter 'x' is declared twice", None),
    ("^fun g(any_type): key. process 0", "the polymorphic type any_type is not allowed here", None),
    ("^fun g(time): key. process 0", "type time is not allowed here", None),
    # Rules and equations.
    ("reduc forall x: key; g(x) = ^y. process 0", "identifier 'y' is not declared", None),
    ("reduc forall x: key, y: key; g(x) = ^y. process 0",
     "the variable 'y' of the right-hand side does not occur on the left", None),
    ("reduc forall x: key; g(x) = x; forall y: host; ^g(y) = y. process 0",
     "'g' does not have the same types in all its rules: 1 argument of type key giving key, "
     "then 1 argument of type host giving host", None),
    ("reduc forall x: key; g(x) = x; forall x: key; ^h(x) = x. process 0",
     "all rules should define the same function, but this one defines 'h' and not 'g'", None),
    ("reduc forall x: bitstring; g(x) = ^dec(x, x). process 0",
     "'dec' is defined by rewrite rules and cannot occur in equations and rewrite rules", None),
    ("reduc forall x: bitstring; g(x) = ^secret_s. process 0",
     "'secret_s' is a free name, which cannot occur in equations and rewrite rules",
     "declare it by: const secret_s: bitstring."),
    ("reduc forall x: key; ^x = x. process 0",
     "a rewrite rule should begin with a function applied to arguments", None),
    ("fun g(key): key reduc forall x: key or fail; g(x) = x otherwise forall x: key; ^g(x, x) = x. process 0",
     "'g' expects 1 argument of type key but is given 2", None),
    ("fun g(key): key reduc forall x: key; g(x) = ^bits(x). process 0",
     "this term has type bitstring but should have type key", None),
    ("fun g(bitstring): bitstring reduc forall x: bitstring or fail; g((^x, x)) = x. process 0",
     "the variable 'x' may be fail and cannot be used inside a term", None),
    ("fun g(key): key. equation forall x: key; ^g(x) = bits(x). process 0",
     "the two sides of an equation should have the same type, but have types key and bitstring", None),
    ("fun g(key): key. ^equation forall x: key; g(x) = x [lineal]. process 0",
     "unknown option 'lineal' of an equation", "the options are either convergent or linear"),
    # Types of terms.
    ("process out(c, ^enc(A))",
     "'enc' expects 2 arguments of types bitstring, key but is given 1 argument of type bitstring", None),
    ("process out(c, ^enc(A, A))",
     "'enc' expects 2 arguments of types bitstring, key "
     "but is given 2 arguments of types bitstring, bitstring", None),
    ("process out(c, ^enc)",
     "function 'enc' expects 2 arguments of types bitstring, key but is used without arguments", None),
    ("process new k: key; if ^k = A then 0",
     "= expects two arguments of the same type but is given 2 arguments of types key, bitstring", None),
    ("process out(^A, A)", "the channel has type bitstring but should have type channel", None),
    ("process if ^A then 0", "the condition has type bitstring but should have type bool", None),
    ("process if ^A && true then 0",
     "'&&' expects 2 arguments of types bool, bool but is given 2 arguments of types bitstring, bool", None),
    ("process in(c, x: bitstring); if ^x > 3 then 0",
     "'>' expects 2 arguments of types nat, nat but is given 2 arguments of types bitstring, nat", None),
    ("process out(c, (^if true then A else c))",
     "the two branches should have the same type, but have types bitstring and channel", None),
    ("process out(c, (^if true then (event f(); A) else c))",
     "the two branches should have the same type, but have types bitstring and channel", None),
    ("process out(c, (^let x = A in x else c))",
     "the two branches should have the same type, but have types bitstring and channel", None),
    ("process ^event e(c)",
     "'e' expects 1 argument of type bitstring but is given 1 argument of type channel", None),
    ("process ^insert t(A)",
     "'t' expects 2 arguments of types bitstring, key but is given 1 argument of type bitstring", None),
    ("process ^get t(x) in 0", "table 't' expects 2 arguments of types bitstring, key but is given 1", None),
    ("process get t(x, k) suchthat ^x in 0", "the condition has type bitstring but should have type bool",
     None),
    ("process get t(x, k) suchthat (^event f(); true) in 0",
     "new, event, insert and get are not allowed in the condition of a get", None),
    ("letfun g(x: key) = x. process out(c, ^g(A))",
     "'g' expects 1 argument of type key but is given 1 argument of type bitstring", None),
    ("letfun g(x: key) = x. process out(c, ^g)",
     "letfun 'g' expects 1 argument of type key but is used without arguments", None),
    ("let P(x: key) = 0. process ^P(A)",
     "'P' expects 1 argument of type key but is given 1 argument of type bitstring", None),
    ("let P(x: key) = 0. process ^P", "'P' expects 1 argument of type key but is given 0", None),
    ("process out(c, ^99999)", "the number 99999 is larger than 400", None),
    # Patterns.
    ("process in(c, ^x); 0", "the type of 'x' is not known here", "write x: bitstring"),
    ("process let (^x, y) = A in 0", "the type of 'x' is not known here", "write x: bitstring"),
    ("process let ^x: key = A in 0", "'x' is declared of type key but is bound to a term of type bitstring",
     None),
    ("process let pair(^x: key, y) = A in 0",
     "'x' is declared of type key but is bound to a term of type bitstring", None),
    ("process let ^enc(x, y) = A in 0",
     "only data constructors are allowed in patterns, and 'enc' is not one",
     "declare enc with [data]"),
    ("process let ^pair(x) = A in 0", "'pair' expects 2 arguments of types bitstring, key but is given 1",
     None),
    ("process new k: key; let ^(x: key, y: key) = k in 0",
     "the pattern has type bitstring but should have type key", None),
    ("process let pair(x, ^=A) = A in 0", "the pattern has type bitstring but should have type key", None),
    # Phases, options.
    ("process phase 2; ^phase 2; 0", "phase 2 inside phase 2: phases must increase", None),
    ("let P = phase 1; 0. process phase 1; ^P",
     "'P' is used in phase 1 but enters phase 1: phases must increase", None),
    ("let P = phase 1; 0. let Q = P. process phase 2; ^Q",
     "'Q' is used in phase 2 but enters phase 1: phases must increase", None),
    ("process ^in(c, x: key) [exact]; 0", "unknown option 'exact'", "the only option is precise"),
    # Queries.
    ("query ^e(A). process 0", "'e' is an event; a fact is expected here", "write event(e(...))"),
    ("query ^attaker(A). process 0", "fact 'attaker' is not declared", "did you mean 'attacker'?"),
    ("query attacker(^n). process new n: key; 0", "identifier 'n' is not declared",
     "for the name made by a restriction, write: new n"),
    ("query attacker(^new n). process new nn: key; 0", "restriction 'n' is not declared",
     "did you mean 'nn'?"),
    ("let P = new n: key; 0. query attacker(^new n). process P | P",
     "'new n' is ambiguous: 2 restrictions of the process bind n",
     "give the restrictions different names; a process macro used twice contains two of them"),
    ("query x: key; attacker(^new n[y = x]). process in(c, z: key); new n: key; 0",
     "at 'new n', the variable 'y' is not declared", None),
    ("query x: host; attacker(new n[z = ^x]). process in(c, z: key); new n: key; 0",
     "'z' has type key but is given a value of type host", None),
    ("query i: sid; attacker(^new n[!1 = i]). process new n: key; 0",
     "'!1' names no replication: 'n' is under 0", None),
    ("query x: bitstring; event(e(^dec(x, x))). process 0",
     "'dec' is defined by rewrite rules and cannot occur in a query",
     "state the query on the terms that it takes apart"),
    ("query x: key; event(^e(x)). process 0",
     "'e' expects 1 argument of type bitstring but is given 1 argument of type key", None),
    ("query x: bitstring; ^x = A && event(e(x)). process 0", "an equality cannot stand before ==>", None),
    ("query x: nat; ^event(number(0)) && x > 0 ==> event(f()). process 0",
     "the variable 'x' occurs only in a comparison",
     "in a premise, every variable of a comparison must also occur in an event or another fact"),
    ("query ^attacker(A) ==> inj-event(f()). process 0",
     "a conclusion with an injective event needs an injective event before ==>", None),
    ("query t: time; ^event(f())@t ==> event(f())@t. process 0",
     "the time 't' is given to two events", "give each event its own variable and compare them"),
    ("query event(f()) ==> (^attacker(A) ==> event(f())). process 0",
     "only an event can stand before a nested ==>", None),
    ("query mess(^A, A). process 0",
     "the first argument of mess has type bitstring but should have type channel", None),
    ("query table(^t(A)). process 0",
     "'t' expects 2 arguments of types bitstring, key but is given 1 argument of type bitstring", None),
    ("^query x: key, x: key; attacker(x). process 0", "the variable 'x' is declared twice", None),
    ("^query attacker(A) [keep]. process 0", "a query cannot have the option 'keep'",
     "the options are discardSat, discardVerif, fullSat, fullVerif, induction, instantiateSat, "
     "instantiateVerif, noInduction, noneSat, noneVerif, proveAll"),
    ("query attacker(A). lemma event(f()) ==> ^inj-event(f()). process 0",
     "a lemma cannot contain injective events", None),
    ("lemma ^event(f()) ==> event(f()). process 0", "a lemma needs a query", None),
    ("query ^secret k. process 0", "'k' should be a variable or a restricted name of the process", None),
    ("query secret k. letfun g = ^new k: key; k. process out(c, g)",
     "'k' is bound inside an expression, so a query cannot refer to it",
     "bind it in a process, or rename one of the two"),
    ("nounif x: bitstring; attacker( ^*A). process 0", "'*A' should name a variable", None),
    ("^nounif x: bitstring; event(e(x)). process 0",
     "a nounif on an event must have either the option conclusion or inductionOn", None),
    # Refused by name.
    ("query attacker(A). process out(c, ^choice[A, B])",
     "choice (observational equivalence) is not supported by the built-in verifier",
     "use --backend proverif"),
    ("^noninterf secret_s. process 0",
     "noninterf (observational equivalence) is not supported by the built-in verifier",
     "use --backend proverif"),
    ("^weaksecret secret_s. process 0",
     "weaksecret (observational equivalence) is not supported by the built-in verifier",
     "use --backend proverif"),
    ("query ^secret k [real_or_random]. process new k: key; 0",
     "secret ... [real_or_random] (observational equivalence) is not supported by the built-in verifier",
     "use --backend proverif"),
    ("query secret k; ^secret j public_vars k. process new k: key; new j: key; 0",
     "queries with different public_vars are not supported by the built-in verifier",
     "use --backend proverif"),
    # Settings.
    ("^set ignoreType = true. process 0", "setting 'ignoreType' is not declared",
     "did you mean 'ignoreTypes'?"),
    ("^set attacker = absent. process 0", "bad value 'absent' for the setting attacker",
     "one of: active, passive"),
    ("^set nounifIgnoreNtimes = 0. process 0", "bad value '0' for the setting nounifIgnoreNtimes",
     "one of: a number"),
    # def and expand.
    ("^expand m(a). process 0", "macro 'm' is not declared", None),
    ("def m(a) { type a. } ^expand m(a, b). process 0", "macro 'm' expects 1 arguments but is given 2", None),
    ("^def m(a, a) { type a. } process 0", "macro 'm' has the argument 'a' twice", None),
    ("def m(a) { ^set attacker = active. } expand m(b). process 0", "set is not allowed inside a macro",
     None),
    ("def m(a) { type a. fun g(a): a. } expand m(x). process out(c, ^g)", "identifier 'g' is not declared",
     None),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "message", "advice"), CASES)
def test_rejected(marked: str, message: str, advice: str | None) -> None:
    before, _, after = marked.partition("^")
    error = rejected(before + after if "process" in marked else f"{before}{after} process 0")
    assert error.message == message
    assert error.advice == advice
    assert error.place is not None
    assert (error.place.file, error.place.line, error.place.column) == (FILE, LINE, len(before) + 1)
    assert error.source_line is not None and error.source_line.startswith(before)


def test_the_caret_is_under_the_offending_character() -> None:
    error = rejected("process\n  out(c, secret_t)")
    assert str(error).split("\n") == [
        f"{FILE}:{LINE + 1}:10: error: identifier 'secret_t' is not declared",
        "    out(c, secret_t)",
        "           ^",
        "  advice: did you mean 'secret_s'?",
    ]


def test_an_error_in_a_library_shows_the_library() -> None:
    with pytest.raises(InputError) as caught:
        elaborate("process 0", "type key.\nfun f(kay): key.")
    assert str(caught.value.place) == "library.pvl:2:1"


def test_a_model_without_process_is_rejected() -> None:
    from appliedpi import syntax, typing

    with pytest.raises(InputError, match="no process"):
        typing.elaborate(syntax.parse_library("type key.", FILE))


EXPLOSIVE = {
    "macros": "let P0 = out(c, A). "
    + " ".join([f"let P{i + 1} = P{i} | P{i}." for i in range(40)])
    + " process P40",
    "letfuns": "letfun g0 = (event f(); A). "
    + " ".join([f"letfun g{i + 1} = (g{i}, g{i})." for i in range(40)])
    + " process out(c, g40)",
    "branches": "letfun g(x: bitstring) = if x = A then (event f(); x) else B. process out(c, ("
    + ", ".join([f"g(new n{i}: bitstring; n{i})" for i in range(40)])
    + "))",
    "terms": "letfun g0(x: bitstring) = (x, x). "
    + " ".join([f"letfun g{i + 1}(x: bitstring) = g{i}(g{i}(x))." for i in range(40)])
    + " process out(c, g40(A))",
    "sequences": "let P0 = 0. "
    + " ".join([f"let P{i + 1} = {'out(c, A); ' * 400} P{i}." for i in range(13)])
    + " process P13",
}


@pytest.mark.parametrize("kind", EXPLOSIVE)
def test_models_that_expand_without_measure_are_rejected(kind: str) -> None:
    error = rejected(EXPLOSIVE[kind])
    assert "more than" in error.message

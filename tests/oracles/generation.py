"""Random well-typed models: the same seed gives the same text.

Each model takes a random subset of the language's features, so that most stay small enough for both
verifiers, and is biased towards what protocols do: a secret key shared by the roles, an event on each side
of a message, destructors and comparisons as checks.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

Environment = list[tuple[str, str]]  # the variables in scope: name, type

SHARED = """free c: channel.
free d: channel [private].
free a, b: bitstring.
const yes, no: bitstring.
free s: bitstring [private].
type key.
free k: key [private].
free l: key.
event A(bitstring).
event B(bitstring).
event D(bitstring, bitstring).
"""

CRYPTOGRAPHY = {
    "senc": """fun senc(bitstring, key): bitstring.
reduc forall m: bitstring, k': key; sdec(senc(m, k'), k') = m.
""",
    "equations": """fun senc(bitstring, key): bitstring.
fun sdec(bitstring, key): bitstring.
equation forall m: bitstring, k': key; sdec(senc(m, k'), k') = m.
equation forall m: bitstring, k': key; senc(sdec(m, k'), k') = m.
""",
    "aenc": """type pkey.
fun pk(key): pkey.
fun aenc(bitstring, pkey): bitstring.
reduc forall m: bitstring, k': key; adec(aenc(m, pk(k')), k') = m.
""",
    "sign": """type verifier.
fun vk(key): verifier.
fun sign(bitstring, key): bitstring.
reduc forall m: bitstring, k': key; checksign(sign(m, k'), vk(k')) = m.
reduc forall m: bitstring, k': key; getmess(sign(m, k')) = m.
""",
    "hash": "fun h(bitstring): bitstring.\n",
    "data": "fun pair(bitstring, key): bitstring [data].\n",
    "exponent": """type group.
const g: group.
fun exp(group, key): group.
fun hashed(group): bitstring.
equation forall x: key, y: key; exp(exp(g, x), y) = exp(exp(g, y), x).
""",
    "ordered": """fun same(bitstring, bitstring): bitstring
reduc forall x: bitstring; same(x, x) = yes
otherwise forall x: bitstring, y: bitstring; same(x, y) = no.
""",
    "partial": """fun first(bitstring): bitstring
reduc forall x: bitstring, y: bitstring; first((x, y)) = x
otherwise forall x: bitstring or fail; first(x) = yes.
""",
}
OTHERS = (
    "nat", "table", "phase", "private", "replication", "else", "injective", "settings", "converter",
    "assumption",
)  # fmt: skip
QUERIED = "x: bitstring, y: bitstring, z: bitstring, w: bitstring"
SETTINGS = (
    "preciseActions = true", "preciseActions = trueWithoutArgsInNames", "movenew = true",
    "simplifyProcess = false", "redundancyElim = no", "ignoreTypes = false", "attacker = passive",
    "privateCommOnPublicTerms = false", "movelet = false", "removeEventsForLemma = true",
    "nounifIgnoreAFewTimes = auto", "simpEqAll = false", "expandIfTermsToTerms = true",
)  # fmt: skip


@dataclass
class Generator:
    """One model. `size` bounds the statements of its process."""

    chance: random.Random
    size: int
    features: set[str] = field(default_factory=set)
    count: int = 0
    names: list[tuple[str, str]] = field(default_factory=list)  # of the process, for the queries

    def fresh(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def one_in(self, number: int) -> bool:
        return self.chance.randrange(number) == 0

    def term(self, scope: Environment, type_: str, depth: int = 2) -> str:
        """A constructor term of the type; variables in scope are preferred."""
        own = [name for name, its_type in scope if its_type == type_]
        if own and not self.one_in(3):
            return self.chance.choice(own[-3:] if self.chance.random() < 0.7 else own)
        if type_ == "bitstring":
            return self._bitstring(scope, depth)
        if type_ == "key":
            return self.chance.choice(["k", "k", "k", "l"])
        if type_ == "nat":
            return self.chance.choice(["0", "1", "2"] + [f"{name} + 1" for name in own])
        if type_ == "pkey":
            return f"pk({self.term(scope, 'key', depth - 1)})"
        if type_ == "verifier":
            return f"vk({self.term(scope, 'key', depth - 1)})"
        if type_ == "group":
            base = "g" if depth <= 0 or self.one_in(2) else self.term(scope, "group", depth - 1)
            return f"exp({base}, {self.term(scope, 'key', depth - 1)})"
        raise AssertionError(type_)

    def _bitstring(self, scope: Environment, depth: int) -> str:
        if depth <= 0:
            return self.chance.choice(["a", "a", "b", "s"])
        shapes = ["a", "b", "s", "yes", "({b}, {b})"]
        if self.features & {"senc", "equations"}:
            shapes += ["senc({b}, {key})"] * 4
        if "equations" in self.features:
            shapes += ["sdec({b}, {key})"]
        if "aenc" in self.features:
            shapes += ["aenc({b}, {pkey})"] * 3
        if "sign" in self.features:
            shapes += ["sign({b}, {key})"] * 3
        if "hash" in self.features:
            shapes += ["h({b})"] * 2
        if "data" in self.features:
            shapes += ["pair({b}, {key})"] * 2
        if "exponent" in self.features:
            shapes += ["hashed({group})"] * 2
        if "converter" in self.features:
            shapes += ["frombits({key})"]
        return self._filled(self.chance.choice(shapes), scope, depth - 1)

    def _filled(self, shape: str, scope: Environment, depth: int) -> str:
        types = {"b": "bitstring", "key": "key", "pkey": "pkey", "verifier": "verifier", "group": "group"}
        for placeholder, type_ in types.items():
            while "{" + placeholder + "}" in shape:
                shape = shape.replace("{" + placeholder + "}", self.term(scope, type_, depth), 1)
        return shape

    def destructor(self, scope: Environment) -> str:
        """A destructor applied, of type bitstring."""
        shapes = ["{b}"]
        if self.features & {"senc", "equations"}:
            shapes += ["sdec({b}, {key})"] * 4
        if "aenc" in self.features:
            shapes += ["adec({b}, {key})"] * 3
        if "sign" in self.features:
            shapes += ["checksign({b}, {verifier})"] * 3 + ["getmess({b})"]
        if "ordered" in self.features:
            shapes += ["same({b}, {b})"] * 2
        if "partial" in self.features:
            shapes += ["first({b})"] * 2
        return self._filled(self.chance.choice(shapes), scope, 1)

    def condition(self, scope: Environment) -> str:
        if "nat" in self.features and any(type_ == "nat" for _, type_ in scope) and not self.one_in(3):
            left, right = self.term(scope, "nat"), self.term(scope, "nat")
            return f"{left} {self.chance.choice(['=', '<>', '>=', '<', '>', '<='])} {right}"
        left = self.term(scope, "bitstring")
        right = self.destructor(scope) if self.one_in(3) else self.term(scope, "bitstring")
        text = f"{left} {'=' if self.one_in(2) or 'else' not in self.features else '<>'} {right}"
        if self.one_in(8):
            text = f"{text} {self.chance.choice(['&&', '||'])} {self.term(scope, 'bitstring')} = a"
        return text

    def pattern(self, scope: Environment, bound: Environment, depth: int = 1, plain: bool = False) -> str:
        """A pattern; `plain`: variables of type bitstring only."""
        if depth > 0 and self.one_in(3):
            items = [self.pattern(scope, bound, depth - 1, plain) for _ in range(2)]
            return f"({', '.join(items)})"
        if self.one_in(5):
            return f"={self.term(scope, 'bitstring', 1)}"
        if "data" in self.features and depth > 0 and self.one_in(5):
            name = self.fresh("y")
            bound.append((name, "key"))
            return f"pair({self.pattern(scope, bound, 0, plain)}, {name})"
        name = self.fresh("x")
        types = ["bitstring"] * 6 + (["nat"] * 3 if "nat" in self.features else [])
        types += ["group"] * 3 if "exponent" in self.features else []
        types += ["pkey"] if "aenc" in self.features else []
        type_ = "bitstring" if plain else self.chance.choice(types)
        bound.append((name, type_))
        return f"{name}: {type_}"

    def channel(self) -> str:
        return "d" if "private" in self.features and self.one_in(3) else "c"

    def options(self) -> str:
        return " [precise]" if "settings" in self.features and self.one_in(4) else ""

    def alternative(self, scope: Environment) -> str:
        if "else" not in self.features or self.one_in(3):
            return ""
        return f" else ({self.process(scope)})"

    def process(self, scope: Environment, phase: int = 0) -> str:
        """Statements until the size is used up."""
        if self.size <= 0:
            return "0"
        self.size -= 1
        kinds = ["in"] * 5 + ["out"] * 5 + ["event"] * 5 + ["new"] * 2 + ["let"] * 4 + ["if"] * 2 + ["par"]
        if "table" in self.features:
            kinds += ["insert"] * 2 + ["get"] * 2
        if "phase" in self.features and phase < 2:
            kinds += ["phase"]
        if "replication" in self.features:
            kinds += ["replication"]
        kind = self.chance.choice(kinds)
        if kind == "in":
            bound: Environment = []
            text = f"in({self.channel()}, {self.pattern(scope, bound)}){self.options()}"
            return f"{text};\n{self.process(scope + bound, phase)}"
        if kind == "out":
            type_ = self.chance.choice(
                ["bitstring"] * 5
                + (["nat"] if "nat" in self.features else [])
                + (["group"] * 3 if "exponent" in self.features else [])
                + (["pkey"] if "aenc" in self.features else [])
            )
            text = f"out({self.channel()}, {self.term(scope, type_)});\n"
            return text + self.process(scope, phase)
        if kind == "event":
            return f"event {self.event(scope)};\n{self.process(scope, phase)}"
        if kind == "new":
            name, type_ = self.fresh("n"), self.chance.choice(["bitstring", "bitstring", "key"])
            self.names.append((name, type_))
            return f"new {name}: {type_};\n{self.process([*scope, (name, type_)], phase)}"
        if kind == "let":
            return self._let(scope, phase)
        if kind == "if":
            text = f"if {self.condition(scope)} then ({self.process(scope, phase)})"
            return text + self.alternative(scope)
        if kind == "par":
            half, self.size = self.size // 2, self.size - self.size // 2
            left = self.process(scope, phase)
            self.size += half
            return f"(({left})\n| ({self.process(scope, phase)}))"
        if kind == "insert":
            return f"insert t({self.term(scope, 'bitstring')}, {self.term(scope, 'bitstring')});\n" + (
                self.process(scope, phase)
            )
        if kind == "get":
            bound = []
            text = f"get t({self.pattern(scope, bound, 0, True)}, {self.pattern(scope, bound, 0, True)})"
            if self.one_in(4):
                text += f" suchthat {self.condition(scope + bound)}"
            text = f"{text}{self.options()} in\n({self.process(scope + bound, phase)})"
            return text + self.alternative(scope)
        if kind == "phase":
            return f"phase {phase + 1};\n{self.process(scope, phase + 1)}"
        return f"!({self.process(scope, phase)})"

    def _let(self, scope: Environment, phase: int) -> str:
        bound: Environment = []
        if self.one_in(3):
            # Behind `let`, `=M = N` would be read as one term.
            pattern = f"({self.pattern(scope, bound, 0, True)}, {self.pattern(scope, bound, 0, True)})"
        else:
            pattern = self.fresh("z")
            bound = [(pattern, "bitstring")]
            pattern += ": bitstring"
        text = f"let {pattern} = {self.destructor(scope)} in\n({self.process(scope + bound, phase)})"
        return text + self.alternative(scope)

    def event(self, scope: Environment) -> str:
        if self.one_in(4):
            return f"D({self.term(scope, 'bitstring', 1)}, {self.term(scope, 'bitstring', 1)})"
        return f"{self.chance.choice('AB')}({self.term(scope, 'bitstring', 1)})"

    # --- queries -----------------------------------------------------------------------------------

    def assumption(self) -> str:
        """A restriction or a lemma: what it excludes or proves is used for the queries."""
        chance = self.chance
        phase = f" phase {chance.randrange(2)}" if "phase" in self.features and self.one_in(2) else ""
        premise = chance.choice(
            ["event(A(x))", "event(D(x, w))", f"attacker(x){phase}", f"attacker(s){phase}", "mess(c, s)"]
        )
        conclusion = chance.choice(["event(B(x))", "event(B(y))", "x = a", "x <> b", "event(D(x, y))"])
        if premise.startswith(("attacker(s)", "mess")):
            conclusion = chance.choice(["event(B(y))", "event(D(y, z))", "false"])
        kind = chance.choice(["restriction", "restriction", "lemma"])
        return f"{kind} {QUERIED}; {premise} ==> {conclusion}.\n"

    def query(self) -> str:
        chance = self.chance
        injective = "inj-" if "injective" in self.features and self.one_in(2) else ""
        phase = f" phase {chance.randrange(2)}" if "phase" in self.features and self.one_in(2) else ""
        new = [f"new {name}" for name, type_ in self.names if type_ == "bitstring"]
        secrets = ["s", "(s, a)", *(["new " + chance.choice(self.names)[0]] if self.names else []), *new[:2]]
        conclusions = [
            f"{injective}event(B(x))", f"{injective}event(D(x, y))", "event(D(x, x))", "x = a", "x <> a",
            "x = b", "event(B(x)) && event(D(x, y))", "event(B(x)) || x = a", "event(B(x)) || event(D(y, x))",
            f"({injective}event(B(x)) ==> {injective}event(D(x, y)))", f"attacker(x){phase}", "x = (y, z)",
            "event(B(y))", "event(B(x)) || attacker(s)", "event(B(x)) || attacker(x)", "false",
            "event(B(a)) && x <> b",
        ]  # fmt: skip
        premises = [
            f"{injective}event(A(x))", f"{injective}event(A(x))", f"{injective}event(A(x))", "event(D(x, w))",
            "event(A(x)) && event(D(x, w))", "event(A(x)) && event(A(w))", f"attacker(x){phase}",
            "event(A((x, w)))", "event(A(x)) && x <> b",
        ]  # fmt: skip
        if "table" in self.features:
            premises += ["table(t(x, w))"]
            conclusions += ["table(t(x, y))"]
        if "private" in self.features:
            premises += ["mess(d, x)"]
            conclusions += ["mess(d, x)"]
        kind = chance.randrange(10)
        if kind < 2:
            return f"attacker({chance.choice(secrets)}){phase}"
        if kind < 4:
            return chance.choice(premises)
        return f"{chance.choice(premises)} ==> {chance.choice(conclusions)}"


def random_model(seed: int, size: int = 12, queries: int = 3) -> str:
    """The text of a model, well typed; `size` is the number of statements, `queries` that of queries."""
    chance = random.Random(seed)
    features = set(chance.sample(sorted(CRYPTOGRAPHY), chance.randrange(1, 4)))
    if "equations" in features:
        features.discard("senc")
    features |= set(chance.sample(OTHERS, chance.randrange(2, 5)))
    generator = Generator(chance, size, features)
    text = SHARED + "".join(declarations for name, declarations in CRYPTOGRAPHY.items() if name in features)
    if "table" in features:
        text += "table t(bitstring, bitstring).\n"
    if "converter" in features:
        text += "fun frombits(key): bitstring [typeConverter].\n"
    if "settings" in features:
        text += "".join(f"set {setting}.\n" for setting in chance.sample(SETTINGS, chance.randrange(3)))
    roles = []
    number = chance.choice([1, 2, 2, 2, 3])
    for _ in range(number):
        generator.size = max(2, size // number)
        bang = "!" if "replication" in features and chance.random() < 0.6 else ""
        roles.append(f"{bang}({generator.process([])})")
    if "assumption" in features:
        text += generator.assumption()
    asked = [generator.query() for _ in range(queries)]
    if any("new n" in query for query in asked):
        # ProVerif moves a name that is never used away, and then does not know it in the query.
        text = text.replace("set movenew = true.\n", "")
    text += "".join(f"query {QUERIED}; {query}.\n" for query in asked)
    return text + "process\n  " + "\n| ".join(roles) + "\n"

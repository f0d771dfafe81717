"""Random terms over a small signature, for the algebra of unification, matching and subsumption."""

from __future__ import annotations

from hypothesis import strategies as st

from appliedpi.terms import App, Symbol, Term, Variable

VARIABLES = [Variable(name, "any") for name in "xyz"]
CONSTANT_A = Symbol("a", (), "bitstring")
CONSTANT_B = Symbol("b", (), "bitstring")
UNARY = Symbol("h", ("bitstring",), "bitstring")
BINARY = Symbol("pair", ("bitstring", "bitstring"), "bitstring")


def terms(variables: list[Variable] = VARIABLES) -> st.SearchStrategy[Term]:
    """Terms over `variables` and four symbols."""
    leaves: list[Term] = [*variables, App(CONSTANT_A), App(CONSTANT_B)]
    return st.recursive(
        st.sampled_from(leaves),
        lambda inner: st.one_of(
            st.builds(lambda t: App(UNARY, (t,)), inner),
            st.builds(lambda s, t: App(BINARY, (s, t)), inner, inner),
        ),
        max_leaves=8,
    )

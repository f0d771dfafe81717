"""`set name = value`: the options of ProVerif 2.05 and their values (manual, section 6.6.2).

ProVerif 2.05 rejects a setting that it does not know, and so does this verifier. Options that only change
what ProVerif prints, or how its resolution goes, are accepted and recorded.
"""

from __future__ import annotations

from typing import Final

from appliedpi.syntax import tree
from appliedpi.typing.environment import Context

_BOOLEAN: Final = frozenset({"true", "false", "yes", "no"})
_LEMMA_APPLICATION: Final = frozenset({"none", "full", "discard", "instantiate"})

_SWITCHES: Final = (
    "allowDiffPatterns privateCommOnPublicTerms movenew movelet inductionLemmas inductionQueries "
    "verboseLemmas verboseDestructors removeEventsForLemma explainDerivation "
    "removeUselessClausesBeforeDisplay eqInNames traceBacktracking unifyDerivation "
    "rejectChoiceTrueFalse rejectNoSimplif preciseLetExpand expandSimplifyIfCst interactiveSwapping "
    "color verboseBase verboseStatistics verboseGoalReachable verboseRules verboseRedundant "
    "verboseCompleted verboseEq verboseTerm abbreviateClauses stopTerm simpEqFinal simpEqAll "
    "reconstructDerivation simplifyDerivation displayDerivation abbreviateDerivation feature "
    "featureFuns featureNames featurePredicates featureEvents featureTables featureDepth featureWidth"
).split()

_CHOICES: Final[dict[str, frozenset[str]]] = {
    **{name: _BOOLEAN for name in _SWITCHES},
    "attacker": frozenset({"passive", "active"}),
    "preciseActions": _BOOLEAN | {"yesWithoutArgsInNames", "trueWithoutArgsInNames"},
    "keyCompromise": frozenset({"strict", "approx", "none"}),
    "nounifIgnoreAFewTimes": frozenset({"none", "all", "auto"}),
    "saturationApplication": _LEMMA_APPLICATION,
    "verificationApplication": _LEMMA_APPLICATION,
    "verboseClauses": frozenset({"explained", "short", "none"}),
    "predicatesImplementable": frozenset({"check", "nocheck"}),
    "reconstructTrace": _BOOLEAN,
    "traceDisplay": frozenset({"none", "short", "long"}),
    "ignoreTypes": _BOOLEAN | {"all", "none", "attacker"},
    "simplifyProcess": _BOOLEAN | {"interactive"},
    "maxDepth": frozenset({"none"}),
    "maxInequalityChain": frozenset({"none"}),
    "maxHyp": frozenset({"none"}),
    "selFun": frozenset({"Nounifset", "NounifsetMaxsize", "Term", "TermMaxsize"}),
    "redundancyElim": frozenset({"no", "simple", "best"}),
    "redundantHypElim": _BOOLEAN | {"beginOnly"},
    "eqTreatment": frozenset({"convLin", "nonProved"}),
    "nounifIgnoreNtimes": frozenset(),
    "cleanupThreshold": frozenset(),
    "unifyTrieTermMaxDepth": frozenset(),
}

# Settings whose value may be a number, with the smallest and the largest one allowed.
_NUMBERS: Final[dict[str, tuple[int | None, int | None]]] = {
    "nounifIgnoreNtimes": (1, None),
    "reconstructTrace": (0, None),
    "maxDepth": (None, None),
    "maxInequalityChain": (None, None),
    "maxHyp": (None, None),
    "cleanupThreshold": (0, 100),
    "unifyTrieTermMaxDepth": (1, None),
}

_FREE_TEXT: Final = ("symbOrder", "swapping")
_CANONICAL: Final = {"yes": "true", "no": "false"}
# `all`, `none` and `attacker` are older ways to write the values of ignoreTypes.
_IGNORE_TYPES: Final = {"all": "true", "none": "false", "attacker": "false"}


def read_setting(declaration: tree.SettingDeclaration, context: Context) -> tuple[str, str] | None:
    """The name and value of a setting, with `true` for `yes` and `false` for `no`; None: without effect.

    Raises InputError for a name or a value that ProVerif 2.05 does not accept.
    """
    name, value, place = declaration.name, declaration.value, declaration.place
    if name in _FREE_TEXT:
        return name, value
    if name == "expandIfTermsToTerms":
        context.warn("setting expandIfTermsToTerms is deprecated", place)
        return None
    if name not in _CHOICES:
        raise context.unknown("setting", name, place, [*_CHOICES, *_FREE_TEXT])
    if name in _NUMBERS and _in_range(value, _NUMBERS[name]):
        return name, str(int(value))
    if value not in _CHOICES[name]:
        allowed = sorted(_CHOICES[name]) + (["a number"] if name in _NUMBERS else [])
        raise context.error(
            f"bad value '{value}' for the setting {name}", place, f"one of: {', '.join(allowed)}"
        )
    if name == "ignoreTypes":
        value = _IGNORE_TYPES.get(value, value)
    return name, _CANONICAL.get(value, value)


def _in_range(value: str, bounds: tuple[int | None, int | None]) -> bool:
    digits = value[1:] if value.startswith("-") else value
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        return False
    low, high = bounds
    return (low is None or int(value) >= low) and (high is None or int(value) <= high)

"""Families: one model with its toggles, and every set of them that breaks a query.

A toggle is a `@check` that a party may skip, an `@assume` that may be violated, or an `@alternative` that may
be in use. Turning one on only ever adds behaviour, so what holds with a set of toggles on holds with every
subset on, and the sets that break a query have minimal elements. Each clause carries a label, the toggles
that it needs: resolution joins labels, and a clause makes another redundant only if its label is contained in
the other's. So one saturation answers for all sets at once. The labels are the environments of an
assumption-based truth maintenance system (de Kleer, "An assumption-based TMS", Artificial Intelligence 28,
1986); the model is the "150 %" model of family-based analysis (Thuem, Apel, Kaestner, Schaefer, Saake, "A
classification and survey of analysis strategies for software product lines", ACM Computing Surveys 47, 2014).
"""

from appliedpi.families.faults import DEFAULT_STEPS, FaultSets, NotUnderstood, fault_sets
from appliedpi.families.toggles import Family, NotMonotonic, family, load_family

__all__ = [
    "DEFAULT_STEPS",
    "FaultSets",
    "Family",
    "NotMonotonic",
    "NotUnderstood",
    "family",
    "fault_sets",
    "load_family",
]

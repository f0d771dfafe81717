"""Destructors and equations as rewrite rules (Blanchet, Abadi, Fournet 2008, section 5)."""

from appliedpi.equations.evaluation import EvaluationRule
from appliedpi.equations.theory import Theory, compile_theory

__all__ = ["EvaluationRule", "Theory", "compile_theory"]

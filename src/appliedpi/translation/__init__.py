"""From the core calculus to Horn clauses (Blanchet 2016, section 3.2)."""

from appliedpi.translation.attacker import attacker_clauses
from appliedpi.translation.expressions import Evaluator
from appliedpi.translation.processes import EventUses, ProcessTranslation, RawClause, Use

__all__ = ["Evaluator", "EventUses", "ProcessTranslation", "RawClause", "Use", "attacker_clauses"]

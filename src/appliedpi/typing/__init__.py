"""Type checking: from the syntax tree to the core model (ProVerif 2.05's typed front end).

`elaborate` does everything: scopes, types, macros (`expansion`, `processes`), terms with `if`, `let`,
`new` and effects (`expressions`, `effects`), queries and their text (`queries`, `wording`).
"""

from appliedpi.typing.elaboration import elaborate

__all__ = ["elaborate"]

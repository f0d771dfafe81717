"""The front end: text to syntax tree and back. Knows nothing of types or of what names mean."""

from appliedpi.syntax.parser import parse_fragment, parse_library, parse_model

__all__ = ["parse_fragment", "parse_library", "parse_model"]

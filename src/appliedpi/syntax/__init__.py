"""The front end: text to syntax tree and back. Knows nothing of types or of what names mean."""

from appliedpi.syntax.lexing import MAXIMUM_LINE, MAXIMUM_NESTING, MAXIMUM_SIZE
from appliedpi.syntax.limits import MAXIMUM_SEQUENCE
from appliedpi.syntax.parser import parse_fragment, parse_library, parse_model
from appliedpi.syntax.printer import print_declaration, print_expression, print_model, print_process
from appliedpi.syntax.source import read_source

__all__ = [
    "MAXIMUM_LINE",
    "MAXIMUM_NESTING",
    "MAXIMUM_SEQUENCE",
    "MAXIMUM_SIZE",
    "parse_fragment",
    "parse_library",
    "parse_model",
    "print_declaration",
    "print_expression",
    "print_model",
    "print_process",
    "read_source",
]

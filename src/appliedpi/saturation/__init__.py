"""Saturation of Horn clauses by resolution with selection (Blanchet 2016, section 3.2)."""

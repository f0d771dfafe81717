"""From queries to clauses and from saturated clauses to verdicts (Blanchet 2009 and 2016, section 3.3)."""

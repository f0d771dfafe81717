"""The built-in verifier held against the real ProVerif, verdict by verdict."""

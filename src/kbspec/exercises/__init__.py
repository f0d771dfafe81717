"""Exercises that mark themselves: the verifier says whether an answer does what the task asks for.

`definitions` reads `notebooks/exercises.toml`; `workshop` builds models with the learner's pieces in them;
`marking` holds an answer against the cases of its exercise; `exercise` is what a notebook talks to.
"""

"""How long the models take: `python -m bench`."""

"""Drop-in replacements for functions of other packages. fenchel.compat.pot: Python Optimal Transport."""

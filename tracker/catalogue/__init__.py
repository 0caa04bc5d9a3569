"""Lists of waste codes: shipped files, rules for the shape of a code, and reading a list somebody gives us."""

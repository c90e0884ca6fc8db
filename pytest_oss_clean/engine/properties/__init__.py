"""Properties that are tried with generated data: object names, signatures, whole histories.

Each is a plain function of a trial; contracts name them, the runner and `oss-clean prove` call them.
Hypothesis is loaded with the modules of this package, and only with them.
"""

"""The mutants: each breaks one rule and says which. One file for each kind of fault."""

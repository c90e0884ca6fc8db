"""One file for each group of operations: it reads a request and changes the store. Start with `base.py`."""

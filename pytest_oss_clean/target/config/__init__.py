"""Settings of a run: options, target files, budgets, recordings to replay. Start with `options.py`."""

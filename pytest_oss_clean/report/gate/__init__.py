"""From outcomes to the verdict of a run: known deviations, baseline, exit code. Start with `gate.py`."""

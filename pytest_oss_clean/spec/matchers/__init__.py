"""What a value in a response must look like. Start with `base.py`; other files read a part of a response."""

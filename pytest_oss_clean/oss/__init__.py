"""OSS on the wire, as pure functions: names, URL encodings, messages, signatures, error documents, secrets.

Imports `errors` only; opens no socket, reads no clock. Start with `messages.py`, then `signing.py`.
"""

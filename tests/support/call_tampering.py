"""Ways to change a signed call: makers of functions (rng, form, call) -> call.

A choice is a new value, or makes one of (rng, form, old value); False takes the thing away.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pytest_oss_clean.oss.constants import SignatureVersion
from pytest_oss_clean.oss.signing import http_date, iso_basic

WHEN = datetime(2027, 1, 15, 8, 0, 0, tzinfo=UTC)
V1, V4 = SignatureVersion
FORMS = {"V1 header": V1, "V4 header": V4, "V1 URL": V1, "V4 URL": V4}
HEADERS, URLS, NEW = ("V1 header", "V4 header"), ("V1 URL", "V4 URL"), ("V4 header", "V4 URL")


def changed(pairs, name, rng, form, choices):
    choice = rng.choice(choices)
    new = tuple(
        (n, choice(rng, form, v) if callable(choice) else choice) for n, v in pairs if n.lower() == name
    )
    kept = tuple(p for p in pairs if p[0].lower() != name)
    return (*new, *kept) if new and new[0][1] is not False else kept


def header(name, *choices):
    return lambda rng, form, c: replace(c, headers=changed(c.headers, name, rng, form, choices))


def parameter(name, *choices):
    return lambda rng, form, c: replace(c, query=changed(c.query, name.lower(), rng, form, choices))


def part(names, *choices):
    """Change a header, or a parameter of a URL; `names` are those of the forms, in their order."""
    by_form = dict(zip(FORMS, names.split(), strict=True))
    return lambda rng, form, c: (parameter if form in URLS else header)(by_form[form], *choices)(rng, form, c)


def another(field, choices):
    return lambda rng, _, c: replace(c, **{field: rng.choice([x for x in choices if x != getattr(c, field)])})


def adding(what, *choices):
    return lambda rng, _, c: c.adding(**{what: (rng.choice(choices),)})


def swapped(old, *new):
    return lambda rng, _, text: text.replace(old, rng.choice(new), 1)


def suffix(letters):
    return lambda rng, _, text: text[:-1] + rng.choice([c for c in letters if c != text[-1]])


def moved(lowest, highest):
    """Move a date by seconds, in its own form."""

    def change(rng, form, _):
        when = WHEN + timedelta(seconds=rng.randint(lowest, highest)) * rng.choice([1, -1])
        return http_date(when) if form == "V1 header" else iso_basic(when)

    return change


def later(rng, _, text):
    return str(int(text) + rng.randint(1, 9999))


def one_character(rng, form, text):
    """Exchange one character of the signature for another of its alphabet."""
    size, alphabet = (64, "0123456789abcdef") if form in NEW else (27, "ABCXYZabcxyz0189+/")
    start = len(text.rstrip("=")) - size + rng.randrange(size)
    return text[:start] + rng.choice([c for c in alphabet if c != text[start]]) + text[start + 1 :]

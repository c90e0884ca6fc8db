"""Many cases in one test: thousands of small tests cost more than what they test.

Every worker of pytest-xdist collects all of them, and each is set up, reported and sent between processes.
"""

from __future__ import annotations

import inspect

import pytest


def grouped(groups):
    """Make of a check one test for each group, of `{group: {name: arguments}}`; all that fails is named.

    The check takes the arguments, after the fixtures that it names before them.
    """
    number = {len(arguments) for cases in groups.values() for arguments in cases.values()}
    (number,) = number

    def decorate(check):
        names = list(inspect.signature(check).parameters)
        fixtures = names[: len(names) - number]

        def test(cases, **given):
            failed = {}
            for name, arguments in cases.items():
                try:
                    check(*(given[fixture] for fixture in fixtures), *arguments)
                except Exception as error:  # noqa: BLE001 - all of them are shown
                    failed[name] = f"{type(error).__name__}: {error}"
            assert not failed, "\n".join(f"{name}: {said}" for name, said in failed.items())

        parameters = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in fixtures]
        kinds = inspect.Parameter("cases", inspect.Parameter.KEYWORD_ONLY)
        test.__signature__ = inspect.Signature([kinds, *parameters])
        test.__name__, test.__qualname__, test.__doc__ = check.__name__, check.__name__, check.__doc__
        test.__module__ = check.__module__
        return pytest.mark.parametrize("cases", groups.values(), ids=map(str, groups))(test)

    return decorate


def by(key, named):
    """Return the cases in groups: `key` takes the arguments of each."""
    groups = {}
    for name, arguments in named.items():
        groups.setdefault(key(*arguments), {})[name] = arguments
    return groups

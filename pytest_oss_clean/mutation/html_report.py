"""The proof as a page to read in a browser: what was changed, and who noticed."""

from __future__ import annotations

from pytest_oss_clean.mutation.results import Proof, layer
from pytest_oss_clean.mutation.text_report import as_text
from pytest_oss_clean.report.html_report import environment


def as_page(proof: Proof) -> str:
    """Return HTML that needs nothing else, of the parts that the page of a run has."""
    return environment().get_template("proof.html.j2").render(proof=proof, text=as_text(proof), layer=layer)

"""Changes of one answer: its status, headers, Code, and the documents it holds."""

from __future__ import annotations

import base64
from dataclasses import replace

from lxml import etree

from pytest_oss_clean.mutation.faults.response_edits import with_body, with_header

OTHER = "SomethingElse"


def with_code(response, code=OTHER):
    """Give an error another Code, in the body or, to HEAD, in the header that holds it."""
    document = f"<Error><Code>{code}</Code></Error>".encode()
    if response.header("x-oss-err"):
        return with_header(response, "x-oss-err", base64.b64encode(document).decode())
    return replace(response, body=document)


def with_status(response, status=418):
    return replace(response, status=status)


def documents(change):
    """Change a document, in the body or, to HEAD, in the header that holds it."""

    def apply(response):
        if response.body.startswith(b"<"):
            return with_body(response, change(response.body))
        packed = response.header("x-oss-err")
        if packed is None:
            return response
        body = change(base64.b64decode(packed))
        return with_header(response, "x-oss-err", base64.b64encode(body).decode())

    return apply


def tree(change, **form):
    """Change the tree of a document."""

    def apply(body):
        root = etree.fromstring(body, etree.XMLParser(remove_blank_text=True))
        change(root)
        return etree.tostring(root, **form)

    return documents(apply)


def text(tag, value):
    def change(root):
        for element in root.iter(f"{{*}}{tag}"):
            element.text = value

    return tree(change)


def dropped(*tags):
    def change(root):
        for element in [e for tag in tags for e in root.iter(f"{{*}}{tag}")]:
            element.getparent().remove(element)

    return tree(change)

"""Changes of one answer: its status, headers, Code, and the documents it holds."""

from __future__ import annotations

import base64
from dataclasses import replace

from lxml import etree

OTHER = "SomethingElse"


def without(answer, name):
    return replace(answer, headers=tuple((n, v) for n, v in answer.headers if n.lower() != name.lower()))


def with_header(answer, name, value):
    return replace(without(answer, name), headers=(*without(answer, name).headers, (name, value)))


def with_code(answer, code=OTHER):
    """Give an error another Code, in the body or, to HEAD, in the header that holds it."""
    document = f"<Error><Code>{code}</Code></Error>".encode()
    if answer.header("x-oss-err"):
        return with_header(answer, "x-oss-err", base64.b64encode(document).decode())
    return replace(answer, body=document)


def with_status(answer, status=418):
    return replace(answer, status=status)


def documents(change):
    """Change a document, in the body or, to HEAD, in the header that holds it."""

    def apply(answer):
        if answer.body.startswith(b"<"):
            return with_header(replace(answer, body=change(answer.body)), "Content-Length", length(answer))
        packed = answer.header("x-oss-err")
        if packed is None:
            return answer
        body = change(base64.b64decode(packed))
        return with_header(answer, "x-oss-err", base64.b64encode(body).decode())

    def length(answer):
        return str(len(change(answer.body)))

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

"""Scripts for servers that the client meets, and asking them."""

from pytest_oss_clean.oss.messages import Endpoint, Request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SOON = 60  # seconds: far above what any short limit of a test allows, far below FAR
FAR = 1000  # seconds: the limits that a test does not name


def sending(data, then="close"):
    """Return a script: read the request, send `data`, then `close`, `reset`, `wait` or `drip`."""

    def script(peer):
        peer.request()
        peer.send(data)
        if then != "close":
            getattr(peer, then)()

    return script


def ask(client, port, host="127.0.0.1", scheme="http"):
    return client(Request("GET", "/", (), b"", Endpoint(scheme, host, port)))

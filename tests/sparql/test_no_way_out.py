"""Nothing that a client sends makes the server open a connection or read a file."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A server that must hear nothing: its address and what it heard."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as sock:

        def listen() -> None:
            while True:
                try:
                    connection, _ = sock.accept()
                except OSError:
                    return
                heard.append(b"connected")
                connection.close()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{sock.getsockname()[1]}/x", heard
        sock.shutdown(socket.SHUT_RDWR)
    thread.join(5)


QUERIES = [
    "SELECT * {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ VALUES ?e {{ <{0}> }} SERVICE ?e {{ ?s ?p ?o }} }}",
    "SELECT * FROM <{0}> {{ ?s ?p ?o }}",
    "SELECT * FROM NAMED <{0}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "SELECT * FROM <{0}> FROM <{1}> {{ ?s ?p ?o }}",
    "CONSTRUCT {{ <{0}> a <{1}> }} {{ GRAPH <{0}> {{ ?s ?p ?o }} }}",
    "DESCRIBE <{0}> <{1}>",
    "SELECT (<{0}>() AS ?x) {{}}",
    "LOAD <{0}>",
    "SELECT * FROM <{1}> {{ ?s ?p ?o }}",
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("secret", ["file:///etc/passwd"])
def test_queries_reach_nobody(server: Any, listener: Any, query: str, secret: str) -> None:
    url, heard = listener
    answer = server.ask(query.format(url, secret), accept="*/*")
    assert "root:" not in answer.text
    with httpx.Client() as client:
        for parameter in ("default-graph-uri", "named-graph-uri"):
            for target in (url, secret):
                params = {"query": "SELECT * { ?s ?p ?o }", parameter: target}
                assert "root:" not in client.get(server.sparql, params=params).text
        assert client.get(server.root + "/rdf-graph-store", params={"graph": url}).status_code == 404
    assert not heard


def test_what_curators_send_reaches_nobody(curated: Any, authorised: dict[str, str], listener: Any) -> None:
    url, heard = listener
    secret = Path("/etc/passwd").as_uri()
    documents = {
        "application/ld+json": f'{{"@context": "{url}", "@id": "http://x/a", "name": "b"}}',
        "application/rdf+xml": f'<!DOCTYPE r [<!ENTITY e SYSTEM "{secret}"><!ENTITY f SYSTEM "{url}">'
        '<!ENTITY % p SYSTEM "' + url + '">]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="http://x/a"><p xmlns="http://x/">&e;&f;</p></rdf:Description></rdf:RDF>',
        "text/turtle": f"@base <{url}> . @prefix owl: <http://www.w3.org/2002/07/owl#> . <> owl:imports <{url}> .",
    }
    updates = [
        f"LOAD <{url}>",
        f"LOAD SILENT <{secret}> INTO GRAPH <http://x/g>",
        f"INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
    ]
    with httpx.Client(headers=authorised) as client:
        store = curated.root + "/rdf-graph-store?default"
        for media_type, text in documents.items():
            answer = client.put(store, content=text, headers={"content-type": media_type})
            assert answer.status_code in (204, 400), answer.text
            assert "root:" not in answer.text + client.get(store).text
        for update in updates:
            assert client.post(curated.sparql, data={"update": update}).status_code == 403
    assert not heard


def test_a_bomb_of_entities_is_stopped(curated: Any, authorised: dict[str, str]) -> None:
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
    )
    bomb = (
        f'<!DOCTYPE r [{entities}]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="http://x/a"><p xmlns="http://x/">&j;</p></rdf:Description></rdf:RDF>'
    )
    with httpx.Client(headers=authorised, timeout=60) as client:
        store = curated.root + "/rdf-graph-store?default"
        answer = client.put(store, content=bomb, headers={"content-type": "application/rdf+xml"})
        assert answer.status_code in (204, 400, 503, 507)
        assert len(client.get(store).content) < 1 << 20
        assert client.get(curated.sparql, params={"query": "ASK {}"}).status_code == 200

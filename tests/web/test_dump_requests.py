"""How dumps are asked for: ranges and conditions by RFC 9110, packed or as plain RDF."""

from __future__ import annotations

import base64
import gzip
import hashlib

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("asked", ["items=0-1", "bytes=0-1,5-6", "bytes=9-5", "bytes=-", "bytes", "0-5"])
def test_a_range_that_means_nothing_here_or_several_are_answered_with_the_whole(
    client: FlaskClient, asked: str
) -> None:
    whole = client.get("/dumps/graph.nq.gz", buffered=True).data
    answer = client.get("/dumps/graph.nq.gz", headers={"Range": asked}, buffered=True)
    assert (answer.status_code, answer.data) == (200, whole)
    assert "Content-Range" not in answer.headers


def test_ranges_from_the_end_and_beyond_it(client: FlaskClient) -> None:
    whole = client.get("/dumps/graph.nq.gz", buffered=True).data
    size = len(whole)
    for asked, begin, end in (
        ("bytes=-10", size - 10, size), (f"bytes=-{size + 1000}", 0, size), (f"bytes=5-{size + 9}", 5, size),
        (f"bytes={size - 1}-", size - 1, size), ("BYTES = 0-0", 0, 1),
    ):  # fmt: skip
        answer = client.get("/dumps/graph.nq.gz", headers={"Range": asked}, buffered=True)
        assert (answer.status_code, answer.data) == (206, whole[begin:end]), asked
        assert answer.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{size}"
        assert answer.headers["Content-Length"] == str(end - begin)
    assert client.get("/dumps/graph.nq.gz", headers={"Range": f"bytes={size}-"}, buffered=True).status_code == 416
    assert client.get("/dumps/graph.nq.gz", headers={"Range": "bytes=-0"}, buffered=True).status_code == 416


def test_conditions_come_before_a_range_and_a_range_is_for_get_only(client: FlaskClient) -> None:
    first = client.get("/dumps/graph.nq.gz", buffered=True)
    tag, changed = first.headers["ETag"], first.headers["Last-Modified"]
    earlier = "Mon, 01 Jan 2001 00:00:00 GMT"
    part = {"Range": "bytes=0-9"}
    for given, status in (
        ({"If-None-Match": tag}, 304), ({"If-None-Match": "*"}, 304), ({"If-None-Match": '"other"'}, 206),
        ({"If-Match": '"other"'}, 412), ({"If-Match": f"W/{tag}"}, 412), ({"If-Match": tag}, 206),
        ({"If-Match": "*"}, 206), ({"If-Match": '"other"', "If-None-Match": tag}, 412),
        ({"If-Unmodified-Since": earlier}, 412), ({"If-Unmodified-Since": changed}, 206),
        ({"If-Match": tag, "If-Unmodified-Since": earlier}, 206),
        ({"If-Modified-Since": changed}, 304), ({"If-Modified-Since": earlier}, 206),
        ({"If-None-Match": '"other"', "If-Modified-Since": changed}, 206),
        ({"If-Range": f"W/{tag}"}, 200), ({"If-Range": earlier}, 200),
    ):  # fmt: skip
        answer = client.get("/dumps/graph.nq.gz", headers=part | given, buffered=True)
        assert answer.status_code == status, given
        assert (answer.data == b"") == (status == 304)
        if status == 304:
            assert answer.headers["ETag"] == tag
            assert "Content-Range" not in answer.headers
    head = client.head("/dumps/graph.nq.gz", headers=part)
    assert (head.status_code, head.headers["Content-Length"]) == (200, first.headers["Content-Length"])
    refused = client.get("/dumps/graph.nq.gz", headers={"If-Match": '"other"'}, buffered=True)
    assert (refused.mimetype, refused.json["status"]) == ("application/problem+json", 412)


SYNTAX = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD,
          "rdf": ox.RdfFormat.RDF_XML, "nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG}  # fmt: skip
SPOKEN = {"ttl": "text/turtle", "nt": "application/n-triples", "jsonld": "application/ld+json",
          "rdf": "application/rdf+xml", "nq": "application/n-quads", "trig": "application/trig"}  # fmt: skip


def repr_digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


@pytest.mark.parametrize("ending", SYNTAX)
def test_a_dump_without_gz_in_its_name_is_rdf_to_every_client(client: FlaskClient, ending: str) -> None:
    current = client.get("/dumps/manifest.json", buffered=True).json["id"]
    packed = client.get(f"/dumps/graph.{ending}.gz", buffered=True)
    for path in (f"/dumps/graph.{ending}", f"/releases/{current}/graph.{ending}"):
        plain = client.get(path, buffered=True)
        assert (plain.status_code, plain.mimetype) == (200, SPOKEN[ending])
        assert plain.data == gzip.decompress(packed.data)
        assert "Content-Encoding" not in plain.headers
        assert plain.headers["Content-Length"] == str(len(plain.data))
        coded = client.get(path, headers={"Accept-Encoding": "br;q=0.5, gzip"}, buffered=True)
        assert (coded.mimetype, coded.headers["Content-Encoding"]) == (SPOKEN[ending], "gzip")
        assert coded.data == packed.data
        assert plain.headers["ETag"] != coded.headers["ETag"]
        for answer in (plain, coded):
            assert answer.headers["Repr-Digest"] == repr_digest(answer.data)
            assert answer.headers["Accept-Ranges"] == "none"
            assert "Accept-Encoding" in answer.headers["Vary"]
        assert client.get(path, headers={"Range": "bytes=0-5"}, buffered=True).data == plain.data
        unwanted = client.get(path, headers={"Accept-Encoding": "gzip;q=0.1, identity"}, buffered=True)
        assert "Content-Encoding" not in unwanted.headers
        again = client.get(
            path, headers={"Accept-Encoding": "gzip", "If-None-Match": coded.headers["ETag"]}, buffered=True
        )
        assert (again.status_code, again.headers["ETag"]) == (304, coded.headers["ETag"])
        assert "Accept-Encoding" in again.headers["Vary"]
        assert client.head(path).headers["Content-Length"] == plain.headers["Content-Length"]
    assert len(list(ox.parse(plain.data, format=SYNTAX[ending]))) > 100


def test_the_dumps_of_the_merge_hold_the_same_triples(client: FlaskClient) -> None:
    graphs = [
        {quad.triple for quad in ox.parse(client.get(f"/dumps/graph.{e}", buffered=True).data, format=SYNTAX[e])}
        for e in ("nt", "ttl", "jsonld", "rdf")
    ]
    assert all(graph == graphs[0] for graph in graphs)

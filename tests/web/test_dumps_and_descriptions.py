"""Dumps with ranges and digests, releases and what changed between them, VoID, DCAT, prefixes, sitemap, robots."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from kg.commands.diff import command
from kg.diff import Changes, changes
from kg.errors import BadInput
from kg.store import open_release
from kg.web.compare import Differences
from kg.web.verify import Verifier

VOID = "http://rdfs.org/ns/void#"
DCAT = "http://www.w3.org/ns/dcat#"


def graph(client: FlaskClient, path: str) -> set[ox.Triple]:
    answer = client.get(path, headers={"Accept": "application/n-triples"})
    assert answer.status_code == 200
    return {quad.triple for quad in ox.parse(answer.data, format=ox.RdfFormat.N_TRIPLES)}


def objects(triples: set[ox.Triple], predicate: str) -> set[str]:
    return {triple.object.value for triple in triples if triple.predicate.value == predicate}


def test_every_file_of_the_manifest_is_served_with_its_digest(client: FlaskClient, releases: Path) -> None:
    manifest = client.get("/dumps/manifest.json", buffered=True).json
    assert len(manifest["files"]) > 8
    for name, file in manifest["files"].items():
        for folder in ("/dumps/", f"/releases/{manifest['id']}/"):
            answer = client.get(folder + name, buffered=True)
            sent_as = "application/gzip" if name.endswith(".gz") else file["mediaType"].partition(";")[0]
            assert (answer.status_code, answer.mimetype) == (200, sent_as)
            digest = hashlib.sha256(answer.data).digest()
            assert digest.hex() == file["sha256"]
            assert answer.headers["ETag"] == f'"{file["sha256"]}"'
            assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
            assert "Content-Encoding" not in answer.headers, "a .gz file is sent as the file that it is"


def test_a_range_of_a_dump_is_that_part_of_it(client: FlaskClient) -> None:
    whole = client.get("/dumps/graph.nq.gz", buffered=True)
    part = client.get("/dumps/graph.nq.gz", headers={"Range": "bytes=10-99"}, buffered=True)
    assert (part.status_code, part.data) == (206, whole.data[10:100])
    assert part.headers["Content-Range"] == f"bytes 10-99/{len(whole.data)}"
    assert whole.headers["Accept-Ranges"] == "bytes"
    fresh = client.get(
        "/dumps/graph.nq.gz", headers={"Range": "bytes=0-9", "If-Range": whole.headers["ETag"]}, buffered=True
    )
    assert fresh.status_code == 206
    stale = client.get("/dumps/graph.nq.gz", headers={"Range": "bytes=0-9", "If-Range": '"other"'}, buffered=True)
    assert stale.status_code == 200
    beyond = client.get("/dumps/graph.nq.gz", headers={"Range": "bytes=99999999-"}, buffered=True)
    assert beyond.status_code == 416
    assert beyond.headers["Content-Range"] == f"bytes */{len(whole.data)}"


def test_a_dump_that_did_not_change_is_304(client: FlaskClient) -> None:
    tag = client.get("/dumps/graph.ttl.gz", buffered=True).headers["ETag"]
    assert client.get("/dumps/graph.ttl.gz", headers={"If-None-Match": tag}, buffered=True).status_code == 304


def test_the_files_of_a_release_may_be_kept_for_ever_those_of_the_current_one_not(client: FlaskClient) -> None:
    name = client.get("/dumps/manifest.json", buffered=True).json["id"]
    fixed = client.get(f"/releases/{name}/graph.nt.gz", buffered=True).headers["Cache-Control"]
    assert "immutable" in fixed
    assert "immutable" not in client.get("/dumps/graph.nt.gz", buffered=True).headers["Cache-Control"]


def test_nothing_but_the_listed_files_is_served(client: FlaskClient, releases: Path) -> None:
    release = open_release(releases)
    (release.path / "notes.txt").write_text("not for the public", "utf-8")
    for name in ("notes.txt", "store", "store/CURRENT", "../.lock", "..%2F.lock", "restricted"):
        assert client.get(f"/dumps/{name}", buffered=True).status_code == 404
        assert client.get(f"/releases/{release.id}/{name}", buffered=True).status_code == 404
    for name in ("restricted", "..", ".", "current", ".lock"):
        assert client.get(f"/releases/{name}/", buffered=True).status_code == 404


def ids(client: FlaskClient) -> tuple[str, str]:
    kept = client.get("/releases/", headers={"Accept": "application/json"}).json
    (older,) = [row["id"] for row in kept["releases"] if row["id"] != kept["current"]]
    return older, kept["current"]


def test_what_changed_between_two_releases(client: FlaskClient) -> None:
    older, current = ids(client)
    found = client.get(f"/releases/{older}..{current}", headers={"Accept": "application/json"}).json
    assert found["removed"] == []
    (line,) = found["added"]
    assert '"A. M. Quill"@en' in line
    back = client.get(f"/releases/{current}..{older}", headers={"Accept": "text/plain"})
    assert back.text == f"- {line}\n"
    page = client.get(f"/releases/{older}..{current}", headers={"Accept": "text/html"}).text
    assert "0 quads removed, 1 added" in page


def test_a_difference_is_worked_out_once_and_not_sent_again(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[Path] = []

    def counting(old: Path, new: Path) -> Changes:
        worked.append(new)
        return changes(old, new)

    monkeypatch.setattr("kg.web.compare.changes", counting)
    older, current = ids(client)
    for kind in ("application/json", "text/plain", "text/html"):
        first = client.get(f"/releases/{older}..{current}", headers={"Accept": kind})
        again = client.get(
            f"/releases/{older}..{current}", headers={"Accept": kind, "If-None-Match": first.headers["ETag"]}
        )
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
        assert first.headers["X-Release"] == f"{current}; date=2021-03-04"
    assert len(worked) == 1


def test_differences_are_kept_up_to_a_bound(releases: Path) -> None:
    kept = [open_release(p) for p in releases.iterdir() if (p / "manifest.json").exists() and not p.is_symlink()]
    found = changes(kept[0].path / "graph.nq.gz", kept[1].path / "graph.nq.gz")
    (line,) = (*found.added, *found.removed)
    room_for_one = Differences(Verifier(), most=len(line))
    there = room_for_one.between(kept[0], kept[1])
    assert room_for_one.between(kept[0], kept[1]) is there
    room_for_one.between(kept[1], kept[0])
    assert room_for_one.between(kept[0], kept[1]) is not there
    none = Differences(Verifier(), most=len(line) - 1)
    assert none.between(kept[0], kept[1]) is not none.between(kept[0], kept[1])


def test_kg_diff_tells_the_same_and_its_exit_code(releases: Path) -> None:
    older, current = sorted(
        (p for p in releases.iterdir() if (p / "manifest.json").exists() and not p.is_symlink()),
        key=lambda p: p.name != open_release(releases).id,
        reverse=True,
    )
    run = CliRunner().invoke(command, [str(older), str(releases)], standalone_mode=False)
    assert run.output.startswith("+ <https://w3id.org/leakgraph/id/person/ada-quill>")
    assert run.return_value == 0
    assert (
        CliRunner().invoke(command, [str(older), str(current), "--exit-code"], standalone_mode=False).return_value == 1
    )
    same = CliRunner().invoke(command, [str(older), str(older), "--exit-code", "--stat"], standalone_mode=False)
    assert (same.output, same.return_value) == ("0 removed, 0 added\n", 0)


def test_changes_are_those_of_sets_of_lines(tmp_path: Path) -> None:
    old, new = tmp_path / "a.nq", tmp_path / "b.nq.gz"
    old.write_text("<a:1> .\n<a:3> .\n<a:5> .\n", "utf-8")
    new.write_bytes(gzip.compress(b"<a:2> .\n<a:3> .\n<a:6> .\n<a:7> .\n"))
    found = changes(old, new)
    assert found.removed == ("<a:1> .", "<a:5> .")
    assert found.added == ("<a:2> .", "<a:6> .", "<a:7> .")
    assert not changes(old, old)


def test_a_dump_that_is_not_sorted_is_refused(tmp_path: Path) -> None:
    dump = tmp_path / "a.nq"
    dump.write_text("<a:2> .\n<a:1> .\n", "utf-8")
    with pytest.raises(BadInput, match="not sorted") as caught:
        changes(dump, dump)
    assert caught.value.line == 2


def test_void_names_the_endpoint_and_dumps_that_are_really_here(client: FlaskClient) -> None:
    triples = graph(client, "/.well-known/void")
    assert objects(triples, VOID + "sparqlEndpoint") == {"http://localhost/sparql"}
    dumps = objects(triples, VOID + "dataDump")
    assert "http://localhost/dumps/graph.nq.gz" in dumps
    for dump in dumps:
        assert client.get(dump, buffered=True).status_code == 200
    assert VOID + "classPartition" in {t.predicate.value for t in triples}


def test_dcat_names_distributions_with_checksums_the_service_and_the_versions(client: FlaskClient) -> None:
    triples = graph(client, "/dcat")
    assert objects(triples, DCAT + "endpointURL") == {"http://localhost/sparql"}
    downloads = objects(triples, DCAT + "downloadURL")
    assert "http://localhost/dumps/graph.ttl.gz" in downloads
    sums = objects(triples, "http://spdx.org/rdf/terms#checksumValue")
    assert {client.get(item, buffered=True).headers["ETag"].strip('"') for item in downloads} == sums
    versions = objects(triples, DCAT + "hasVersion")
    assert len(versions) == 2
    for version in versions:
        assert client.get(version.removeprefix("https://w3id.org/leakgraph")).status_code == 200
    for page in objects(triples, DCAT + "landingPage"):
        assert client.get(page.removeprefix("https://w3id.org/leakgraph")).status_code == 200


def test_the_releases_are_a_dataset_series_of_whole_datasets(client: FlaskClient) -> None:
    older, current = ids(client)
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in graph(client, "/dcat"))
    assert not any(isinstance(end, ox.BlankNode) for quad in store for end in (quad.subject, quad.object))
    rows = store.query(
        f"""PREFIX dcat: <{DCAT}> PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX spdx: <http://spdx.org/rdf/terms#>
        SELECT ?version ?id ?issued ?before (COUNT(DISTINCT ?part) AS ?parts) WHERE {{
          ?series a dcat:DatasetSeries .
          ?version a dcat:Dataset ; dcat:inSeries ?series ; dcat:version ?id ; dcterms:issued ?issued ;
            dcat:isVersionOf ?all ; dcat:distribution ?part .
          ?all dcat:hasVersion ?version .
          ?catalogue dcat:dataset ?version, ?series .
          OPTIONAL {{ ?version dcat:prev ?p ; dcat:previousVersion ?p . ?p dcat:version ?before }}
          ?part a dcat:Distribution ; dcat:downloadURL ?url ; dcat:mediaType ?type ; dcat:compressFormat ?packed ;
            dcat:byteSize ?size ; spdx:checksum ?sum .
          ?sum a spdx:Checksum ; spdx:algorithm spdx:checksumAlgorithm_sha256 ; spdx:checksumValue ?value .
        }} GROUP BY ?version ?id ?issued ?before"""
    )
    found = {row["id"].value: row for row in rows}  # type: ignore[union-attr, index]
    assert set(found) == {older, current}
    assert found[older]["before"] is None
    assert found[current]["before"].value == older
    for row in found.values():
        assert row["issued"].value == "2021-03-04"
        assert row["parts"].value == "6"
    (newest,) = objects(graph(client, "/dcat"), DCAT + "hasCurrentVersion")
    assert newest.endswith(current)


def test_the_description_of_a_dump_is_what_is_sent(client: FlaskClient) -> None:
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in graph(client, "/dcat"))
    rows = list(
        store.query(
            f"""PREFIX dcat: <{DCAT}> SELECT * WHERE {{ ?part dcat:downloadURL ?url ; dcat:mediaType ?holds ;
            dcat:compressFormat ?packed ; dcat:byteSize ?size }}"""
        )
    )
    assert len(rows) == 18
    for row in rows:
        file = client.get(row["url"].value, buffered=True)
        assert row["packed"].value.endswith(file.mimetype)
        assert row["size"].value == file.headers["Content-Length"]
        plain = client.get(row["url"].value.removesuffix(".gz"), buffered=True)
        assert row["holds"].value.endswith(plain.mimetype)
        assert gzip.decompress(file.data) == plain.data


@pytest.mark.parametrize("path", ["/.well-known/void", "/void", "/dcat"])
def test_descriptions_are_rdf_unless_html_is_named(client: FlaskClient, path: str) -> None:
    for accept, kind in (
        (None, "text/turtle"), ("*/*", "text/turtle"), ("text/*", "text/turtle"), ("text/html", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/html;q=0.1, text/turtle", "text/turtle"), ("application/*", "application/ld+json"),
    ):  # fmt: skip
        answer = client.get(path, headers={"Accept": accept} if accept else {})
        assert (answer.status_code, answer.mimetype) == (200, kind), accept


@pytest.mark.parametrize("name", ["void", "dcat"])
def test_descriptions_come_in_every_syntax_and_as_a_page(client: FlaskClient, name: str) -> None:
    for ending, kind in (("ttl", "text/turtle"), ("jsonld", "application/ld+json"), ("rdf", "application/rdf+xml")):
        negotiated = client.get(f"/{name}", headers={"Accept": kind})
        assert negotiated.mimetype == kind
        assert negotiated.headers["Content-Location"] == f"/{name}.{ending}"
        assert client.get(f"/{name}.{ending}").data == negotiated.data
    assert client.get(f"/{name}", headers={"Accept": "text/html"}).mimetype == "text/html"


def test_prefixes_suit_each_client(client: FlaskClient) -> None:
    context = client.get("/prefixes", headers={"Accept": "application/ld+json"}).json["@context"]
    assert context["lg"] == "https://w3id.org/leakgraph/ontology#"
    lines = client.get("/prefixes", headers={"Accept": "application/sparql-query"}).text
    ox.Store().query(lines + "SELECT * WHERE { ?s a lg:Leak ; skos:prefLabel ?o }")
    declared = graph(client, "/prefixes")
    assert objects(declared, "http://www.w3.org/ns/shacl#prefix") == set(context)


def test_the_sitemap_lists_pages_that_answer(client: FlaskClient) -> None:
    answer = client.get("/sitemap.xml")
    assert answer.mimetype == "application/xml"
    root = ElementTree.fromstring(answer.text)
    addresses = [item.text or "" for item in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert "http://localhost/page/id/leak/harbour-ledgers" in addresses
    assert len(addresses) == len(set(addresses))
    for address in addresses:
        assert client.get(address, buffered=True).status_code == 200


def test_robots_find_the_sitemap_and_leave_queries_alone(client: FlaskClient) -> None:
    text = client.get("/robots.txt").text
    assert "Sitemap: http://localhost/sitemap.xml" in text
    assert re.search(r"^Disallow: /sparql$", text, re.M)


def test_health_is_never_cached(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.json == {"status": "alive"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_manifest_here_is_the_manifest_on_disk(client: FlaskClient, releases: Path) -> None:
    on_disk = json.loads((releases / "current" / "manifest.json").read_text("utf-8"))
    assert client.get("/dumps/manifest.json", buffered=True).json == on_disk

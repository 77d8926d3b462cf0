"""The web face of leakgraph: an application factory, one blueprint per concern, nothing global."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from kg.settings import Settings
from kg.sparql import Engine
from kg.store import Release
from kg.web import api, browse, dumps, headers, linked, meta, pages, problems, query, reconcile, search, shacl
from kg.web.address import PlausibleProxies
from kg.web.answers import asset_version
from kg.web.site import Site
from kg.web.terms import in_words

NAVIGATION = (
    ("pages.home", "Home"),
    ("query.form", "Query"),
    ("pages.examples", "Examples"),
    ("dumps.index", "Dumps"),
    ("pages.ontology", "Ontology"),
    ("pages.shapes", "Shapes"),
    ("pages.report", "Report"),
)
"""The main menu: endpoint and name."""


def create_app(
    settings: Settings,
    engine: Engine,
    *,
    releases: Path | None = None,
    older: Callable[[Release], Engine] | None = None,
) -> Flask:
    """The WSGI application that answers everything but the SPARQL protocol itself (`kg.web.protocol` adds that).

    `engine` answers queries. `releases` is the folder whose releases are served, where `engine` serves one of them;
    without it there are no dumps, and IRIs have pages under `/resource?iri=` only. `older` opens an engine over
    another of them.
    The engine's own `info().id` tells which release is current, so a reload needs nothing here.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["words"] = in_words
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # an IRI with two slashes is another IRI
    app.extensions["leakgraph"] = Site(settings, engine, releases, older)
    for module in (pages, linked, browse, dumps, meta, query, search, api, reconcile, shacl):
        app.register_blueprint(module.bp)
    problems.register(app)
    headers.register(app)

    @app.context_processor
    def common() -> dict[str, object]:
        return pages.common() | {"navigation": NAVIGATION, "asset_version": asset_version()}

    if settings.trust_proxy:
        n = settings.trust_proxy
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n, x_prefix=n)  # type: ignore[method-assign]
    app.wsgi_app = PlausibleProxies(app.wsgi_app)  # type: ignore[method-assign]
    return app

"""The pages and the SPARQL endpoint as a WSGI application for any server: `gunicorn server:app`.

`kg serve` is the production server; here queries run in killable processes too,
but a client that goes away is not noticed. What else differs: docs/operations.md.
KG_RELEASE is the folder of releases, one release, or an RDF file.
"""

import os

from kg.errors import Unavailable
from kg.settings import from_environment
from kg.sparql import pool_engine
from kg.web import create_app
from kg.web.serving import Service, older_engines, register

settings = from_environment()
service = Service(settings, (os.environ.get("KG_RELEASE", "out"),))
engine = pool_engine(service.source(), settings)
app = create_app(settings, engine, releases=service.releases(), older=older_engines(settings))
register(app, engine, settings)
opened_by = os.getpid()


@app.before_request
def same_process() -> None:
    """The engine's thread does not live on in a fork: say so, where a request would otherwise wait for ever."""
    if os.getpid() != opened_by:
        raise Unavailable("the store was opened before the server forked", hint="Start it without preloading.")

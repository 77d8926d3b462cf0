"""The pages and the SPARQL endpoint as a WSGI application for any server: `gunicorn server:app`.

`kg serve` is the production server; here queries run in killable processes too,
but a client that goes away is not noticed.
"""

import os
from pathlib import Path

from kg.settings import from_environment
from kg.sparql import pool_engine, source_of
from kg.web import create_app
from kg.web.serving import register

releases = Path(os.environ.get("KG_RELEASE", "out"))
settings = from_environment()
engine = pool_engine(source_of([releases]), settings)
app = create_app(settings, engine, releases=releases)
register(app, engine, settings)

"""SPARQL over a release, RDF files, a working store or a remote endpoint: one `Engine`, guarded and limited.

- `negotiate(accept, offered)`: the one content negotiation for all routes.
- `local_engine(source)`: an engine in this process, for the command line, pages and tests; it obeys every guard but
  cannot stop a query that runs away.
- `pool_engine(source)`: queries run in processes that are killed at their limits; for servers.
"""

from kg.sparql.api import ANY, Answer, DatasetSpec, Engine, Hit, ReleaseInfo
from kg.sparql.engine import PoolEngine, pool_engine
from kg.sparql.local import local_engine
from kg.sparql.negotiate import negotiate
from kg.sparql.source import Source, source_of

__all__ = [
    "ANY",
    "Answer",
    "DatasetSpec",
    "Engine",
    "Hit",
    "PoolEngine",
    "ReleaseInfo",
    "Source",
    "local_engine",
    "negotiate",
    "pool_engine",
    "source_of",
]

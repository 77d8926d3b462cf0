"""leakgraph: knowledge graphs of the reporting on leaks, with evidence, validation and a SPARQL endpoint."""

__version__ = "0.1.0"

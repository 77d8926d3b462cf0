"""The ids of the reconciliation service: the part of an entity's IRI after `{base}id/`, or a whole IRI."""

from __future__ import annotations

import pyoxigraph as ox

from kg.errors import BadInput, Gone
from kg.store import fingerprint
from kg.web.site import View


def short(here: View, target: str) -> str:
    """The id of an IRI."""
    space = here.links.base + "id/"
    return target[len(space) :] if target.startswith(space) else target


def whole(here: View, given: str) -> str:
    """The IRI that an id stands for; of an entity that was merged into another, that other's.

    Raises `BadInput` for what is no id and `Gone` for what was withdrawn.
    """
    target = given if ":" in given else f"{here.links.base}id/{given}"
    if not is_iri(target):
        raise BadInput("that is no id")
    if not here.links.is_ours(target):
        return target
    path = target[len(here.links.base) :]
    for end in range(len(parts := path.split("/")), 0, -1):
        above = "/".join(parts[:end])
        if above in here.catalog.withdrawn or fingerprint(above) in here.catalog.withdrawn:
            raise Gone("this was withdrawn and is not served any more")
        if above in here.catalog.redirects:
            return here.links.base + here.catalog.redirects[above] + path[len(above) :]
    return target


def known(here: View, given: str) -> str | None:
    """As `whole`, None for what is no id or was withdrawn."""
    try:
        return whole(here, given)
    except (BadInput, Gone):
        return None


def is_entity(here: View, target: str) -> bool:
    """Whether an IRI stands where the entities of this graph do."""
    return target.startswith(here.links.base + "id/")


def is_iri(given: str) -> bool:
    """Whether a text is an absolute IRI that may stand in a query."""
    try:
        return bool(ox.NamedNode(given))
    except ValueError:
        return False

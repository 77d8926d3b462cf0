"""The keeper of a server whose workers answer clients themselves: `python -m kg.web.keeper FD`."""

from __future__ import annotations

import sys

from kg.sparql.keeper import main
from kg.web.direct import attend

if __name__ == "__main__":
    main(int(sys.argv[1]), attend)

"""The pass table of the W3C suites in docs/endpoint.md.

pytest tests/sparql/test_w3c_suites.py --junitxml w3c.xml && python benchmarks/endpoint_w3c.py w3c.xml
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

total: Counter[str] = Counter()
passed: Counter[str] = Counter()
reasons: dict[str, list[str]] = {}
for case in ET.parse(Path(sys.argv[1])).iter("testcase"):
    name = case.get("name", "")
    if not name.startswith("test_case["):
        continue
    suite, _, test = name[10:-1].partition("/")
    total[suite] += 1
    why = [item.get("value", "") for item in case.iter("property") if item.get("name") == "reason"]
    if case.find("failure") is None and not why:
        passed[suite] += 1
    else:
        reasons.setdefault(why[0] if why else "FAILED", []).append(f"{suite}/{test}")
print("| suite | tests | pass |\n|---|---|---|")
for suite, number in total.items():
    print(f"| {suite} | {number} | {passed[suite]} |")
print(f"| all | {sum(total.values())} | {sum(passed.values())} |\n")
for why, names in reasons.items():
    print(f"- {why}: {', '.join(names)}.")

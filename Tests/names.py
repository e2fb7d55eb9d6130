"""Holds the tests of JUnit files against a committed list of names, so that none can stop running unnoticed.

usage: names.py hold|write LIST FILE.xml…
"""

import pathlib
import sys
import xml.etree.ElementTree


def ran(files: list[str]) -> tuple[set[str], set[str]]:
    """Names that ran, and names that did not pass: failed, in error, or skipped."""
    names, bad = set(), set()
    for file in files:
        for case in xml.etree.ElementTree.parse(file).getroot().iter("testcase"):
            name = f"{case.get('classname')} {case.get('name')}"
            names.add(name)
            if any(child.tag in ("failure", "error", "skipped") for child in case):
                bad.add(name)
    return names, bad


def main() -> int:
    verb, listing, files = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    names, bad = ran(files)
    print(f"{listing.stem}: {len(names)} ran, {len(bad)} of them did not pass")
    for name in sorted(bad):
        print(f"  did not pass: {name}")
    if verb == "write":
        listing.parent.mkdir(exist_ok=True)
        listing.write_text("".join(f"{name}\n" for name in sorted(names)))
        return 1 if bad else 0
    expected = set(listing.read_text().splitlines()) if listing.exists() else set()
    for name in sorted(expected - names):
        print(f"  expected, and did not run: {name}")
    for name in sorted(names - expected):
        print(f"  ran, and is not in {listing}: {name} (add it with Tests/run --update-names)")
    return 1 if bad or names != expected or not names else 0


if __name__ == "__main__":
    sys.exit(main())

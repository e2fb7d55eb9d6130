import contextlib

import pytest

from house_site import Site


@contextlib.contextmanager
def standing(**options):
    """A site that runs; its log is printed, which shows when a test fails."""
    site = Site(**options)
    try:
        yield site.start()
    finally:
        print(site.log("core"))
        site.stop()


@pytest.fixture
def site():
    """A site of its own for each test."""
    with standing() as site:
        yield site

import contextlib
import signal

import pytest

from house_site import Site


def pytest_configure(config):
    # A shell has what it starts in the background ignore this, and so would everything started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "locks(*options): the locks on the air of the virtual radio, as its --lock takes them")


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

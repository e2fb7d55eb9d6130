import pytest

from house_site import Site


@pytest.fixture
def site():
    """A site of its own for each test."""
    site = Site()
    try:
        yield site.start()
    except BaseException:
        print(site.log("core"))
        raise
    finally:
        print(site.log("core"))
        site.stop()

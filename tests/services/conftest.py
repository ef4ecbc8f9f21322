import pytest

from .scripted import Scripted


@pytest.fixture
def scripted():
    """Make a scripted server."""
    return Scripted

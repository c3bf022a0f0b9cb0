"""What several tests of deploy/ share because it takes long to make."""

import os
from collections.abc import Iterator

import pytest

from tests.deploy.dockerfile import Image, build
from tests.deploy.tooling import DEPLOY, ROOT, can_compile
from tests.deploy.users import public_folder, public_interpreter


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """The image, built without a container."""
    interpreter = public_interpreter()
    if not os.environ.get("CI") and not can_compile(interpreter):
        pytest.skip("needs a C compiler and Python's headers: apt-get install gcc python3-dev")
    with public_folder() as root:
        dockerfile = DEPLOY / "docker" / "Dockerfile"
        yield build(dockerfile, ROOT, root, interpreter)

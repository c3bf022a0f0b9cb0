"""What several tests of deploy/ share because it takes long to make."""

from collections.abc import Iterator

import pytest

from tests.deploy.dockerfile import Image, build
from tests.deploy.tooling import DEPLOY, ROOT
from tests.deploy.users import public_folder, public_interpreter


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """The image, built without a container."""
    with public_folder() as root:
        dockerfile = DEPLOY / "docker" / "Dockerfile"
        yield build(dockerfile, ROOT, root, public_interpreter())

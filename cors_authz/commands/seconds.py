"""Times on the command line."""

import math

import click


def read_seconds(_: click.Context, __: click.Parameter, seconds: float) -> float:
    """Refuse what is no number, which every range lets pass.

    Raises:
        click.BadParameter: It is ``nan``.
    """
    if math.isnan(seconds):
        raise click.BadParameter("write seconds, for example 0.25")
    return seconds

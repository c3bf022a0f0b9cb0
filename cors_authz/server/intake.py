"""Takes a policy set in, part by part, and compiles it between checks."""

from cors_authz.config.compile import COMPILE_ERRORS, LoadedSet, SetCompiler, Steps
from cors_authz.server.channel import Channel, ChannelBrokenError
from cors_authz.server.messages import PolicySetPart, ToSupervisor, ToWorker
from cors_authz.server.slices import do_in_slices, heap_growing


class SetRefusedError(ValueError):
    """A set that was checked elsewhere does not compile here: the versions differ, or a fault."""

    def __init__(self, revision: str, problem: str) -> None:
        super().__init__(problem)
        self.revision = revision


async def receive_set(
    channel: Channel[ToWorker, ToSupervisor], part: PolicySetPart, pause_s: float
) -> LoadedSet | None:
    """Receive the set that begins with ``part``, and compile it as it comes.

    There is a pause of ``pause_s`` after each millisecond of work. Returns ``None`` where the
    supervisor is gone.

    Raises:
        SetRefusedError: It does not compile; all of its parts have been received.
        ChannelBrokenError: Something else came.
    """
    with heap_growing():
        compiler = SetCompiler(part.settings, part.revision)
        problem: Exception | None = None
        while True:
            if problem is None:
                try:
                    await do_in_slices(_steps(compiler, part), pause_s)
                except COMPILE_ERRORS as error:
                    problem = error
            if part.last:
                break
            following = await _next_part(channel)
            if following is None:
                return None
            part = following
    if problem is not None:
        raise SetRefusedError(part.revision, str(problem)) from problem
    return compiler.finish()


def _steps(compiler: SetCompiler, part: PolicySetPart) -> Steps[None]:
    yield from compiler.add_policies(part.policies)
    yield from compiler.add_groups(part.groups)


async def _next_part(channel: Channel[ToWorker, ToSupervisor]) -> PolicySetPart | None:
    message = await channel.receive()
    if message is None or isinstance(message, PolicySetPart):
        return message
    raise ChannelBrokenError(f"{type(message).__name__} came in the middle of a policy set")

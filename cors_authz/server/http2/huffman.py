"""HPACK's Huffman code (RFC 7541 section 5.2), decoded a whole octet at a time.

Nothing here is of one connection: one decoder serves all of them.
"""

from typing import Any, Final, TypeAlias

from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode

_EOS: Final = 256
_MAX_PADDING_BITS: Final = 7

_MAX_STEPS: Final = 16_384
"""Some megabytes. Printable text needs a quarter of it; all there are is four times as much, and
only a hostile peer would ask for them."""

_State: TypeAlias = list[Any]
"""One place in the code's tree, for speed as one list: by octet the text it gives and the state
after it, or ``None`` where nobody has been; then the node, and whether a string may end here."""

_NODE: Final = 256
_MAY_END: Final = 257


class HuffmanDecoder:
    """A machine over the code's tree that learns a step when it first takes it."""

    def __init__(self) -> None:
        self._children = _build_tree()
        self._states: dict[int, _State] = {}
        self._steps = 0
        ends = [0]
        for _ in range(_MAX_PADDING_BITS):
            # Less than an octet of the beginning of EOS, which is all ones.
            ends.append(self._children[ends[-1]][1])
        self._ends = frozenset(ends)
        self._start = self._state(0)

    def decode(self, octets: bytes) -> str:
        """Decode a string; each octet of the result is one character (Latin-1).

        Raises:
            ConnectionFailedError: The string holds EOS, or is not padded as it must be.
        """
        state = self._start
        texts: list[str] = []
        for octet in octets:
            step: tuple[str, _State] | None = state[octet]
            if step is None:
                step = self._learn(state, octet)
            more, state = step
            texts.append(more)
        if not state[_MAY_END]:
            raise _broken("the padding is none")
        return "".join(texts)

    def _state(self, node: int) -> _State:
        state = self._states.get(node)
        if state is None:
            state = self._states[node] = [*(None,) * 256, node, node in self._ends]
        return state

    def _learn(self, state: _State, octet: int) -> tuple[str, _State]:
        at, text = state[_NODE], ""
        for shift in range(7, -1, -1):
            at = self._children[at][octet >> shift & 1]
            if at < 0:
                symbol = ~at
                if symbol == _EOS:
                    raise _broken("it holds EOS")
                text += chr(symbol)
                at = 0
        step = text, self._state(at)
        if self._steps < _MAX_STEPS:
            self._steps += 1
            state[octet] = step
        return step


def _build_tree() -> list[list[int]]:
    """Inner nodes as the pair of what follows a 0 and a 1: a node, or ``~symbol`` at a leaf."""
    children = [[0, 0]]
    for symbol, (code, length) in enumerate(zip(REQUEST_CODES, REQUEST_CODES_LENGTH, strict=True)):
        at = 0
        for shift in range(length - 1, 0, -1):
            bit = code >> shift & 1
            if not children[at][bit]:
                children.append([0, 0])
                children[at][bit] = len(children) - 1
            at = children[at][bit]
        children[at][code & 1] = ~symbol
    return children


def _broken(explanation: str) -> ConnectionFailedError:
    return ConnectionFailedError(ErrorCode.COMPRESSION_ERROR, f"Huffman string: {explanation}")

"""HPACK's Huffman code (RFC 7541 section 5.2), decoded a whole octet at a time.

Nothing here is of one connection: one decoder serves all of them.
"""

from typing import Final

from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode

_EOS: Final = 256
_MAX_PADDING_BITS: Final = 7

_MAX_STEPS: Final = 16_384
"""Some megabytes. Printable text needs a quarter of it; all there are is four times as much, and
only a hostile peer would ask for them."""


class HuffmanDecoder:
    """A machine over the code's tree that learns a step when it first takes it."""

    def __init__(self) -> None:
        self._children = _build_tree()
        self._ends = self._find_ends()
        self._steps: dict[int, tuple[str, int]] = {}

    def decode(self, octets: bytes) -> str:
        """Decode a string; each octet of the result is one character (Latin-1).

        Raises:
            ConnectionFailedError: The string holds EOS, or is not padded as it must be.
        """
        node = 0
        text = ""
        steps = self._steps
        for octet in octets:
            step = steps.get(node << 8 | octet)
            if step is None:
                step = self._learn(node, octet)
            text += step[0]
            node = step[1]
        if node not in self._ends:
            raise _broken("the padding is none")
        return text

    def _learn(self, node: int, octet: int) -> tuple[str, int]:
        at, text = node, ""
        for shift in range(7, -1, -1):
            at = self._children[at][octet >> shift & 1]
            if at < 0:
                symbol = ~at
                if symbol == _EOS:
                    raise _broken("it holds EOS")
                text += chr(symbol)
                at = 0
        if len(self._steps) < _MAX_STEPS:
            self._steps[node << 8 | octet] = text, at
        return text, at

    def _find_ends(self) -> frozenset[int]:
        """Where a string may end: after less than an octet of the beginning of EOS, all ones."""
        ends = [0]
        for _ in range(_MAX_PADDING_BITS):
            ends.append(self._children[ends[-1]][1])
        return frozenset(ends)


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

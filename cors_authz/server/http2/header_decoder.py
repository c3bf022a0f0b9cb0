"""HPACK decoding (RFC 7541): header blocks to fields, with the table that the peer fills.

Written for speed: the ``hpack`` package, which gives the static table, takes 27 to 41 µs for one
of Envoy's requests, more than all the rest of the transport. A test holds both to the same
results. Whether a field belongs in a request is not judged here, only whether it is well formed.
"""

from operator import attrgetter
from typing import Final

from hpack.table import HeaderTable

from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode
from cors_authz.server.http2.field import Field, make_field
from cors_authz.server.http2.huffman import HuffmanDecoder

TABLE_BYTES: Final = 4096
"""The protocol's initial SETTINGS_HEADER_TABLE_SIZE, which we keep: what Envoy repeats is a
tenth of it, and with a value of its own there would be a time before the peer knows it."""

_FIRST_DYNAMIC: Final = 62
_MAX_INTEGER_OCTETS: Final = 5
"""Enough for 32 bits; RFC 7541 section 5.1 asks for a limit."""

_ENTERS_TABLE: Final = 0x3F
_STAYS_OUT: Final = 0x0F
"""Both kinds of literal by the bits that hold the index of the name (sections 6.2.1 to 6.2.3)."""

_MAX_REMEMBERED: Final = 64
_MAX_REMEMBERED_BYTES: Final = 256

_size_bytes_of = attrgetter("size_bytes")


class HeaderListTooLargeError(Exception):
    """The fields are larger than we accept; the table is in order, the connection can go on."""


class HeaderDecoder:
    """Decodes the header blocks of one connection, in their order on the wire."""

    def __init__(self, max_list_bytes: int, huffman: HuffmanDecoder) -> None:
        """Accept lists up to ``max_list_bytes``, counted as in RFC 9113 section 6.5.2."""
        self._max_list_bytes = max_list_bytes
        self._huffman = huffman
        # Index 0 is not used (RFC 7541 section 6.1); the newest entry stands at 62.
        static = [make_field(n.decode(), v.decode()) for n, v in HeaderTable.STATIC_TABLE]
        self._table = [make_field("", ""), *static]
        self._size_bytes = 0
        self._capacity_bytes = TABLE_BYTES
        self._remembered: dict[tuple[str, bytes, bool], Field] = {}

    def decode(self, block: bytes) -> list[Field]:
        """Decode one whole header block.

        Raises:
            ConnectionFailedError: The block is not HPACK; the table is lost with it.
            HeaderListTooLargeError: The fields are too large together.
        """
        try:
            return self._decode(block)
        except IndexError as error:
            # RFC 7541 section 2.3.3 for an index, 5.1 and 5.2 for an end within a field.
            raise _broken("it ends early or names an entry that is not there") from error

    def _decode(self, block: bytes) -> list[Field]:
        table = self._table
        fields: list[Field] = []
        at, end = 0, len(block)
        while at < end:
            octet = block[at]
            if 0x80 < octet < 0xFF:  # RFC 7541 section 6.1: an indexed field
                fields.append(table[octet - 0x80])
                at += 1
            elif octet == 0xFF:  # the same, with an index of several octets
                index, at = _read_integer(block, at, 0x7F)
                fields.append(table[index])
            elif octet & 0x40:  # section 6.2.1: a literal that enters the table
                field, at = self._read_literal(block, at, _ENTERS_TABLE)
                self._insert(field)
                fields.append(field)
            elif octet & 0x20:  # section 6.3: a new size of the table
                if fields:  # section 4.2
                    raise _broken("the table changes within the block")
                at = self._resize(block, at)
            elif octet < 0x20:  # sections 6.2.2 and 6.2.3: a literal that does not
                field, at = self._read_literal(block, at, _STAYS_OUT)
                fields.append(field)
            else:
                raise _broken("index 0")
        # After the fact: what one octet may name is in the table already, so the list grows by
        # a reference for each.
        if sum(map(_size_bytes_of, fields)) > self._max_list_bytes:
            raise HeaderListTooLargeError
        return fields

    def _read_literal(self, block: bytes, at: int, mask: int) -> tuple[Field, int]:
        if block[at] & mask:
            index, at = _read_integer(block, at, mask)
            name = self._table[index].name
        else:
            octets, is_huffman, at = _read_string(block, at + 1)
            name = self._decode_string(octets, is_huffman=is_huffman)
        octets, is_huffman, at = _read_string(block, at)
        if mask == _ENTERS_TABLE:
            return make_field(name, self._decode_string(octets, is_huffman=is_huffman)), at
        key = (name, octets, is_huffman)
        field = self._remembered.get(key)
        if field is None:
            field = make_field(name, self._decode_string(octets, is_huffman=is_huffman))
            self._remember(key, field)
        return field, at

    def _decode_string(self, octets: bytes, *, is_huffman: bool) -> str:
        return self._huffman.decode(octets) if is_huffman else octets.decode("latin-1")

    def _remember(self, key: tuple[str, bytes, bool], field: Field) -> None:
        """Keep a field that the peer does not put into the table: it will send it again.

        Envoy does so with ``:path``, which is the same in every request.
        """
        if field.size_bytes > _MAX_REMEMBERED_BYTES:
            return
        if len(self._remembered) == _MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = field

    def _insert(self, field: Field) -> None:
        """RFC 7541 section 4.4: evict until it fits; too large an entry empties the table."""
        size_bytes = field.size_bytes
        self._evict(self._capacity_bytes - size_bytes)
        if size_bytes <= self._capacity_bytes:
            self._table.insert(_FIRST_DYNAMIC, field)
            self._size_bytes += size_bytes

    def _resize(self, block: bytes, at: int) -> int:
        capacity_bytes, at = _read_integer(block, at, 0x1F)
        if capacity_bytes > TABLE_BYTES:  # RFC 7541 section 6.3
            raise _broken("the table is larger than allowed")
        self._capacity_bytes = capacity_bytes
        self._evict(capacity_bytes)
        return at

    def _evict(self, down_to_bytes: int) -> None:
        table = self._table
        while self._size_bytes > down_to_bytes and len(table) > _FIRST_DYNAMIC:
            self._size_bytes -= table.pop().size_bytes


def _read_string(block: bytes, at: int) -> tuple[bytes, bool, int]:
    """RFC 7541 section 5.2: the octets, whether they are in Huffman code, and where to go on."""
    is_huffman = block[at] >= 0x80
    length, start = _read_integer(block, at, 0x7F)
    end = start + length
    if end > len(block):
        raise _broken("a string is longer than the block")
    return block[start:end], is_huffman, end


def _read_integer(block: bytes, at: int, mask: int) -> tuple[int, int]:
    """RFC 7541 section 5.1: the value, and where to go on."""
    value = block[at] & mask
    at += 1
    if value < mask:
        return value, at
    for shift in range(0, 7 * (_MAX_INTEGER_OCTETS - 1), 7):
        octet = block[at]
        at += 1
        value += (octet & 0x7F) << shift
        if octet < 0x80:
            return value, at
    raise _broken("an integer is too long")


def _broken(explanation: str) -> ConnectionFailedError:
    # RFC 9113 section 4.3: the table is out of step, so the connection has to go.
    return ConnectionFailedError(ErrorCode.COMPRESSION_ERROR, f"header block: {explanation}")

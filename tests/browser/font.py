"""Makes a TrueType font with one empty glyph, as small as browsers accept one.

Only the tables of the OpenType specification that their sanitiser asks for are here.
"""

import struct

_UNITS_PER_EM = 1000


def make_font() -> bytes:
    """The bytes of the font file."""
    tables = {
        b"OS/2": _os2(),
        b"cmap": _cmap(),
        b"glyf": b"\0\0",
        b"head": _head(),
        b"hhea": struct.pack(
            ">IhhhHhhhhhh8xhH", 0x10000, 800, -200, 0, 1000, 0, 0, 0, 1, 0, 0, 0, 1
        ),
        b"hmtx": struct.pack(">Hh", _UNITS_PER_EM, 0),
        b"loca": struct.pack(">HH", 0, 0),
        b"maxp": struct.pack(">IH26x", 0x10000, 1),
        b"name": struct.pack(">HHH", 0, 0, 6),
        b"post": struct.pack(">I28x", 0x30000),
    }
    offset = 12 + 16 * len(tables)
    directory, content = b"", b""
    for tag, table in tables.items():
        directory += struct.pack(">4sIII", tag, _checksum(table), offset + len(content), len(table))
        content += table + bytes(-len(table) % 4)
    return struct.pack(">IHHHH", 0x10000, len(tables), 128, 3, 32) + directory + content


def _os2() -> bytes:
    return struct.pack(
        ">HhHHH10h h10B4I4sHHHhhhHH",
        *(0, _UNITS_PER_EM, 400, 5, 0),
        *(0,) * 10,
        0,
        *(0,) * 10,
        *(0,) * 4,
        b"none",
        *(0x40, 32, 32, 800, -200, 0, 800, 200),
    )


def _cmap() -> bytes:
    """Format 4 with nothing but the segment that ends every map."""
    subtable = struct.pack(">HHHHHHHHHHhH", 4, 24, 0, 2, 2, 0, 0, 0xFFFF, 0, 0xFFFF, 1, 0)
    return struct.pack(">HHHHI", 0, 1, 3, 1, 12) + subtable


def _head() -> bytes:
    return struct.pack(
        ">IIIIHHqqhhhhHHhhh",
        *(0x10000, 0x10000, 0, 0x5F0F3CF5, 0, _UNITS_PER_EM, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0),
    )


def _checksum(table: bytes) -> int:
    padded = table + bytes(-len(table) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) & 0xFFFFFFFF

"""Header blocks: our decoder against the ``hpack`` package's, and what it refuses."""

from collections.abc import Sequence

import pytest
from hpack.exceptions import HPACKDecodingError, HPACKError
from hpack.hpack import Decoder, Encoder
from hpack.huffman import HuffmanEncoder
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode
from cors_authz.server.http2.header_decoder import HeaderDecoder, HeaderListTooLargeError
from cors_authz.server.http2.huffman import HuffmanDecoder

_MAX_LIST_BYTES = 2**16
_huffman = HuffmanDecoder()

_names = st.sampled_from([":path", ":method", "te", "x-request-id", "x-a", "content-type", ""])
_values = st.one_of(
    st.sampled_from(["POST", "/", "trailers", "y" * 300, "z" * 3000, "w" * 5000]),
    st.text(st.characters(max_codepoint=255), max_size=20),
)
_fields = st.lists(st.tuples(_names, _values, st.booleans()), max_size=12)


def decoder() -> HeaderDecoder:
    return HeaderDecoder(_MAX_LIST_BYTES, _huffman)


def decoded(machine: HeaderDecoder, block: bytes) -> list[tuple[str, str]] | str:
    """The fields, or how they were refused."""
    try:
        return [(field.name, field.value) for field in machine.decode(block)]
    except ConnectionFailedError as error:
        return "broken" if error.code is ErrorCode.COMPRESSION_ERROR else "another error"
    except HeaderListTooLargeError:
        return "too large"


def decoded_by_hpack(machine: Decoder, block: bytes) -> list[tuple[str, str]] | str:
    """The same, by the reference."""
    try:
        found = machine.decode(block, raw=True)
    except HPACKError:
        return "broken"
    return [(bytes(n).decode("latin-1"), bytes(v).decode("latin-1")) for n, v in found]


@given(st.lists(st.tuples(_fields, st.booleans()), min_size=1, max_size=8))
def test_what_an_encoder_encodes_comes_back(
    blocks: Sequence[tuple[Sequence[tuple[str, str, bool]], bool]],
) -> None:
    encoder, machine = Encoder(), decoder()

    for fields, huffman in blocks:
        raw = [(n.encode("latin-1"), v.encode("latin-1"), never) for n, v, never in fields]
        block = encoder.encode(raw, huffman=huffman)

        assert decoded(machine, block) == [(name, value) for name, value, _ in fields]


@given(st.lists(st.integers(0, 5000), max_size=3), _fields)
def test_the_table_follows_the_sizes_that_the_peer_announces(
    sizes: Sequence[int], fields: Sequence[tuple[str, str, bool]]
) -> None:
    encoder, machine, reference = Encoder(), decoder(), Decoder()
    raw = [(n.encode("latin-1"), v.encode("latin-1"), never) for n, v, never in fields]

    for size in (4096, *sizes):
        encoder.header_table_size = size
        block = encoder.encode(raw)

        expected = decoded_by_hpack(reference, block)
        assert decoded(machine, block) == expected
        if expected == "broken":
            return


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_arbitrary_blocks_are_read_or_refused_as_by_the_reference(blocks: Sequence[bytes]) -> None:
    machine, reference = decoder(), Decoder()

    for block in blocks:
        expected = decoded_by_hpack(reference, block)
        assert decoded(machine, block) == expected
        if expected == "broken":
            return


@given(st.binary(max_size=200))
def test_huffman_strings_come_back(octets: bytes) -> None:
    encoded = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH).encode(octets)

    assert _huffman.decode(encoded) == octets.decode("latin-1")


@given(st.binary(max_size=20))
def test_arbitrary_huffman_strings_are_read_or_refused_as_by_the_reference(octets: bytes) -> None:
    block = b"\0\x01x" + bytes([0x80 | len(octets)]) + octets

    assert decoded(decoder(), block) == decoded_by_hpack(Decoder(), block)


def test_appendix_c_of_the_rfc() -> None:
    """RFC 7541 appendix C.4: three requests with Huffman coding and the table between them."""
    machine = decoder()
    blocks = [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ]

    found = [decoded(machine, bytes.fromhex(block)) for block in blocks]

    head = [(":method", "GET"), (":scheme", "http"), (":path", "/")]
    authority = (":authority", "www.example.com")
    assert found[0] == [*head, authority]
    assert found[1] == [*head, authority, ("cache-control", "no-cache")]
    assert found[2] == [
        *[(":method", "GET"), (":scheme", "https"), (":path", "/index.html")],
        *[authority, ("custom-key", "custom-value")],
    ]


@pytest.mark.parametrize(
    "block",
    [
        "80",
        "be",
        "ff80808080808001",
        "ff",
        "7f",
        "00",
        "0001",
        "000178",
        "00017805",
        "0001780261",
        "3fe21f",
        "823f00",
        "0001788100",
        "00017884ffffffff",
        "00017881ff01",
    ],
    ids=[
        "index 0",
        "an index beyond the table",
        "an integer without end",
        "an integer that ends early",
        "an index that ends early",
        "no name",
        "a name that ends early",
        "no value",
        "no octet of the value",
        "a value that ends early",
        "a table larger than allowed",
        "a table that changes within the block",
        "padding of zeros",
        "EOS",
        "padding of an octet",
    ],
)
def test_a_broken_block_is_a_compression_error(block: str) -> None:
    with pytest.raises(ConnectionFailedError) as raised:
        decoder().decode(bytes.fromhex(block))

    assert raised.value.code is ErrorCode.COMPRESSION_ERROR
    with pytest.raises(HPACKDecodingError):
        Decoder().decode(bytes.fromhex(block))


def test_a_smaller_table_forgets_what_no_longer_fits() -> None:
    machine = decoder()
    machine.decode(Encoder().encode([("x-a", "y")]))

    assert decoded(machine, b"\xbe") == [("x-a", "y")]
    assert decoded(machine, b"\x20\x3f\xe1\x1f\xbe") == "broken"


def test_the_table_holds_as_much_as_the_references() -> None:
    encoder, machine, reference = Encoder(), decoder(), Decoder()
    for number in range(300):
        block = encoder.encode([("x-number", f"{number:0{number}}")])
        assert decoded(machine, block) == decoded_by_hpack(reference, block)

    for index in range(1, 127):
        block = bytes([0x80 | index])
        assert decoded(machine, block) == decoded_by_hpack(reference, block)


def test_strings_outside_the_table_are_remembered_in_measure() -> None:
    encoder, machine = Encoder(), decoder()

    for number in range(1000):
        fields = [("x", f"value {number}", True)]
        assert decoded(machine, encoder.encode(fields)) == [("x", f"value {number}")]

    assert len(machine._remembered) <= 64


def test_a_list_that_is_too_large_leaves_the_table_in_order() -> None:
    encoder, machine = Encoder(), HeaderDecoder(300, _huffman)
    large = encoder.encode([("x-a", "y" * 200), ("x-b", "z" * 50)])

    with pytest.raises(HeaderListTooLargeError):
        machine.decode(large)

    assert decoded(machine, encoder.encode([("x-b", "z" * 50)])) == [("x-b", "z" * 50)]


def test_references_to_a_large_entry_count_in_full() -> None:
    """A bomb: a thousand octets that stand for four megabytes (CVE-2016-6581)."""
    encoder, machine = Encoder(), decoder()
    assert decoded(machine, encoder.encode([("x", "y" * 4000)])) == [("x", "y" * 4000)]

    with pytest.raises(HeaderListTooLargeError):
        machine.decode(b"\xbe" * 1000)

"""Bytes that were good once: seeds with edits anywhere."""

from collections.abc import Sequence

from hypothesis import strategies as st

_EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.sampled_from(["insert", "delete", "replace", "repeat"]),
        st.binary(min_size=1, max_size=6),
    ),
    max_size=8,
)


def mutated(seeds: Sequence[bytes], words: Sequence[bytes] = ()) -> st.SearchStrategy[bytes]:
    """One of the seeds after some edits, among them insertions of ``words``."""
    edits = _EDITS
    if words:
        edits = st.lists(
            st.tuples(
                st.floats(0, 1, exclude_max=True),
                st.sampled_from(["insert", "insert", "delete", "replace", "repeat"]),
                st.sampled_from(words) | st.binary(min_size=1, max_size=6),
            ),
            max_size=8,
        )
    return st.builds(_edit, st.sampled_from(seeds), edits)


def _edit(seed: bytes, edits: list[tuple[float, str, bytes]]) -> bytes:
    content = seed
    for share, action, word in edits:
        at = int(share * len(content))
        before, after = content[:at], content[at:]
        match action:
            case "insert":
                content = before + word + after
            case "delete":
                content = before + after[len(word) * 4 :]
            case "replace":
                content = before + word + after[len(word) :]
            case _:
                content = before + after[:64] * len(word) + after
    return content

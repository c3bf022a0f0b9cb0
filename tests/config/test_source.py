"""What is read of files and folders, and by which revision it is known."""

import os
import socket
from pathlib import Path

import pytest

from cors_authz.config.load import load
from cors_authz.config.source import MAX_FILE_BYTES, MAX_FILES, Source, read_sources, revision_of

POLICIES = "policies:\n- {name: p, allowedHttpProtocols: [HTTP/2]}\n"
GROUPS = "apiGroups:\n- {name: g, policies: [p]}\n"


def _write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("_yaml", ".yaml")).write_text(content)
    return folder


def _names(*paths: Path) -> list[str]:
    sources, findings = read_sources(paths)
    assert findings == ()
    return [Path(source.name).name for source in sources]


def test_a_folder_gives_its_visible_documents_by_name(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "C.JSON", ".hidden.yaml", "notes.txt", "yaml", "..data.yaml"):
        (tmp_path / name).write_text("")
    _write(tmp_path / "folder.yaml", inner_yaml="[")
    assert _names(tmp_path) == ["C.JSON", "a.yaml", "b.yml"]


def test_a_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / ".policies").write_text("")
    assert _names(tmp_path / ".policies") == [".policies"]


def test_several_paths_make_one_set(tmp_path: Path) -> None:
    folder = _write(tmp_path / "folder", p_yaml=POLICIES)
    file = _write(tmp_path / "other", g_yaml=GROUPS) / "g.yaml"
    assert load([folder, file]).loaded is not None


def test_a_path_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    file = _write(tmp_path, set_yaml=POLICIES + GROUPS) / "set.yaml"
    assert load([file, file]).loaded is not None


def test_a_mounted_config_map_is_read_through_its_links(tmp_path: Path) -> None:
    """The kubelet's layout: key -> ..data/key, ..data -> ..<time>, and leftovers of a swap."""
    _write(tmp_path / "..2026_11_22_14_00_00.1", p_yaml=POLICIES, g_yaml=GROUPS)
    _write(tmp_path / "..2026_11_22_13_00_00.7", p_yaml="[", g_yaml="[")
    (tmp_path / "..data").symlink_to("..2026_11_22_14_00_00.1")
    (tmp_path / "..data_tmp").symlink_to("..2026_11_22_13_00_00.7")
    for key in ("p.yaml", "g.yaml"):
        (tmp_path / key).symlink_to(f"..data/{key}")
    result = load([tmp_path])
    assert result.findings == ()
    assert result.loaded is not None
    assert list(result.loaded.policy_set.groups) == ["g"]
    assert load([tmp_path / "..data"]).revision == result.revision


def _dangling(folder: Path) -> Path:
    (folder / "a.yaml").symlink_to("..data/a.yaml")
    return folder / "a.yaml"


def _loop(folder: Path) -> Path:
    (folder / "a.yaml").symlink_to("a.yaml")
    return folder / "a.yaml"


@pytest.mark.parametrize("make", [_dangling, _loop])
def test_a_link_that_leads_nowhere_refuses_the_set(tmp_path: Path, make: object) -> None:
    assert callable(make)
    file = make(tmp_path)
    (tmp_path / "set.yaml").write_text(POLICIES + GROUPS)
    result = load([tmp_path])
    assert [(f.id, f.file, f.line, f.column) for f in result.findings] == [
        ("file-unreadable", str(file), 1, 1)
    ]
    assert result.loaded is None


@pytest.mark.parametrize("path", ["nowhere", "nowhere/set.yaml", "a\0b", "x" * 300])
def test_a_path_that_is_not_there_is_a_finding(tmp_path: Path, path: str) -> None:
    [finding] = load([tmp_path / path]).findings
    assert finding.id == "file-unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_finding(tmp_path: Path) -> None:
    file = _write(tmp_path, set_yaml=POLICIES) / "set.yaml"
    file.chmod(0)
    [finding] = load([tmp_path]).findings
    assert (finding.id, finding.file) == ("file-unreadable", str(file))


def test_pipes_and_sockets_in_a_folder_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as unix_socket:
        unix_socket.bind(str(tmp_path / "socket.yaml"))
        assert _names(tmp_path) == []


def test_no_path_at_all_is_an_empty_set() -> None:
    assert [finding.id for finding in load([]).findings] == ["set-empty"]


def test_a_folder_without_documents_is_an_empty_set(tmp_path: Path) -> None:
    [finding] = load([tmp_path]).findings
    assert (finding.id, finding.file) == ("set-empty", str(tmp_path))
    assert "*.yaml, *.yml, *.json" in finding.fix


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    [finding] = load([tmp_path]).findings
    assert (finding.id, finding.message) == ("file-too-large", "the file has more than 4 MiB")


def test_a_folder_of_very_many_files_is_refused(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number}.yaml").touch()
    [finding] = load([tmp_path]).findings
    assert finding.id == "file-too-large"


def test_the_revision_is_that_of_names_and_contents() -> None:
    one = [Source("/a/x.yaml", b"1"), Source("/a/y.yaml", b"2")]
    moved = [Source("/b/y.yaml", b"2"), Source("/b/x.yaml", b"1")]
    assert revision_of(one) == revision_of(moved)
    others = [
        [Source("x.yaml", b"1")],
        [Source("x.yaml", b"1"), Source("y.yaml", b"3")],
        [Source("x.yaml", b"1"), Source("z.yaml", b"2")],
        [Source("x.yaml", b"2"), Source("y.yaml", b"1")],
        [Source("x.yaml1", b""), Source("y.yaml", b"2")],
        [],
    ]
    revisions = {revision_of(sources) for sources in (one, *others)}
    assert len(revisions) == 1 + len(others)
    assert all(len(r) == 12 and int(r, 16) >= 0 for r in revisions)


def test_a_refused_set_has_its_revision_too(tmp_path: Path) -> None:
    good, bad = (_write(tmp_path / text, s_yaml=text).resolve() for text in ("a: 1", "a: 2"))
    assert load([good]).revision != load([bad]).revision

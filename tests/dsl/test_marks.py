"""Marks tell where every value stands, whichever is asked for first, and nothing of what is not there."""

from __future__ import annotations

import random
from collections.abc import Iterator

import yaml

from engine.dsl.marks import Mark, Marks, Path
from engine.dsl.source import read_source
from engine.installation.served import SHIPPED

FILES = sorted((SHIPPED / "organisation").glob("**/*.yaml"))


def by_nodes(node: yaml.Node, path: Path = (), key: tuple[int, int] = (-1, -1)) -> Iterator[tuple[Path, Mark]]:
    """The marks by the tree that the parser of YAML builds."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    for name, value in pairs:
        yield from by_nodes(value, (*path, name.value), (name.start_mark.index, name.end_mark.index))
    for number, value in enumerate(node.value if isinstance(node, yaml.SequenceNode) else ()):
        yield from by_nodes(value, (*path, number))
    yield path, (*key, node.start_mark.index, node.end_mark.index, 0)


def test_every_value_of_every_file_stands_where_the_parser_says() -> None:
    chance = random.Random(5)
    for file in FILES:
        content = file.read_bytes()
        wanted = dict(by_nodes(yaml.compose(content.decode(), yaml.CSafeLoader)))
        marks = read_source(file.name, content).positions
        assert len(marks) == len(wanted)
        for path in chance.sample(list(wanted), len(wanted)):
            assert marks[path] == wanted[path], (file, path)
        assert list(marks) == list(wanted)


def test_what_is_not_there_has_no_mark() -> None:
    marks = read_source("x.yaml", b"a: {b: [1, {c: 2}]}\nd: []\n").positions
    for path in (("x",), ("a", "x"), ("a", "b", 2), ("a", "b", 0, "c"), ("d", 0), ("a", "b", 1, "c", "e"), ("a", 0)):
        assert path not in marks
        assert marks.get(path) is None
    assert ("a", "b", 1, "c") in marks
    assert () in marks


def test_a_text_that_holds_nothing_readable_has_no_marks() -> None:
    assert list(read_source("x.yaml", b"a: [\n").positions) == []
    assert list(Marks(None, read_source("x.yaml", b"a: 1\n").positions._row[:0])) == []


def test_a_key_that_stands_twice_keeps_its_first_place() -> None:
    reading = read_source("x.yaml", b"a: 1\nb: {c: 2}\na: {d: 3}\ne: 4\n")
    assert [one.code for one in reading.problems] == ["E106"]
    assert "1" in reading.problems[0].message.en
    assert reading.data == {"a": 1, "b": {"c": 2}, "e": 4}
    assert reading.positions["a",] == (0, 1, 3, 4, 0)
    assert reading.positions["e",][2:4] == (28, 29)

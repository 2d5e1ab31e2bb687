"""Searching: folders and databases read whole, and every place where a target stands in any form."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from engine.runtime.sovereignty.scanner.containers import parts_of
from engine.runtime.sovereignty.scanner.forms import forms_of
from engine.runtime.sovereignty.scanner.matching import Patterns
from engine.runtime.sovereignty.scanner.sqlite_pages import cells_of, is_database, is_log, numbers_in, words_of

MOST_TOLD = 1_000
LEAST_WORD = 8
KEY_LENGTH = 9
"""Signs that stand before each word of a search index: the key of its field."""


@dataclass
class Search:
    """Looks for targets; `hits` are (target, form, place), `files` and `size` (bytes) what was read."""

    targets: Sequence[str]
    hits: set[tuple[int, str, str]] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    files: int = 0
    size: int = 0
    words: int = 0
    unread: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._patterns = Patterns()
        for number, text in enumerate(self.targets):
            found = forms_of(text)
            self.forms |= found.keys()
            self._patterns.add(number, found)
        self._patterns.close()
        self._numbers = {
            int(one): at for at, one in enumerate(self.targets) if one.isdecimal() and len(one) >= LEAST_WORD
        }
        self._folded = [one.casefold() for one in self.targets]

    def folder(self, folder: Path, skip: Iterable[str] = ()) -> None:
        """Every file below a folder but those below `skip`."""
        left = tuple(folder / one for one in skip)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and not any(path.is_relative_to(one) for one in left):
                self.file(path, path.relative_to(folder).as_posix())

    def file(self, path: Path, name: str) -> None:
        """One file: its name, its bytes, what is packed in it; of a database also its pages, cells and words."""
        self.content(f"{name}?name", name.encode())
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return  # it went while we read others
        except OSError:
            self.unread.append(name)
            return
        self.files += 1
        self.size += len(content)
        for place, part in parts_of(name, content):
            self.content(place, part)
        if is_database(content) or is_log(content):
            for number in numbers_in(content):
                if number in self._numbers:
                    self._hit(self._numbers[number], "sqlite_number", name)
        if is_database(content):
            for table, cells in cells_of(path):
                for place, part in parts_of(f"{name}#{table}", cells, deep=1):
                    self.content(place, part)
            for table, words in words_of(path):
                self.content(f"{name}#{table}", words)
                self._words(f"{name}#{table}", words)

    def postgres(self, url: str) -> None:
        """Every table of a PostgreSQL database as it is read."""
        with psycopg.connect(url) as connection:
            names = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
            ).fetchall()
            for (name,) in names:
                taken = io.BytesIO()
                with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))) as copy:
                    for part in copy:
                        taken.write(part)
                self.size += taken.tell()
                self.content(f"postgres#{name}", taken.getvalue())
            for (told,) in connection.execute(
                "SELECT concat_ws(' ', most_common_vals::text, histogram_bounds::text) FROM pg_stats WHERE schemaname = 'public'"
            ):
                self.content("postgres#pg_stats", told.encode())

    def content(self, place: str, content: bytes) -> None:
        for hit in self._patterns.find(content):
            self._hit(hit.target, hit.form, place)

    def _hit(self, target: int, form: str, place: str) -> None:
        if len(self.hits) < MOST_TOLD * 100:
            self.hits.add((target, form, place))

    def _words(self, place: str, words: bytes) -> None:
        """Words of an index that are the end of a target and most of it: the rest could be guessed."""
        for word in _without_keys(words.decode("utf-8", "replace").split("\n")):
            self.words += 1
            if len(word) >= LEAST_WORD and any(one.isdigit() for one in word):
                for target, text in enumerate(self._folded):
                    if text.endswith(word) and 4 * len(word) >= 3 * len(text):
                        self._hit(target, "word", place)


def _without_keys(words: Iterable[str]) -> Iterator[str]:
    for one in words:
        yield one
        yield one[KEY_LENGTH:]

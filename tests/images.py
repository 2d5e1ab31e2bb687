"""Images: a database that many tests begin with is made once in a process and copied for each of them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar
from uuid import uuid4

import psycopg

Result = TypeVar("Result")
Make = Callable[[Path, str], Result]
"""Makes an installation in an empty data folder and, unless the address is empty, an empty PostgreSQL database; what
it opened it has closed when it returns."""


@dataclass(frozen=True)
class Image(Generic[Result]):
    """What was made: its data folder, its database's name on the server (empty: in the folder), what the maker told."""

    folder: Path
    name: str
    told: Result


class Images(Generic[Result]):
    """The images of one kind, by what they depend on."""

    def __init__(self, make: Callable[..., Result]) -> None:
        self._make = make
        self._made: dict[tuple[object, ...], Image[Result]] = {}

    def place(self, folder: Path, url: str, *given: object) -> Result:
        """Copy the image for `given` into an empty folder and to the place of the database at `url`, which is empty or not
        made yet; what its maker told."""
        server, _, name = _split(url)
        key = (server, *given)
        if key not in self._made:
            self._made[key] = self._new(url, *given)
        image = self._made[key]
        shutil.copytree(image.folder, folder, dirs_exist_ok=True)
        if url:
            _copy_database(server, image.name, name)
        return image.told

    def _new(self, url: str, *given: object) -> Image[Result]:
        folder = Path(tempfile.mkdtemp(prefix="dougong-image-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        server, rest, _ = _split(url)
        name = f"image_{uuid4().hex}" if url else ""
        if name:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 STRATEGY FILE_COPY'.encode())
        return Image(folder, name, self._make(folder, rest.format(name) if name else "", *given))


def remove(url: str) -> None:
    """Take the database at `url`, whose users are gone or just going, off its server; an empty text names none."""
    server, _, name = _split(url)
    if name:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def _split(url: str) -> tuple[str, str, str]:
    """The server's own database, a pattern for others, and the name of this one; three empty texts for none."""
    if not url:
        return "", "", ""
    before, _, after = url.partition("?")
    base, _, name = before.rpartition("/")
    return f"{base}/postgres?{after}", f"{base}/{{}}?{after}", name


def _copy_database(server: str, image: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{image}" STRATEGY FILE_COPY'.encode())

"""Where new definitions go: a pack that is there, its roles and languages, and how their pages come to be offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from designer.file_names import file_name
from designer.from_sheet.application import Home, SheetApplication
from designer.refusals import bad
from engine.dsl.document import Document

LANGUAGES = ("zh", "en")


def home_of(pack: str, documents: Sequence[Document], with_roles: bool = True) -> Home:
    """A pack that is there, with its roles. Raises BadCommand for another one, and where roles are needed and it has none."""
    if not any(one.kind == "pack" and one.pack == pack for one in documents):
        raise bad(f"没有应用包 {pack}", f"There is no pack {pack}")
    roles = tuple(one.name for one in documents if one.kind == "roles" and one.pack == pack)
    if with_roles and not roles:
        raise bad(f"应用包 {pack} 没有角色，先新建一个", f"The pack {pack} has no role; make one first")
    return Home(pack, roles, new=False)


def languages_of(home: Home, documents: Sequence[Document]) -> tuple[str, ...]:
    """The languages in which the pack says everything."""
    found = (one.data.get("languages") for one in documents if one.kind == "pack" and one.pack == home.pack)
    listed = next(found, None)
    return tuple(map(str, listed)) if isinstance(listed, list) and listed else LANGUAGES


def taken_of(documents: Sequence[Document]) -> frozenset[str]:
    """The names that are not free."""
    return frozenset(one.name for one in documents)


def creations(made: SheetApplication) -> list[Mapping[str, object]]:
    """The commands that write what was made."""
    return creations_of(made.texts)


def creations_of(texts: Mapping[str, str]) -> list[Mapping[str, object]]:
    """The commands that write texts by file."""
    return [{"do": "create", "file": file, "text": text} for file, text in texts.items()]


def offers(made: SheetApplication, home: Home, documents: Sequence[Document]) -> list[Mapping[str, object]]:
    """The pages among those that a pack and its roles offer, where the pack was there before."""
    if home.new:
        return []
    commands: list[Mapping[str, object]] = []
    for one in documents:
        if one.pack != home.pack or one.kind not in {"pack", "roles"} or file_name(one.file) is None:
            continue
        if one.kind == "pack" and "navigation" in one.data:
            commands.append(
                {"do": "insert", "file": one.file, "path": ["navigation"], "value": made.group, "after": "end"}
            )
        elif one.kind == "pack":
            commands.append({"do": "set", "file": one.file, "path": ["navigation"], "value": [made.group]})
        elif "navigation" in one.data:
            commands += [
                {"do": "insert", "file": one.file, "path": ["navigation"], "value": page, "after": "end"}
                for page in made.pages
            ]
    return commands

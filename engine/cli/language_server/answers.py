"""What each request is answered: from the protocol's shapes to the compiler's and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.cli.language_server.changes import edits_in, workspace_edit
from engine.cli.language_server.positions import Positions
from engine.cli.language_server.problems import Problems, as_protocol, overlapping
from engine.cli.language_server.session import Session
from engine.cli.language_server.wire import INVALID_PARAMS, REQUEST_FAILED, Json, Refused
from engine.diagnostics import Diagnostic, Message
from engine.dsl.editing.changes import edits_to_form
from engine.dsl.editing.completion import Proposal, complete
from engine.dsl.editing.fixes import fixes
from engine.dsl.editing.hover import meaning_at
from engine.dsl.editing.named import label_of
from engine.dsl.editing.outline import Part, outline
from engine.dsl.editing.uses import declaration_at, renamable, uses_of
from engine.installation.renaming import renamed
from engine.installation.served import DoesNotCompile

_PROPOSED = {"key": 10, "value": 12, "name": 18, "function": 3}
_PARTS = {"map": 19, "list": 18, "value": 7}
_RESOURCE = 5
_MOST_FOUND = 100


def completion(session: Session, params: Mapping[str, object]) -> Json:
    """What may stand at the cursor, the likeliest first."""
    spot = session.spot(params)
    positions = session.positions(spot.file)
    found = complete(session.workspace, spot.file, spot.line, spot.column)
    return {
        "isIncomplete": False,
        "items": [_item(session, positions, one, rank) for rank, one in enumerate(found)],
    }


def _item(session: Session, positions: Positions, one: Proposal, rank: int) -> Json:
    item: Json = {
        "label": one.text.removesuffix(": ").removesuffix("("),
        "kind": _PROPOSED[one.sort],
        "sortText": f"{rank:05}",
        "filterText": one.text,
        "textEdit": {"range": positions.range(one.start, one.end), "newText": one.text},
    }
    words = session.text(one.words)
    if words:
        item["detail"] = words.partition("\n")[0]
        item["documentation"] = words
    return item


def hover(session: Session, params: Mapping[str, object]) -> Json | None:
    """What the word at the cursor means, in plain words."""
    spot = session.spot(params)
    found = meaning_at(session.workspace, spot.file, spot.line, spot.column)
    words = session.text(found.words) if found else ""
    if found is None or not words:
        return None
    return {
        "contents": {"kind": "plaintext", "value": words},
        "range": session.positions(spot.file).range_of(found.span),
    }


def definition(session: Session, params: Mapping[str, object]) -> Json | None:
    """Where what the word means is declared."""
    spot = session.spot(params)
    found = declaration_at(session.workspace, spot.file, spot.line, spot.column)
    return session.place(found[1]) if found else None


def references(session: Session, params: Mapping[str, object]) -> list[Json] | None:
    """Every word that means the same, with the declaration where that is asked for."""
    spot = session.spot(params)
    found = declaration_at(session.workspace, spot.file, spot.line, spot.column)
    if found is None:
        return None
    context = params.get("context")
    declared = [found[1]] if isinstance(context, Mapping) and context.get("includeDeclaration") else []
    places = (session.place(span) for span in (*declared, *uses_of(session.workspace, found[1])))
    return [place for place in places if place is not None]


def prepare_rename(session: Session, params: Mapping[str, object]) -> Json | None:
    """The word that a rename would change; None where nothing can be renamed."""
    target, span_range = _target(session, params)
    return {"range": span_range, "placeholder": target.rpartition(".")[2]} if target else None


def _target(session: Session, params: Mapping[str, object]) -> tuple[str, Json]:
    spot = session.spot(params)
    found = declaration_at(session.workspace, spot.file, spot.line, spot.column)
    target = renamable(session.workspace, found[1]) if found else None
    if found is None or target is None:
        return "", {}
    positions = session.positions(spot.file)
    start, end = positions.offsets(positions.range_of(found[0]))
    name = target.rpartition(".")[2]
    at = positions.source.text.rfind(name, start, end)
    return target, positions.range(at, at + len(name)) if at >= 0 else positions.range(start, end)


def rename(session: Session, params: Mapping[str, object]) -> Json:
    """Every edit of a rename, tried on a copy first; refused with the reason where it cannot be."""
    target, _ = _target(session, params)
    new = params.get("newName")
    if not target or not isinstance(new, str):
        raise _refusal(session, Message("这里没有可以改名的东西", "nothing that can be renamed stands here"))
    try:
        found = renamed(session.workspace, target, new)
    except DoesNotCompile as error:
        raise _refusal(session, error.message) from None
    if found.moves and not session.moves_files:
        command = f"dougong rename {target} {new}"
        raise _refusal(
            session,
            Message(
                f"这个编辑器不能改文件名;请用命令:{command}",
                f"this editor cannot rename files; use the command: {command}",
            ),
        )
    return workspace_edit(session, found.edits, found.moves)


def _refusal(session: Session, message: Message) -> Refused:
    return Refused(REQUEST_FAILED, session.text(message))


def code_actions(session: Session, params: Mapping[str, object], problems: Problems) -> list[Json]:
    """The fixes of the problems that a range touches."""
    path, given = session.file(params), params.get("range")
    if not isinstance(given, Mapping):
        raise Refused(INVALID_PARAMS, "a range has a start and an end")
    wanted = params.get("context")
    only = wanted.get("only") if isinstance(wanted, Mapping) else None
    if isinstance(only, list) and not any(one in {"", "quickfix"} for one in only):
        return []
    positions = session.positions(path)
    return [
        action
        for problem in overlapping(problems.of(path), positions, given)
        for action in _fixes(session, positions, problem)
    ]


def _fixes(session: Session, positions: Positions, problem: Diagnostic) -> Iterator[Json]:
    for fix in fixes(positions.source, problem):
        yield {
            "title": session.text(fix.words),
            "kind": "quickfix",
            "isPreferred": fix.sure,
            "diagnostics": [as_protocol(session, positions, problem)],
            "edit": workspace_edit(session, {problem.span.file: fix.edits}),
        }


def formatting(session: Session, params: Mapping[str, object]) -> list[Json]:
    """The edits to the canonical form; line ends stay those of the file. Refused where the text cannot be read."""
    path = session.file(params)
    file = session.workspace.pack_file(path)
    if file is None:
        return []
    positions = session.positions(path)
    found = edits_to_form(file, positions.source.text)
    if isinstance(found, tuple):
        raise _refusal(session, found[0].message)
    return edits_in(positions, found)


def document_symbols(session: Session, params: Mapping[str, object]) -> list[Json]:
    """The outline of a file."""
    path = session.file(params)
    file = session.workspace.pack_file(path)
    if file is None:
        return []
    positions = session.positions(path)
    document = session.workspace.parsed(file, positions.source.text)
    return [_symbol(session, positions, one) for one in outline(document)]


def _symbol(session: Session, positions: Positions, part: Part) -> Json:
    symbol: Json = {
        "name": part.name or "–",
        "kind": _PARTS[part.sort],
        "range": positions.range_of(part.whole),
        "selectionRange": positions.range_of(part.named),
    }
    words = session.text(part.words)
    if words:
        symbol["detail"] = words
    if part.parts:
        symbol["children"] = [_symbol(session, positions, one) for one in part.parts]
    return symbol


def workspace_symbols(session: Session, params: Mapping[str, object]) -> list[Json]:
    """Resources whose name or label holds what is looked for."""
    query = str(params.get("query") or "").lower()
    found: list[Json] = []
    for document in session.workspace.documents():
        label = label_of(document, ())
        if not any(query in one.lower() for one in (document.name, label.zh, label.en)):
            continue
        place = session.place(document.sources[0].span(0, 0))
        if place is not None:
            words = session.text(label)
            name = f"{document.name} {words}" if words else document.name
            found.append({"name": name, "kind": _RESOURCE, "containerName": document.kind, "location": place})
        if len(found) == _MOST_FOUND:
            break
    return found

"""`dougong versions` and `dougong rollback`: what was published, and the way back."""

from __future__ import annotations

import argparse

from designer.draft.rows import text_of
from engine.cli.console import Console
from engine.cli.opening import opened, writing
from engine.diagnostics import DougongError, Message
from engine.installation.migration import plan_lines
from engine.installation.publishing.plan import Order
from engine.installation.publishing.publisher import Agreement, Publisher, restoring_texts
from engine.installation.publishing.staging import live_texts
from engine.runtime.design_versions import Sort, files_of, version_of, versions
from engine.runtime.identifiers import BadIdentifier, decode_id, encode_id
from engine.runtime.identity.users import all_users
from engine.runtime.settings import Settings

SORT_WORDS = {
    Sort.FIRST: Message("发布之前", "before"),
    Sort.PUBLISHED: Message("发布", "published"),
    Sort.ROLLBACK: Message("退回", "rolled back"),
    Sort.OUTSIDE: Message("其他方式修改", "changed otherwise"),
}


class NoSuchVersion(DougongError):
    """There is no version with this identifier."""

    code = "no_such_version"
    status = 404


def list_versions(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """The versions, newest first."""
    with opened(settings) as installation:
        found = installation.database.read(lambda session: versions(session, limit=given.most))
        names = {one.id: one.name for one in installation.database.read(all_users)}
        for one in found:
            author = names.get(one.author, "—") if one.author is not None else "—"
            when = one.at.isoformat(timespec="minutes")
            sort = SORT_WORDS[one.sort].text(console.language)
            console.line(f"{encode_id(one.id)}  {when}  {author}  {sort}  {one.words.text(console.language)}")
            for text in (one.note, one.reason):
                if text:
                    console.line(f"    {text}")
        if not found:
            console.say("还没有发布过", "Nothing has been published yet")
        console.result(
            [
                {
                    "id": encode_id(one.id),
                    "at": one.at.isoformat(),
                    "author": names.get(one.author) if one.author is not None else None,
                    "sort": str(one.sort),
                    "note": one.note,
                    "words": one.words.text(console.language),
                }
                for one in found
            ]
        )
        return 0


def rollback(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Show what going back to a version changes; with --yes go back."""
    with writing(settings) as installation:
        database = installation.database
        try:
            version = database.read(lambda session: version_of(session, decode_id(given.version)))
        except BadIdentifier:
            version = None
        if version is None:
            raise NoSuchVersion(
                Message(
                    f"没有版本 {given.version}；见 dougong versions",
                    f"There is no version {given.version}; see dougong versions",
                )
            )
        wanted = database.read(
            lambda session: {
                file: str(text_of(session, known)) for file, known in files_of(session, version.id).items()
            }
        )
        publisher = Publisher(settings, installation.workplace, installation.models, installation.clock)
        texts = restoring_texts(live_texts(installation.models.compiler.folders), wanted)
        order = Order(texts, None, Sort.ROLLBACK, restores=version.id)
        plan = publisher.plan(order)
        console.line(plan.difference.headline.text(console.language))
        for one in plan.difference.resources:
            console.line(f"  {one.name.text(console.language)}")
            for line in one.lines:
                console.line(f"    {line.words.text(console.language)}")
        for text in plan_lines(plan.schema, database, console.language, sql=False):
            console.line(f"  {text}")
        if given.yes:
            publisher.publish(order, Agreement(consent=given.consent))
            console.say(
                "已退回。多个进程时，其余进程会自己跟上",
                "Done. Other processes of the installation follow by themselves",
            )
        else:
            console.say(
                "什么都没有改动。同意后加 --yes(停用数据的步骤还要 --consent)",
                "Nothing was changed. Agree with --yes (steps that retire data also take --consent)",
            )
        console.result(
            {
                "version": given.version,
                "rolled_back": given.yes,
                "words": plan.difference.headline.text(console.language),
            }
        )
        return 0

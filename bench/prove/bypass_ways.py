"""The ways of the bypass cases: each tries to carry the canary to a sink, and tells how it ended."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

from bench.prove import hostile_calls
from bench.prove.bypass_world import AWAY, HONEST, HOST, World, answering, destination
from engine.cli import main
from engine.extensions import EgressFailed, EgressRefused, EgressRequest, MailRequest
from engine.model.payloads import Payload
from engine.model.sources import Destination
from engine.runtime.database.errors import DatabaseError
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Statement
from engine.runtime.rows import select
from engine.runtime.sovereignty.cargo import Cargo
from engine.runtime.sovereignty.egress import EgressGate
from engine.runtime.workers import WorkerFailed, Workers

Case = Mapping[str, object]
INSIDE = ("127.0.0.1/32",)
ABOUT = Payload(fields=("customer.phone",), rows=1, place="bypass")
FOLDED = b"Content-Transfer-Encoding: base64\r\n\r\n"
KEPT = ("dougong_egress", "dougong_rectification", "dougong_breaker", "dougong_audit")


@dataclass(frozen=True)
class Ended:
    """How a case ended: the reason of a refusal (empty: it went through, to the honest side), its words, and whether what had
    to be seen was (`held`)."""

    reason: str = ""
    words: str = ""
    held: bool = True
    skipped: str = ""


def sent(gate: EgressGate, world: World, request: EgressRequest) -> Ended:
    """What becomes of a request."""
    return _tried(lambda: gate.send(world.context(), request))


def by_host(world: World, case: Case) -> Ended:
    one = destination(str(case["id"]), world.sinks[1].port, scheme="https", host=str(case["host"]), allow_private=False)
    return _hidden(world, case, one)


def by_answer(world: World, case: Case) -> Ended:
    resolve, _ = answering(_listed(case, "answers"))
    one = destination(str(case["id"]), world.sinks[0].port, scheme="https", allow_private=False)
    return sent(world.gate(one, resolve=resolve), world, _plain(world, case))


def inside(world: World, case: Case) -> Ended:
    resolve, _ = answering(_listed(case, "answers"))
    return sent(world.gate(_inside(world, case), resolve=resolve), world, _plain(world, case))


def rebinding(world: World, case: Case) -> Ended:
    """The first answer is checked and connected to; the second, asked for by the next request, is elsewhere."""
    resolve, names = answering([HONEST], [AWAY])
    gate = world.gate(_inside(world, case), resolve=resolve)
    first = sent(gate, world, _plain(world, case))
    once = len(names) == 1
    second = sent(gate, world, _plain(world, case))
    return replace(second, held=once and not first.reason)


def second_answer(world: World, case: Case) -> Ended:
    resolve, _ = answering([HONEST], [HONEST], [AWAY])
    gate = world.gate(_inside(world, case), resolve=resolve)
    went = [sent(gate, world, _plain(world, case)).reason for _ in range(2)]
    return replace(sent(gate, world, _plain(world, case)), held=went == ["", ""])


def name_asked(world: World, case: Case) -> Ended:
    """Data in the name of a host: nobody may name one, so no resolver hears of it."""
    resolve, names = answering([AWAY])
    request = replace(_plain(world, case), destination=str(case["id"]), headers={"Host": f"{world.half}.evil.example"})
    return replace(sent(world.gate(resolve=resolve), world, request), held=not names)


def redirects(world: World, case: Case) -> Ended:
    ended = Ended()
    for status in _listed(case, "statuses"):
        world.honest.answer = (int(status), {"Location": world.sink_url}, b"")
        name = f"{case['id']}_{status}" if status != _listed(case, "statuses")[-1] else str(case["id"])
        one = destination(name, world.honest.port, nets=INSIDE)
        resolve, _ = answering([HONEST])
        request = replace(_plain(world, case), destination=name, method="GET", body=b"")
        ended = sent(world.gate(one, resolve=resolve), world, request)
        if ended.reason != case["rule"]:
            return ended
    return ended


def redirect_from_tls(world: World, case: Case) -> Ended:
    server, trusted, _ = world.secure["good"]
    server.answer = (307, {"Location": world.sink_url}, b"")
    one = destination(str(case["id"]), server.port, scheme="https", host=HOST, nets=INSIDE)
    resolve, _ = answering([HONEST])
    request = replace(_plain(world, case), method="GET", body=b"")
    return sent(world.gate(one, resolve=resolve, authorities=str(trusted)), world, request)


def page(world: World, case: Case) -> Ended:
    """The honest answer asks to be followed elsewhere by other means than a redirect."""
    body = _filled(world, str(case.get("body", "ok"))).encode()
    headers = {name: _filled(world, str(text)) for name, text in _mapped(case, "headers").items()}
    world.honest.answer = (200, {**headers, "Content-Type": "text/html"}, body)
    return _honestly(world, case, replace(_plain(world, case), method="GET", body=b""))


def by_path(world: World, case: Case) -> Ended:
    world.honest.answer = (200, {}, b"ok")
    path, method = _filled(world, str(case["path"])), str(case.get("method", "POST"))
    return _honestly(world, case, replace(_plain(world, case), path=path, method=method))


def by_header(world: World, case: Case) -> Ended:
    world.honest.answer = (200, {}, b"ok")
    headers = {name: _filled(world, str(text)) for name, text in _mapped(case, "headers").items()}
    ended = _honestly(world, case, replace(_plain(world, case), headers=headers))
    said = world.honest.asked[-1][1].get("host", "")
    return replace(ended, held=said == f"http-host-mismatch.example.internal:{world.honest.port}")


def by_environment(world: World, case: Case) -> Ended:
    world.honest.answer = (200, {}, b"ok")
    with _environment(case, f"http://{AWAY}:{world.sinks[0].port}"):
        return _honestly(world, case, _plain(world, case))


def plain_outside(world: World, case: Case) -> Ended:
    one = destination(str(case["id"]), world.sinks[1].port, host="erp.example.com", allow_private=False)
    return sent(world.gate(one, resolve=answering([HONEST])[0]), world, _plain(world, case))


def tls(world: World, case: Case) -> Ended:
    what = str(case["certificate"])
    server, trusted, pin = world.secure[what]
    before = len(server.asked)
    one = destination(str(case["id"]), server.port, scheme="https", host=HOST, pins=(pin,))
    authorities = "" if what == "stranger" else str(trusted)
    gate = world.gate(one, resolve=answering([HONEST])[0], authorities=authorities)
    return replace(sent(gate, world, _plain(world, case)), held=len(server.asked) == before)


def by_file(world: World, case: Case) -> Ended:
    one = destination(str(case["id"]), 0, scheme="device", host="", max_level="G1", allow_private=False)
    gate = world.gate(one)
    return _tried(
        lambda: gate.hand_over(world.context(), Cargo(str(case["purpose"]), "G3", "bypass", 1, ("customer.phone",)))
    )


def by_folder(world: World, case: Case) -> Ended:
    away = world.folder / "mounted"
    one = destination(
        "backups_here", 0, scheme="folder", host="", folder=str(world.folder / "kept"), allow_private=False
    )
    gate = world.gate(one)
    return _tried(lambda: gate.lay_down(world.context(), Cargo("backup", "G3", "bypass", 1), str(away)))


def by_mail(world: World, case: Case) -> Ended:
    """The canary in a letter, in base64 with line breaks as attachments are."""
    packed = FOLDED + base64.encodebytes(f"value: {world.canary}".encode())
    letter = MailRequest(str(case["id"]), "a@corp.example", "b@corp.example", packed, "notification", "G1", about=ABOUT)
    return _mailed(world, case, letter)


def by_mail_level(world: World, case: Case) -> Ended:
    letter = MailRequest(
        str(case["id"]), "a@corp.example", "b@corp.example", b"report", "notification", "G4", about=ABOUT
    )
    return _mailed(world, case, letter)


def by_message(world: World, case: Case) -> Ended:
    one = destination(str(case["id"]), world.sinks[0].port, max_level="G0")
    request = replace(_plain(world, case), purpose="notification")
    return sent(world.gate(one, resolve=answering([AWAY])[0]), world, request)


def by_definition(world: World, case: Case) -> Ended:
    """A text that names an address of its own does not compile: `held` says so."""
    folder = world.folder / str(case["id"])
    (folder / "entities").mkdir(parents=True)
    (folder / "workflows").mkdir()
    (folder / "pack.yaml").write_text("label: {zh: 试, en: Trial}\nversion: 0.1.0\nlanguages: [zh, en]\n", "utf-8")
    (folder / "entities/thing.yaml").write_text(
        "label: {zh: 物, en: Thing}\nfields:\n  name: {type: text, label: {zh: 名, en: Name}}\n", "utf-8"
    )
    target, value = _filled(world, str(case.get("text", "erp"))), _filled(world, str(case.get("formula", "name")))
    step = {
        "id": "told",
        "type": "call",
        "label": {"zh": "告", "en": "Tell"},
        "destination": target,
        "values": {"x": value},
    }
    (folder / "workflows/tell.yaml").write_text(
        "label: {zh: 告, en: Tell}\nentity: thing\ntriggers: [{id: made, type: created}]\ntitle: name\nsteps:\n  - "
        + json.dumps(step, ensure_ascii=False)
        + "\n",
        "utf-8",
    )
    said = io.StringIO()
    with redirect_stdout(said):
        code = main(["check", str(folder), "--json"])
    return Ended(held=code == 1 and "workflows/tell.yaml" in said.getvalue())


def by_comment(world: World, case: Case) -> Ended:
    """A person writes an address into a comment: nobody fetches it, and the page does not have the browser fetch it."""
    client, record = world.site.client("li"), world.site.public("acme")
    text = _filled(world, str(case["text"]))
    posted = client.post(f"/r/customer/{record}/comments", data={"body": text})
    shown = client.get(f"/r/customer/{record}").text
    fetched = re.search(rf'(?:src|srcset|data)="[^"]*{re.escape(AWAY)}', shown)
    return Ended(held=posted.status_code < 400 and fetched is None)


def by_policy(world: World, case: Case) -> Ended:
    said = world.site.client("li").get("/inbox").headers["content-security-policy"]
    return Ended(held=str(case["directive"]) in said)


def by_header_said(world: World, case: Case) -> Ended:
    return Ended(held=world.site.client("li").get("/inbox").headers[str(case["header"])] == case["value"])


def by_statement(world: World, case: Case) -> Ended:
    """SQL that would write to another file is denied on the connection that writes, and on those that read."""
    database, away = world.site.installation.database, world.folder / f"{case['id']}.sqlite3"
    statement = Statement(str(case["sql"]).replace("{file}", str(away)), (), "sqlite")
    if database.dialect != "sqlite":
        return Ended(skipped="about SQLite")

    def act(session: Session) -> None:
        session.execute(statement)

    denied = 0
    for way in (database.write, database.read):
        try:
            way(act)
        except DatabaseError:
            denied += 1
    with closing(database._connect()) as bare:  # type: ignore[attr-defined]  # outside of a transaction, too
        try:
            bare.execute(statement.sql)
        except sqlite3.DatabaseError as error:
            denied += "authori" in str(error)
    return Ended(held=denied == 3 and not away.exists())


def temp_store(world: World, case: Case) -> Ended:
    database = world.site.installation.database
    if database.dialect != "sqlite":
        return Ended(skipped="about SQLite")
    found = database.write(lambda session: session.row(Statement("PRAGMA temp_store", (), "sqlite")))
    return Ended(held=found == (2,))


def by_worker(world: World, case: Case) -> Ended:
    """Code that packs bring runs in children without a network: none of the ways to open a socket leads out."""
    worker = Workers("bypass")
    try:
        if not worker.call(hostile_calls.is_alone, seconds=20, megabytes=400):
            return Ended(skipped="this system gives processes no network of their own")
        worker.call(
            getattr(hostile_calls, str(case["call"])),
            HONEST,
            world.sinks[1].port,
            world.half,
            seconds=20,
            megabytes=400,
        )
    except WorkerFailed:
        pass
    finally:
        worker.end()
    return Ended(held=world.sinks[1].times == 0)


def written(world: World, case: Case) -> Ended:
    """After a refusal no kept row and no word of it holds the canary."""
    one = destination(str(case["id"]), world.sinks[0].port, max_level="G1")
    ended = sent(world.gate(one, resolve=answering([AWAY])[0]), world, _plain(world, case))
    found = world.site.installation.database.read(_kept)
    return replace(ended, held=world.half not in found and world.half not in ended.words)


def error_page(world: World, case: Case) -> Ended:
    """An address with the canary in it that answers with an error does not say it back to anybody else's server."""
    answer = world.site.client("li").get(f"/r/{world.half}/x?u={world.sink_url}")
    return Ended(held=answer.status_code >= 400 and "http" not in _links(answer.text, world))


def metrics(world: World, case: Case) -> Ended:
    text = world.site.client().get("/metrics", headers={"authorization": "Bearer bypass-metrics-token"}).text
    return Ended(held="dougong" in text and world.half not in text)


def served_with(world: World, case: Case) -> Ended:
    """The application serves with addresses of collectors in its environment, and asks none of them."""
    with _environment(case, f"http://{AWAY}:{world.sinks[0].port}/{world.half}"):
        client = world.site.client("li")
        seen = [client.get(path).status_code for path in ("/inbox", "/healthz", "/nothing-here")]
    return Ended(held=seen == [200, 200, 404])


WAYS: Mapping[str, Callable[[World, Case], Ended]] = {
    "host": by_host,
    "answer": by_answer,
    "answer_inside": inside,
    "rebinding": rebinding,
    "second_answer": second_answer,
    "name_asked": name_asked,
    "redirects": redirects,
    "redirect_from_tls": redirect_from_tls,
    "page": page,
    "path": by_path,
    "header": by_header,
    "environment": by_environment,
    "plain_outside": plain_outside,
    "tls": tls,
    "definition": by_definition,
    "comment": by_comment,
    "policy": by_policy,
    "file": by_file,
    "mail": by_mail,
    "mail_level": by_mail_level,
    "message": by_message,
    "statement": by_statement,
    "folder": by_folder,
    "temp_store": temp_store,
    "worker": by_worker,
    "written": written,
    "error_page": error_page,
    "served_with": served_with,
    "metrics": metrics,
    "header_said": by_header_said,
}


def _plain(world: World, case: Case) -> EgressRequest:
    """A request whose body has half of the canary, so that the way has to hold and not the scan."""
    return EgressRequest(
        str(case["id"]), "POST", "/in", "operation", "G3", body=f"secret {world.half}".encode(), about=ABOUT
    )


def _hidden(world: World, case: Case, one: Destination) -> Ended:
    return sent(world.gate(one), world, _plain(world, case))


def _inside(world: World, case: Case) -> Destination:
    world.honest.answer = (200, {}, b"ok")
    return destination(str(case["id"]), world.honest.port, nets=INSIDE)


def _honestly(world: World, case: Case, request: EgressRequest) -> Ended:
    one = destination(str(case["id"]), world.honest.port, nets=INSIDE)
    return sent(world.gate(one, resolve=answering([HONEST])[0]), world, request)


def _mailed(world: World, case: Case, letter: MailRequest) -> Ended:
    one = destination(str(case["id"]), world.sinks[0].port, scheme="smtp", max_level="G3")
    gate = world.gate(one, resolve=answering([AWAY])[0])
    return _tried(lambda: gate.mail(world.context(), letter))


def _tried(act: Callable[[], object]) -> Ended:
    try:
        act()
    except (EgressRefused, EgressFailed) as error:
        return Ended(error.reason, error.message.zh + error.message.en)
    return Ended()


def _filled(world: World, text: str) -> str:
    away = f"{AWAY}:{world.sinks[0].port}"
    return text.replace("{sink}", world.sink_url).replace("{authority}", away).replace("{{", "{").replace("}}", "}")


def _links(text: str, world: World) -> str:
    return " ".join(re.findall(r'(?:href|src|action)="([^"]*127\.0\.0\.2[^"]*)"', text))


def _kept(session: Session) -> str:
    columns = {"dougong_audit": ("subject",), "dougong_breaker": ("destination", "reason", "grounds")}
    rows = [
        row for table in KEPT for row in select(session, table, columns.get(table, ("destination", "purpose", "level")))
    ]
    rows += select(session, "dougong_rectification", ("place", "fields", "owner", "rule"))
    return repr(rows)


def _listed(case: Case, key: str) -> list[str]:
    found = case[key]
    assert isinstance(found, list)
    return [str(one) for one in found]


def _mapped(case: Case, key: str) -> Mapping[str, object]:
    found = case.get(key, {})
    assert isinstance(found, Mapping)
    return found


@contextmanager
def _environment(case: Case, value: str) -> Iterator[None]:
    names = _listed(case, "variables")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, value))
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old


def cases_file() -> Path:
    """The cases as data."""
    return Path(__file__).parent / "bypass_cases.yaml"

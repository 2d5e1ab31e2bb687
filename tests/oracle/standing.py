"""People who move: a right that is taken away is gone with the next request."""

from __future__ import annotations

from dataclasses import replace

from engine.runtime.identity.users import set_roles
from tests.oracle.naive import ROLES, Person
from tests.oracle.questions import Oracle


def moved(o: Oracle, person: Person) -> None:
    """Somebody whose roles are their own gets others, and at once sees by those."""
    if person.name not in ("cat", "gus", "hal"):
        return
    roles = o.random.sample(ROLES, o.random.choice((0, 1, 2)))
    o.seen.installation.database.write(lambda session: set_roles(session, person.user, roles))
    now = replace(person, roles=frozenset(roles))
    o.seen.people[o.seen.people.index(person)] = now
    o.changed()
    answer = o.ask(now, "GET", "/api/records/a")
    status = 200 if o.naive.granted("a", now) else 404
    o.expect(answer.status == status, "rights after a change of roles", now.name, roles, answer.status)
    if status == 200:
        found = {one["id"] for one in answer.json["data"]}
        o.expect(len(found) == len(o.naive.readable("a", now)), "rows after a change of roles", now.name, roles)


QUESTIONS = {"moved": (moved, 2)}

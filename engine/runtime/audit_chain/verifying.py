"""Verifying the chain: every entry's seal over the one before, signed heads, anchors, from the first entry on.

Who can write rows can compute seals, but not sign: what was rewritten, or cut off, before the newest signed head shows with
the installation's key alone. Who has that key besides can do both unseen, unless an anchor outside is given: a copy of the
database and its key proves nothing about what it held before. Entries that wait are not sealed yet and not verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.runtime.audit import AUDIT, SIGNED, WAITING, Unsealed, unsealed
from engine.runtime.audit_chain.earlier import PAGE, first_broken_earlier, is_earlier
from engine.runtime.audit_chain.earlier_part import EarlierPart, earlier_part
from engine.runtime.audit_chain.findings import Broken, Cause
from engine.runtime.audit_chain.links import FIRST, RULE, commitment, seal_after
from engine.runtime.audit_chain.replacing import REPLACED, replaced_positions
from engine.runtime.audit_chain.sealing import BRIDGE, COLUMNS, ChainHead, read_head, signed_head
from engine.runtime.audit_chain.signing import SignedHead, head_of, public_key
from engine.runtime.database.protocol import Session
from engine.runtime.rows import select

Entry = Mapping[str, object]
HEADS = ("position", "seal", "at", "key", "signature")
NONE_EARLIER = EarlierPart(0, FIRST, "", None, known=True)


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a chain is verified against: the installation's key, None where only links are seen; heads that were anchored
    outside; `deep` checks the signature of every kept head, not of those alone that something hangs on; `newest` verifies
    that many of the last entries, from the head that was signed before them on, and None the whole chain."""

    key: bytes | None
    anchors: Sequence[SignedHead] = ()
    deep: bool = False
    newest: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: how much was verified, the first break if any, what waits, how much is of an earlier release and
    whether its key is known here, signed heads by this and by other keys, anchors that agree, replaced subjects. Of entries
    up to `trusted` nothing was read: a signed head vouches for them."""

    length: int
    broken: Broken | None
    unsealed: Unsealed
    earlier: int
    earlier_known: bool
    signed: int
    foreign: int
    anchored: int
    replaced: int
    trusted: int = 0


def first_broken(session: Session, key: bytes | None) -> int | None:
    """The position from which the chain does not hold, None when all of it does, in a database of any release."""
    if is_earlier(session):
        return first_broken_earlier(session, key)
    broken = verify_chain(session, Proofs(key)).broken
    return broken.position if broken else None


def verify_chain(session: Session, proofs: Proofs) -> Verdict:
    """Read the chain, or the newest part that the proofs ask for, and compare it with itself, its signed heads and anchors."""
    start = _start(session, proofs)
    earlier = earlier_part(session, proofs.key) if start is None else NONE_EARLIER
    walk = _Walk(session, proofs, earlier, start)
    broken = walk.broken()
    return Verdict(
        length=walk.length,
        broken=broken,
        unsealed=unsealed(session),
        earlier=earlier.length,
        earlier_known=earlier.known,
        signed=walk.signed,
        foreign=walk.foreign,
        anchored=walk.anchored,
        replaced=len(walk.replaced),
        trusted=start.position if start is not None else 0,
    )


def _start(session: Session, proofs: Proofs) -> SignedHead | None:
    """The head of ours behind which the part begins that is to be verified; None for the whole chain."""
    head, key = read_head(session), proofs.key
    if proofs.newest is None or proofs.anchors or key is None or head is None:
        return None
    where = {"position <=": head.length - proofs.newest, "key": public_key(key)}
    rows = select(session, SIGNED, HEADS, where, order=("-position",), limit=1)
    found = signed_head(rows[0]) if rows else None
    return found if found is not None and found.holds else None


@dataclass
class _Walk:
    """A way along the chain: how far it holds, and the last position at which a kept head agreed."""

    session: Session
    proofs: Proofs
    earlier: EarlierPart
    start: SignedHead | None = None
    length: int = 0
    seal: str = ""
    agreed: int = 0
    signed: int = 0
    foreign: int = 0
    anchored: int = 0
    replaced: set[int] = field(default_factory=set)
    excused: set[int] = field(default_factory=set)
    kept: list[SignedHead] = field(default_factory=list)

    def broken(self) -> Broken | None:
        """The first break, None when there is none."""
        false = next((one for one in self.proofs.anchors if not one.holds), None)
        if false is not None:
            return Broken(false.position, Cause.FALSE_ANCHOR)
        head = read_head(self.session)
        return self._begun() or self._along() or self._end(head) or self._unexcused()

    def _begun(self) -> Broken | None:
        """Stand behind what an earlier release sealed, or behind the head that vouches for all before it."""
        if self.start is not None:
            return self._behind(self.start)
        part = self.earlier
        self.length, self.seal = part.length, part.seal
        if part.broken is not None:
            return Broken(part.broken, Cause.MISSING if not part.known else Cause.ALTERED)
        return None

    def _behind(self, start: SignedHead) -> Broken | None:
        self.length, self.seal, self.agreed = start.position, start.seal, start.position
        self.kept.append(start)
        found = select(self.session, AUDIT, ("seal",), {"position": start.position})
        return None if found and found[0][0] == start.seal else Broken(start.position, Cause.REWRITTEN)

    def _along(self) -> Broken | None:
        heads, anchors = self._heads(), sorted(self.proofs.anchors, key=lambda one: one.position)
        head, at = next(heads, None), 0
        for row in self._entries():
            found = self._linked(row) or self._bridged(row)
            if found is not None:
                return found
            self.length, self.seal = self.length + 1, str(row["seal"])
            self._remark(row)
            while head is not None and head.position <= self.length:
                if not self._agrees(head):
                    return Broken(self.agreed + 1, Cause.REWRITTEN)
                head = next(heads, None)
            while at < len(anchors) and anchors[at].position <= self.length:
                if anchors[at].position == self.length and anchors[at].seal != self.seal:
                    return Broken(_last(anchors[:at]) + 1, Cause.REWRITTEN)
                self.anchored, at = self.anchored + 1, at + 1
        return Broken(self.length + 1, Cause.CUT) if at < len(anchors) or head is not None else None

    def _linked(self, row: Entry) -> Broken | None:
        """Whether an entry is the next one, and its seal that of its content over the one before."""
        position = self.length + 1
        if row["position"] != position:
            return Broken(position, Cause.MISSING)
        if row["rule"] != RULE or row["previous"] != self.seal or row["seal"] != seal_after(self.seal, row):
            return Broken(position, Cause.ALTERED)
        if row["salt"] is None:
            self.replaced.add(position)
        elif not _is_hex(row["salt"]) or row["commitment"] != commitment(str(row["salt"]), str(row["subject"])):
            return Broken(position, Cause.ALTERED)
        return None

    def _bridged(self, row: Entry) -> Broken | None:
        """Whether the first entry of the present rule binds what an earlier release has sealed."""
        if not self.earlier.length or self.length != self.earlier.length:
            return None
        fits = row["action"] == BRIDGE and row["digest"] == self.earlier.digest
        return None if fits else Broken(self.length + 1 if self.earlier.known else 1, Cause.EARLIER)

    def _remark(self, row: Entry) -> None:
        if row["action"] == REPLACED and row["salt"] is not None:
            self.excused |= replaced_positions(str(row["subject"]))

    def _agrees(self, head: SignedHead) -> bool:
        """Whether a kept head says of its position what stands there."""
        ours = self.proofs.key is not None and head.key == public_key(self.proofs.key)
        self.signed, self.foreign = self.signed + ours, self.foreign + (not ours)
        if head.position != self.length or head.seal != self.seal or (self.proofs.deep and not head.holds):
            return False
        self.agreed = self.length
        if ours:
            self.kept.append(head)
        return True

    def _end(self, head: ChainHead | None) -> Broken | None:
        """Whether the head row is of the last entry, and signed by the installation."""
        length, seal = (head.length, head.seal) if head is not None else (0, self.seal)
        if (length, seal) != (self.length, self.seal):
            return Broken(self.length + 1, Cause.HEAD)
        if head is None or self.length == self.earlier.length:
            return None
        signed, key = head_of(head.signed), self.proofs.key
        fits = signed is not None and (signed.position, signed.seal) == (length, seal) and signed.holds
        if fits and signed is not None and (key is None or signed.key == public_key(key)):
            return None
        return Broken(self._last_vouched() + 1, Cause.UNSIGNED)

    def _last_vouched(self) -> int:
        """The last position that a head of ours vouches for, whose signature holds."""
        return next((one.position for one in reversed(self.kept) if one.holds), 0)

    def _unexcused(self) -> Broken | None:
        """Subjects that were replaced, and no act says so, not even one that waits."""
        if not self.replaced:
            return None
        waiting = select(self.session, WAITING, ("subject",), {"action": REPLACED})
        left = self.replaced - self.excused.union(*(replaced_positions(str(row[0])) for row in waiting))
        return Broken(min(left), Cause.FORGOTTEN) if left else None

    def _entries(self) -> Iterator[Entry]:
        """The entries behind where the way begins."""
        last = self.length
        while True:
            found = select(self.session, AUDIT, COLUMNS, {"position >": last}, order=("position",), limit=PAGE)
            for row in found:
                yield dict(zip(COLUMNS, row, strict=True))
            if len(found) < PAGE:
                return
            last = int(str(found[-1][0]))

    def _heads(self) -> Iterator[SignedHead]:
        """The heads that were kept, behind where the way begins."""
        last = self.agreed
        while True:
            found = select(self.session, SIGNED, HEADS, {"position >": last}, order=("position",), limit=PAGE)
            yield from (signed_head(row) for row in found)
            if len(found) < PAGE:
                return
            last = int(str(found[-1][0]))


def _last(anchors: Sequence[SignedHead]) -> int:
    return max((one.position for one in anchors), default=0)


def _is_hex(value: object) -> bool:
    text = str(value)
    return len(text) == 32 and not text.strip("0123456789abcdef")

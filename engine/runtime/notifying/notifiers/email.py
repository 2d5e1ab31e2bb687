"""Mail: a letter in text and HTML to one person, by SMTP over the egress gate."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape

from engine.extensions import MailRefused, MailRequest, NotifierReach
from engine.model.channels import Channel
from engine.model.outgoing import OutgoingMessage
from engine.runtime.notifying.notifiers.asking import PURPOSE, texts
from engine.runtime.notifying.reasons import failure
from engine.runtime.sovereignty.smtp import NO_ENCRYPTION

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z]{2,24}")
SIGN_IN = frozenset({504, 530, 534, 535, 538})
FINAL = 500


class Email:
    """Letters. A letter's Message-ID is made of its key: what is repeated can be told."""

    type = "email"
    group = False

    def address(self, text: str) -> str | None:
        found = text.strip()
        return found if len(found) <= 200 and _ADDRESS.fullmatch(found) else None

    def send(self, channel: Channel, message: OutgoingMessage, reach: NotifierReach) -> None:
        _, sender = parseaddr(channel.setting("sender"))
        plain = channel.setting("encryption") == "none"
        user = "" if plain else channel.setting("user")
        request = MailRequest(
            destination=channel.destination,
            sender=sender,
            recipient=message.recipient,
            content=letter(channel, message, reach).as_bytes(),
            purpose=PURPOSE,
            level=message.level,
            user=user,
            password=reach.secret(channel.setting("secret")) if user else "",
            plain=plain,
            about=reach.about,
        )
        try:
            reach.egress.mail(reach.context, request)
        except MailRefused as error:
            reason = "mail_no_encryption" if error.reply == NO_ENCRYPTION else "mail_refused"
            if error.reply in SIGN_IN:
                reason = "mail_sign_in"
            raise failure(reason, str(error.reply), final=error.reply >= FINAL) from None


def letter(channel: Channel, message: OutgoingMessage, reach: NotifierReach) -> EmailMessage:
    """The letter; two of one key are alike but for the date."""
    name, sender = parseaddr(channel.setting("sender"))
    account, _, host = sender.rpartition("@")
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(name, account, host)
    made["To"] = message.recipient
    made["Subject"] = " ".join(message.subject.text(message.language).split())
    made["Date"] = format_datetime(reach.context.now)
    made["Message-ID"] = f"<{message.key}@{host}>"
    made["Auto-Submitted"] = "auto-generated"
    if message.leave:
        made["List-Unsubscribe"] = f"<{message.leave}>"
    made.set_content(message.text or texts(message), cte="base64")
    made.add_alternative(message.html or _html(message), subtype="html", cte="base64")
    for file in message.files:
        kind, _, part = file.content_type.partition("/")
        made.add_attachment(file.content, maintype=kind, subtype=part, filename=file.name)
    return made


def _html(message: OutgoingMessage) -> str:
    items = "".join(
        f'<p style="margin:0 0 12px">{escape(line.text)}'
        + (f'<br><a href="{escape(line.url)}">{escape(line.url)}</a>' if line.url else "")
        + "</p>"
        for line in message.lines
    )
    language = "zh-CN" if message.language == "zh" else message.language
    return f'<!doctype html><html lang="{language}"><body style="font:16px/1.6 sans-serif">{items}</body></html>'

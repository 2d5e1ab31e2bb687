"""The URL table: every address of the product with its right, in one screen."""

from __future__ import annotations

from engine.web import (
    account,
    admin,
    audit_page,
    explain_pages,
    exports,
    figures_api,
    files,
    forms,
    health,
    imports,
    live_formulas,
    openapi,
    pages,
    previews,
    records_api,
    search_page,
    sessions,
)
from engine.web.dispatch import Right, Route

GET, POST, PATCH, DELETE = ("GET",), ("POST",), ("PATCH",), ("DELETE",)
PUBLIC, SIGNED_IN, ADMINISTRATOR = Right.PUBLIC, Right.SIGNED_IN, Right.ADMINISTRATOR

ROUTES: tuple[Route, ...] = (
    Route("/", GET, pages.home, SIGNED_IN),
    Route("/app/{page}", GET, pages.show_page, SIGNED_IN),
    Route("/r/{entity}/new", GET, forms.new_form, SIGNED_IN),
    Route("/r/{entity}", POST, forms.submit_new, SIGNED_IN, writes=True, fallback=forms.again),
    Route("/r/{entity}/{record}", GET, pages.show_record, SIGNED_IN),
    Route("/r/{entity}/{record}", POST, forms.submit_edit, SIGNED_IN, writes=True, fallback=forms.again),
    Route("/r/{entity}/{record}/edit", GET, forms.edit_form, SIGNED_IN),
    Route("/r/{entity}/{record}/delete", POST, forms.delete_record, SIGNED_IN, writes=True),
    Route("/r/{entity}/{record}/restore", POST, forms.restore_record, SIGNED_IN, writes=True),
    Route(
        "/r/{entity}/{record}/move/{transition}",
        POST,
        forms.move_state,
        SIGNED_IN,
        writes=True,
        fallback=forms.move_again,
    ),
    Route("/preview/{entity}", POST, previews.live_figures, SIGNED_IN),
    Route("/r/{entity}/{record}/files", POST, files.attach, SIGNED_IN, writes=True),
    Route("/r/{entity}/{record}/access", GET, explain_pages.access, SIGNED_IN),
    Route("/files/{attachment}", GET, files.download, SIGNED_IN),
    Route("/search", GET, search_page.search, SIGNED_IN),
    Route("/export/{entity}", GET, exports.export, SIGNED_IN, audit="export"),
    Route("/import/{entity}", GET, imports.start, SIGNED_IN),
    Route("/import/{entity}", POST, imports.proceed, SIGNED_IN, writes=True, fallback=imports.again, audit="import"),
    Route("/formulas/{entity}/{fingerprint}.js", GET, live_formulas.module, SIGNED_IN),
    Route("/account", GET, account.show, SIGNED_IN),
    Route("/account", POST, account.save, SIGNED_IN, writes=True, fallback=account.again, audit="account"),
    Route(
        "/account/sign-out-everywhere",
        POST,
        account.sign_out_everywhere,
        SIGNED_IN,
        writes=True,
        audit="sign_out_everywhere",
    ),
    Route("/sign-in", GET, sessions.sign_in_page, PUBLIC),
    Route("/sign-in", POST, sessions.sign_in, PUBLIC, writes=True, fallback=sessions.sign_in_again),
    Route("/sign-out", POST, sessions.sign_out, PUBLIC, writes=True),
    Route("/preferences", POST, sessions.prefer, PUBLIC),
    Route("/view-as", POST, sessions.view_as, SIGNED_IN, writes=True, while_viewing=True, audit="view_as"),
    Route("/admin/organisation", GET, admin.organisation, ADMINISTRATOR),
    Route(
        "/admin/organisation",
        POST,
        admin.change_organisation,
        ADMINISTRATOR,
        writes=True,
        fallback=admin.organisation_again,
        audit="organisation",
    ),
    Route("/admin/users", GET, admin.users, ADMINISTRATOR),
    Route(
        "/admin/users", POST, admin.change_user, ADMINISTRATOR, writes=True, fallback=admin.users_again, audit="users"
    ),
    Route("/admin/audit", GET, audit_page.show, ADMINISTRATOR),
    Route("/admin/health", GET, admin.installation, ADMINISTRATOR),
    Route("/api/openapi.json", GET, openapi.document, SIGNED_IN),
    Route("/api/records/{entity}", GET, records_api.list_rows, SIGNED_IN),
    Route("/api/records/{entity}", POST, records_api.create_row, SIGNED_IN, writes=True),
    Route("/api/records/{entity}/bulk", POST, records_api.bulk_rows, SIGNED_IN, writes=True),
    Route("/api/records/{entity}/pick/{field}", GET, records_api.pick_rows, SIGNED_IN),
    Route("/api/records/{entity}/{record}", GET, records_api.read_row, SIGNED_IN),
    Route("/api/records/{entity}/{record}", PATCH, records_api.update_row, SIGNED_IN, writes=True),
    Route("/api/records/{entity}/{record}", DELETE, records_api.delete_row, SIGNED_IN, writes=True),
    Route("/api/records/{entity}/{record}/restore", POST, records_api.restore_row, SIGNED_IN, writes=True),
    Route("/api/records/{entity}/{record}/history", GET, records_api.row_history, SIGNED_IN),
    Route("/api/records/{entity}/{record}/access", GET, explain_pages.access_json, SIGNED_IN),
    Route(
        "/api/records/{entity}/{record}/transitions/{transition}", POST, records_api.move_row, SIGNED_IN, writes=True
    ),
    Route("/api/metrics/{metric}", GET, figures_api.figures, SIGNED_IN),
    Route("/healthz", GET, health.alive, PUBLIC),
    Route("/readyz", GET, health.ready, PUBLIC),
)

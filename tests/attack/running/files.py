"""Files: paths out of the static folder, and uploads that would be pages."""

from __future__ import annotations

import io
import zipfile
from urllib.parse import quote

from alliance.kit.edge.csrf import FIELD
from tests.attack.running.ground import Ground, Outcome
from tests.attack.running.pages import known_pages
from tests.attack.running.wire import answer_of, ask_raw

TARGETS = (
    "etc/passwd",
    "proc/self/environ",
    "app.py",
    "alliance/app.py",
    "pyproject.toml",
    "secret",
    "kit/pages.py",
)
UP = (
    "../", "..%2f", "..%2F", "%2e%2e/", "%2e%2e%2f", "%252e%252e%252f", "..%5c", "..\\", "....//", "%c0%ae%c0%ae/", "..;/", "%2e%2e%5c",
    "/", "//", "%2f", "./../", ".%00/../", "vendor/../../", "css/..%2f..%2f",
)  # fmt: skip
PAGES = {
    "a.html": b"<html><script>zq()</script>", "a.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='zq()'/>",
    "a.pdf": b"<html><script>zq()</script>", "a.png": b"GIF89a<script>zq()</script>", "../../../x.pdf": b"%PDF-1.7 zq",
    "a.xlsx": b"PK\x03\x04 no workbook", "a.xlsm": b"PK\x03\x04", "a.csv": b"\x00\xff\xfe", "a" * 300 + ".pdf": b"%PDF-1.7 zq", "\r\nSet-Cookie: a=b.pdf": b"%PDF",
    "a.pdf\x00.html": b"<script>zq()</script>", "con": b"", ".htaccess": b"x",
}  # fmt: skip


async def paths(ground: Ground) -> Outcome:
    """Ways out of the folder of static files, as bytes, so that nothing is tidied on the way."""
    found = Outcome("paths out of the static folder")
    for up in UP:
        for target in TARGETS:
            for times in (1, 2, 3, 6, 9):
                asked = f"GET /static/{up * times}{target} HTTP/1.1\r\nHost: 127.0.0.1:{ground.hub.port}\r\nConnection: close\r\n\r\n"
                status, head, body = answer_of(await ask_raw(ground, asked))
                read = any(
                    word in body
                    for word in (
                        "root:",
                        "from __future__",
                        "[project]",
                        "ALLIANCE",
                        "import annotations",
                    )
                )
                found.count(
                    f"/static/{up * times}{target}: {status}"
                    if read or not 300 <= status < 500 or "zq" in head
                    else None
                )
    return found


async def uploads(ground: Ground) -> Outcome:
    """Pages and pictures that run, in every form that takes a file; then every kept file as its readers get it."""
    found = Outcome("uploaded files that would run")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 20_000_000)
        archive.writestr("[Content_Types].xml", b"<x/>")
    tries = {**PAGES, "bomb.xlsx": bomb.getvalue()}
    for login in ("coordinator.centre", "coordinator.health", "hr.precision", "planner.centre"):
        person = await ground.person(login)
        pages = await known_pages(person)
        forms = {
            form.action: form
            for page in pages
            for form in page.reading().forms.values()
            if any(field.kind == "file" for field in form.fields)
        }
        for form in forms.values():
            field = next(field for field in form.fields if field.kind == "file")
            for name, content in tries.items():
                sent = {
                    one.name: one.value for one in form.fields if one.kind != "file" and one.name
                }
                sent[FIELD] = await person.token()
                answer = await person.browser.post(
                    form.action, data=sent, files={field.name: (quote(name, safe=" ./"), content)}
                )
                found.count(
                    f"{login} {form.action} {name[:30]!r}: {answer.status_code}"
                    if answer.status_code >= 500
                    else None
                )
    kept = await ground.hub.look("select id from evidence order by id limit 40")
    for row in kept:
        for login in ("coordinator.centre", "coordinator.health", "secretary.centre"):
            answer = await (await ground.person(login)).browser.get(f"/evidence/{row['id']}")
            careful = (
                answer.headers.get("content-disposition", "").startswith("attachment")
                and answer.headers.get("content-security-policy", "").startswith("sandbox")
                and answer.headers.get("x-content-type-options") == "nosniff"
            )
            found.count(
                f"{login} {row['id']} is opened by the browser"
                if answer.status_code == 200 and not careful
                else None
            )
    return found


KINDS = (paths, uploads)

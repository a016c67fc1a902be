"""Fields that forms of host files share: a day that has come, an uploaded file."""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar.datastructures import UploadFile

from alliance.hosts.actions import Upload
from alliance.kit import clock
from alliance.kit.forms import Form
from alliance.kit.language import _
from alliance.kit.problems import Refusal
from alliance.kit.web import files


def past_day(form: Form, name: str, *, required: bool = True) -> date | None:
    """A day that has come already: nothing is checked or counted in the future."""
    found = form.day(name, required=required)
    if found is not None and found > clock.today():
        form.error(name, _("This day is still to come. Write the day on which it was done."))
    return found


async def upload_of(form: Form, sent: Any) -> Upload | None:
    """The file of the field `file`, if one was chosen; what is wrong with it stands in the form."""
    chosen = sent.get("file")
    if not isinstance(chosen, UploadFile) or not chosen.filename:
        return None
    try:
        return await files.read_upload(chosen)
    except Refusal as refusal:
        form.refuse(refusal)
        return None

"""How people are reached: mobile numbers and mail addresses, read alike wherever somebody types
one."""

from __future__ import annotations

import re
from typing import Final

from alliance.kit.forms import Form
from alliance.kit.language import _

_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


def mobile_number(text: str) -> str | None:
    """The 11 digits of a mobile number, without +86, spaces and hyphens; None for anything else.

    >>> mobile_number("+86 138-0000-1234")
    '13800001234'
    """
    digits = re.sub(r"^(\+?86)(?=1\d{10}$)", "", re.sub(r"[\s-]", "", text))
    return digits if re.fullmatch(r"1[0-9]{10}", digits) else None


def checked_mail(form: Form, name: str, mail: str) -> str:
    """The address as it is; what is none becomes an error of its field."""
    if mail and not _MAIL.fullmatch(mail):
        form.error(name, _("Write the mail address as name@example.cn."))
    return mail


def checked_phone(form: Form, name: str, phone: str) -> str:
    """The mobile number in 11 digits; what is none becomes an error of its field, and nothing stays
    nothing."""
    number = mobile_number(phone)
    if phone and number is None:
        form.error(name, _("Write a mobile number: 11 digits that begin with 1."))
    return number or phone

"""What the first and last bytes of a file tell: enough for an answer at once, without parsing
anything."""

from __future__ import annotations

from alliance.kit.sheets.model import MIB, Limits, SheetError

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_DIRECTORY_WITHIN = 2**16 + 22
"""The directory of a zip file ends within its last bytes: its end record and a comment."""


def refuse_plainly(content: bytes, file_name: str, limits: Limits) -> None:
    """Refuse what the limits, the first bytes or the last ones rule out.

    Raises:
        SheetError: "too_large", "old_xls", "encrypted" or "not_spreadsheet".
    """
    if len(content) > limits.bytes:
        raise SheetError("too_large", limit=limits.bytes // MIB)
    if content.startswith(_OLD_OFFICE):
        locked = "EncryptedPackage".encode("utf-16-le") in content
        raise SheetError("encrypted" if locked else "old_xls", file=file_name)
    if content.startswith(b"PK") and b"PK\x05\x06" not in content[-_DIRECTORY_WITHIN:]:
        raise SheetError("not_spreadsheet", file=file_name)


def refuse_at_once(content: bytes, file_name: str, limits: Limits) -> None:
    """Refuse an upload that is plainly no table: as `refuse_plainly`, and text of a page, of a
    picture or without columns.

    Raises:
        SheetError: with the codes of `refuse_plainly`.
    """
    refuse_plainly(content, file_name, limits)
    if not content.startswith(b"PK"):
        begins = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
        if begins.startswith((b"<", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")) or not any(
            mark in content for mark in b",;\t"
        ):
            raise SheetError("not_spreadsheet", file=file_name)

"""Addresses of mail, as far as they are used: ASCII, and nothing that could be a command."""

from __future__ import annotations

import re
from email.utils import parseaddr

from auditor.domain.text import is_clean_line

_ADDRESS = re.compile(r"[!#-'*+\-.-9=?A-Z^-~]{1,64}@[A-Za-z0-9.\-\[\]:]{1,253}", re.ASCII)
_LONGEST = 320


def is_mail_address(text: str) -> bool:
    """Whether `text` is a plain address that can stand in a command and in a header.

    Quoted local parts and letters beyond ASCII are not taken; write a domain of other letters
    in its ASCII form (`xn--…`). Source: RFC 5321, section 4.1.2.
    """
    return bool(_ADDRESS.fullmatch(text))


def split_mailbox(text: str) -> tuple[str, str]:
    """Name and address of `Auditor <auditor@example.org>`; ("", "") for what is neither.

    The name may be empty; it is one line without control characters.
    """
    if len(text) > _LONGEST or not is_clean_line(text):
        return "", ""
    name, address = parseaddr(text)
    return (name, address) if is_mail_address(address) else ("", "")

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import SecretStr

from auditor.settings_mail import MailSettings
from auditor.usecases import check_mail as module
from auditor.usecases.check_mail import check_mail
from auditor.usecases.checked import FAILED, OK


def place(security: Literal["starttls", "none"] = "starttls", username: str = "me") -> MailSettings:
    password = SecretStr("s3cret" if username else "")
    return MailSettings(
        host="mail.example", port=587, security=security, username=username, password=password
    )


def test_a_server_that_answers_says_how_and_as_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[tuple[object, ...], dict[str, object]]] = []

    def fine(*where: object, **who: object) -> str:
        asked.append((where, who))
        return ""

    monkeypatch.setattr(module, "greet", fine)
    found = check_mail(place())
    assert (found.state, found.message) == (OK, "mail.example:587 answers by STARTTLS, as me")
    assert check_mail(place("none", "")).message == "mail.example:587 answers unencrypted"
    assert asked[0][0] == ("mail.example", 587, "starttls")
    assert asked[0][1]["password"] == "s3cret"


def test_one_that_does_not_is_a_failure_with_the_place_to_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "greet", lambda *_, **__: "it does not offer STARTTLS")
    found = check_mail(place())
    assert found.state == FAILED
    assert found.message == "mail.example:587: it does not offer STARTTLS"
    assert found.next_step == "see [mail] in the settings"

"""Two images compared: the page, its file, and the API."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from auditor.domain.platform import Platform
from auditor.reports.image_change_forms import image_change_document
from tests.reports.image_change_samples import image_change
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_views import REGISTRY

_APP = f"{REGISTRY}/payments/api"
_TWO = f"from={_APP}:1.4&to={_APP}:1.5"


def _figures(table: str) -> list[list[int]]:
    return [[int(v) for v in re.findall(r'value="(-?\d+)"', row)] for row in table.split("<tr")[1:]]


def test_the_page_asks_for_two_images(client: FlaskClient, browse: FakeBrowse) -> None:
    page = client.get("/compare").text
    assert re.findall(r'<input id="(\w+)" name="(\w+)"', page) == [("from", "from"), ("to", "to")]
    assert "Swap" not in page
    assert "<table" not in page
    assert browse.compared == []


def test_one_image_is_kept_while_the_other_is_asked_for(client: FlaskClient) -> None:
    page = client.get(f"/compare?to={_APP}:1.5").text
    assert f'value="{_APP}:1.5"' in page
    swapped = html.unescape(
        re.findall(r'class="swap secondary" role="button" href="([^"]+)"', page)[0]
    )
    assert parse_qs(urlsplit(swapped).query) == {"from": [f"{_APP}:1.5"]}


def test_parts_on_the_page_add_up_and_every_layer_is_there(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    page = client.get(f"/compare?{_TWO}").text
    parts = page.partition('<table class="change">')[2].partition("</table>")[0]
    body, _, foot = parts.partition("<tbody>")[2].partition("</tbody>")
    assert sum(row[-1] for row in _figures(body) if row) == image_change().change_bytes
    assert _figures(foot)[0][-1] == image_change().change_bytes
    assert page.count('class="badge fate') == len(image_change().layers)
    assert "debian:12.5 instead of debian:12.4" in page
    assert browse.compared == [(f"{_APP}:1.4", f"{_APP}:1.5", None)]


def test_the_swap_turns_the_question_round(client: FlaskClient, browse: FakeBrowse) -> None:
    page = client.get(f"/compare?{_TWO}&platform=linux/arm64").text
    address = re.findall(r'class="swap secondary" role="button" href="([^"]+)"', page)[0]
    client.get(html.unescape(address))
    assert browse.compared[1] == (f"{_APP}:1.5", f"{_APP}:1.4", Platform("linux", "arm64"))


def test_steps_on_the_page_steer_nothing(client: FlaskClient) -> None:
    page = client.get(f"/compare?{_TWO}").text
    assert "<script>|" not in page
    assert "&lt;script&gt;|\\x1b[31m" in page


def test_the_same_image_twice_is_no_change(client: FlaskClient) -> None:
    assert (
        "Both names mean the same image"
        in client.get(f"/compare?from={_APP}:1.5&to={_APP}:1.5").text
    )


def test_what_is_unknown_is_said_in_place(client: FlaskClient) -> None:
    answer = client.get(f"/compare?from={_APP}:absent&to={_APP}:1.5")
    assert answer.status_code == 200
    assert "Not compared" in answer.text
    assert f'value="{_APP}:absent"' in answer.text


def test_the_file_has_a_row_per_layer(client: FlaskClient) -> None:
    answer = client.get(f"/compare.csv?{_TWO}")
    assert answer.mimetype == "text/csv"
    assert len(answer.text.splitlines()) == 1 + len(image_change().layers)
    assert client.get(f"/compare.csv?from={_APP}:1").status_code == 400


def test_the_api_answers_as_the_command_prints(client: FlaskClient) -> None:
    answer = client.get(f"/api/v1/diff?{_TWO}&platform=linux/amd64")
    assert answer.get_json() == image_change_document(image_change(_APP))
    assert client.get(f"/api/v1/diff?from={_APP}:1").status_code == 400
    assert client.get(f"/api/v1/diff?from={_APP}:absent&to={_APP}:1").status_code == 404


def test_other_pages_lead_to_the_comparison(client: FlaskClient) -> None:
    repository = client.get(f"/repository?registry={REGISTRY}&name=payments/api").text
    form = repository.partition('action="/compare"')[2].partition("</form>")[0]
    offered = re.findall(r'<option value="([^"]+)"( selected)?>', form)
    assert offered[0][0].startswith(f"{_APP}:")
    assert [selected for _, selected in offered].count(" selected") == 1
    past = client.get(f"/repository?registry={REGISTRY}&name=payments/api&at=2026-02-25").text
    assert 'action="/compare"' not in past
    image = client.get(f"/image?registry={REGISTRY}&name=payments/api&ref=1.4").text
    assert 'href="/compare?to=' in image

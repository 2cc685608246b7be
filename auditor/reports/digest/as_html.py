"""A digest as the HTML part of a mail: tables, styles in the tags, no script, nothing fetched."""

from __future__ import annotations

from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from auditor.reports.digest.page import DigestPage
from auditor.reports.digest.spark import spark_words


def digest_html(page: DigestPage, *, spark: str = "", unsubscribe_url: str = "") -> str:
    """The HTML part. `spark` is the address of the picture, such as `cid:spark`; "" for none.

    Everything in the page is escaped. The rules for dark screens stay in a style tag, which
    Outlook for Windows passes by.
    """
    written = _template().render(
        page=page,
        spark=spark,
        spark_words=spark_words(page.points),
        unsubscribe=unsubscribe_url,
    )
    return _inliner().inline(written)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("auditor.reports.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("digest.html")


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(
        keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
    )

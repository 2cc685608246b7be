"""A week's digest in words: numbers that are read, each with what it means and where it is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from auditor.domain.change import ChangeKind
from auditor.domain.finding_views import FindingRow
from auditor.domain.observation import CrawlOutcome
from auditor.domain.outlook import BudgetLevel, BudgetState
from auditor.domain.units import format_bytes
from auditor.domain.weekly_digest import Grower, MonthCost, RegistryQuality, WeeklyDigest
from auditor.reports.digest import addresses
from auditor.reports.digest.page import DigestPage, Part, Row
from auditor.reports.finding_words import image_name, month_words, stored_words
from auditor.reports.phrases import count_text, growth_text, money_text
from auditor.reports.safe_text import cut, visible

EVERYTHING = "Registries"
_NAME, _SENTENCE, _TEAM = 64, 160, 48
_MANY_TIMES = 10
_CAUSES = {
    ChangeKind.NEW_TAGS: "new tags",
    ChangeKind.NEW_IMAGES: "new images under known tags",
    ChangeKind.BASE_MOVES: "another base",
    ChangeKind.UNTAGGED: "images without a tag",
    ChangeKind.SHARED: "bytes that others shared before",
    ChangeKind.SIZES: "corrected sizes",
}
_OUTCOMES = {
    CrawlOutcome.PARTIAL: "could not read all of it",
    CrawlOutcome.INTERRUPTED: "was interrupted",
    CrawlOutcome.FAILED: "failed",
}
_LEVELS = {BudgetLevel.OVER: "over budget", BudgetLevel.LIKELY_OVER: "likely over budget"}


def digest_page(digest: WeeklyDigest, base_url: str = "", *, most_rows: int = 5) -> DigestPage:
    """The digest, ready to be laid out; at most so many rows in each part.

    Every name in it is one harmless line of bounded length.
    """
    whom = _whom(digest)
    parts = _parts(digest, most_rows) if digest.is_notable else ()
    return DigestPage(
        subject=_subject(digest, whom),
        title=f"{whom}: {format_bytes(digest.change.total_bytes)}",
        summary=_summary(digest),
        period=f"{_moment(digest.start, digest)} to {_moment(digest.end, digest)}",
        facts=_facts(digest),
        doubts=_doubts(digest, most_rows),
        parts=tuple(part for part in parts if part.rows),
        quality=_quality(digest, most_rows),
        points=digest.points,
        base_url=base_url,
        reason=f"This is the weekly digest of {_of(digest)}.",
    )


def name_line(text: str, width: int = _NAME) -> str:
    """A name from outside as one harmless line of at most `width` columns."""
    return cut(visible(text[: 4 * width]), width, in_the_middle=True)


def sentence_line(text: str) -> str:
    """A sentence with text from outside, cut at its end."""
    return cut(visible(text[: 4 * _SENTENCE]), _SENTENCE)


def _whom(digest: WeeklyDigest) -> str:
    return name_line(digest.audience, _TEAM) if digest.audience else EVERYTHING


def _of(digest: WeeklyDigest) -> str:
    return f"team {_whom(digest)}" if digest.audience else "all registries"


def _subject(digest: WeeklyDigest, whom: str) -> str:
    if digest.is_empty:
        return f"{whom}: nothing was crawled yet"
    total = f"{whom}: {format_bytes(digest.change.total_bytes)}"
    percent = percent_text(digest)
    news = digest.news
    if news.new_count:
        adjective = "" if news.is_first else "new "
        told = count_text(news.new_count, f"{adjective}finding")
    elif news.resolved_count:
        told = f"{count_text(news.resolved_count, 'finding')} resolved"
    elif digest.doubtful:
        told = "not all was crawled"
    else:
        told = "" if digest.is_notable else "nothing notable"
    head = f"{total} ({percent})" if percent else total
    return f"{head}, {told}" if told else head


def percent_text(digest: WeeklyDigest) -> str:
    """The week's change as `+6.1 %`; empty where it is not known or not to be trusted."""
    ratio = digest.change.growth_ratio
    if ratio is None or digest.told_growth_bytes is None:
        return ""
    if ratio >= _MANY_TIMES:
        return f"{ratio + 1:,.0f} times as much"
    rounded = round(100 * ratio, 1) + 0.0  # no "-0.0"
    return f"{rounded:+.1f} %"


def _summary(digest: WeeklyDigest) -> str:
    if digest.is_empty:
        return "Nothing was crawled yet, so there is nothing to tell."
    if not digest.is_notable:
        return f"Nothing notable this week: {_change_words(digest)}."
    return f"{_change_words(digest)[:1].upper()}{_change_words(digest)[1:]}."


def _change_words(digest: WeeklyDigest) -> str:
    total = format_bytes(digest.change.total_bytes)
    kind = "the fair share of what is stored" if digest.audience else "stored"
    if digest.change.growth_bytes is None:
        return f"{total} {kind}; there is no week before to compare with"
    if digest.told_growth_bytes is None:
        return f"{total} {kind}; what it changed by is not known, since not all was crawled"
    least = "at least " if digest.doubtful else ""
    percent = percent_text(digest)
    told = f"{least}{growth_text(digest.told_growth_bytes)} in the week"
    return f"{total} {kind}, {told}{f' ({percent})' if percent else ''}"


def _facts(digest: WeeklyDigest) -> tuple[Row, ...]:
    if digest.is_empty:
        return ()
    told = digest.told_growth_bytes
    percent = percent_text(digest)
    least = "at least " if digest.doubtful else ""
    change = "not known" if told is None else f"{least}{growth_text(told)}"
    return (
        Row("Stored", format_bytes(digest.change.total_bytes), _ranking(digest)),
        Row("In the week", f"{change}{f' ({percent})' if percent else ''}", _why(digest)),
        *(_cost(cost, digest) for cost in digest.costs),
        *(_budget(state) for state in digest.budgets[:5]),
    )


def _ranking(digest: WeeklyDigest) -> str:
    if digest.audience:
        return addresses.costs(f"{digest.end:%Y-%m}", digest.audience)
    return addresses.repositories(sort="stored")


def _why(digest: WeeklyDigest) -> str:
    if digest.audience:
        return addresses.changes(digest.start, digest.end, team=digest.audience)
    if len(digest.quality) == 1:
        return addresses.changes(digest.start, digest.end, registry=digest.quality[0].registry)
    return addresses.repositories(sort="growth")


def _cost(cost: MonthCost, digest: WeeklyDigest) -> Row:
    spent = money_text(cost.forecast.to_date, cost.currency)
    expected = cost.forecast.expected
    rough = "about " if cost.forecast.is_rough else ""
    ahead = (
        f", {rough}{money_text(expected, cost.currency)} expected by its end"
        if expected is not None
        else ""
    )
    address = addresses.costs(f"{digest.end:%Y-%m}", digest.audience)
    return Row("Cost this month", f"{spent} so far{ahead}", address)


def _budget(state: BudgetState) -> Row:
    budget = state.budget
    used = float(state.spent / budget.amount)
    level = _LEVELS.get(state.state, "")
    value = f"{used:.0%} of {money_text(budget.amount, budget.currency)}"
    return Row(
        f"Budget {name_line(budget.name, _TEAM)}",
        f"{value}, {level}" if level else value,
        addresses.budgets(),
        share=min(1.0, used),
    )


def _doubts(digest: WeeklyDigest, most_rows: int) -> tuple[str, ...]:
    found = [_doubt(one, digest) for one in digest.doubtful[:most_rows]]
    more = len(digest.doubtful) - len(found)
    if more > 0:
        found.append(f"{count_text(more, 'other registry', 'other registries')} likewise.")
    if found:
        found.append("What was not crawled is not reported as gone.")
    return tuple(found)


def _doubt(one: RegistryQuality, digest: WeeklyDigest) -> str:
    name = name_line(one.registry)
    if one.guarded_tags:
        tags = count_text(one.guarded_tags, "tag")
        return f"{name}: {tags} seemed to be gone, which nobody has confirmed."
    if one.outcome in _OUTCOMES:
        trouble = f"the last crawl {_OUTCOMES[one.outcome]}"
        problems = f", {count_text(one.problem_count, 'problem')}" if one.problem_count else ""
        return f"{name}: {trouble}{problems}; {_age(one, digest)}."
    return f"{name}: {_age(one, digest)}."


def _age(one: RegistryQuality, digest: WeeklyDigest) -> str:
    if one.last_complete_at is None:
        return "it was never crawled to the end"
    return f"the last complete crawl was on {_moment(one.last_complete_at, digest)}"


def _quality(digest: WeeklyDigest, most_rows: int) -> tuple[str, ...]:
    trusted = [one for one in digest.quality if one.is_trusted(digest.end)]
    lines = [f"{name_line(one.registry)}: {_age(one, digest)}." for one in trusted[:most_rows]]
    if len(trusted) > most_rows:
        more = count_text(len(trusted) - most_rows, "more registry", "more registries")
        lines.append(f"{more}, all crawled to the end this week.")
    if digest.news.waiting_images:
        images = count_text(digest.news.waiting_images, "image waits", "images wait")
        lines.append(f"{images} to be analysed.")
    elif not digest.news.is_analysed and not digest.is_empty:
        lines.append("Images are not analysed yet, so that no findings are told.")
    return tuple(lines)


def _parts(digest: WeeklyDigest, most_rows: int) -> tuple[Part, ...]:
    news, team = digest.news, {"team": digest.audience}
    freeing = tuple(row for row in digest.reclaimable if row.stored_saving_bytes > 0)
    new_title = "Findings" if news.is_first else "New findings"
    return (
        Part("What grew, and why", _growers(digest, most_rows)),
        Part(
            new_title,
            tuple(map(_finding, news.new[:most_rows])),
            _more(news.new_count, len(news.new[:most_rows])),
            addresses.findings(**team),
        ),
        Part(
            "Resolved",
            tuple(_resolved(row) for row in news.resolved[:most_rows]),
            _more(news.resolved_count, len(news.resolved[:most_rows])),
        ),
        Part("News of bases", tuple(map(_base, news.bases[:most_rows]))),
        Part(
            "Frees most",
            _reclaimable(freeing[:most_rows]),
            "all findings, by what they free",
            addresses.findings(sort="stored", **team),
        ),
    )


def _more(count: int, shown: int) -> str:
    return f"{count - shown:,} more" if count > shown else ""


def _growers(digest: WeeklyDigest, most_rows: int) -> tuple[Row, ...]:
    rows = digest.growers[:most_rows]
    most = max((one.growth_bytes for one in rows), default=1)
    return tuple(_grower(one, digest, one.growth_bytes / most) for one in rows)


def _grower(one: Grower, digest: WeeklyDigest, share: float) -> Row:
    notes = [_cause(one), _step(one), sentence_line(one.remark) if one.remark else ""]
    if one.is_unusual:
        notes.append("It never grew like this in a day before.")
    return Row(
        name_line(one.repository),
        f"{growth_text(one.growth_bytes)}{_from(one)}",
        addresses.repository(one.registry, one.repository, digest.start, digest.end),
        tuple(note for note in notes if note),
        share,
    )


def _from(one: Grower) -> str:
    return f" on {format_bytes(one.before_bytes)}" if one.before_bytes else ", new"


def _cause(one: Grower) -> str:
    if one.cause is None:
        return ""
    words = _CAUSES.get(one.cause, "other reasons")
    return f"Mostly {words}" + (f", above all {name_line(one.tag, _TEAM)}." if one.tag else ".")


def _step(one: Grower) -> str:
    if not one.step_bytes:
        return ""
    size = format_bytes(one.step_bytes)
    if not one.step:
        return f"Its biggest new layer has {size}."
    return f"Its biggest new layer, {size}: {sentence_line(one.step)}"


def _finding(row: FindingRow) -> Row:
    return Row(
        name_line(image_name(row)),
        _saves(row),
        _of_finding(row),
        (sentence_line(row.finding.what),),
    )


def _saves(row: FindingRow) -> str:
    parts = []
    if row.finding.pull_saving_bytes > 0:
        parts.append(f"{format_bytes(row.finding.pull_saving_bytes)} per pull")
    if row.stored_saving_bytes > 0:
        parts.append(f"{stored_words(row)} stored")
    return ", ".join(parts) or "no bytes"


def _of_finding(row: FindingRow) -> str:
    return addresses.findings(
        registry=row.registry, repository=row.repository, rule=row.finding.rule
    )


def _resolved(row: FindingRow) -> Row:
    address = addresses.findings(registry=row.registry, repository=row.repository)
    what = (sentence_line(row.finding.what),)
    return Row(name_line(row.repository), f"saved {_saves(row)}", address, what)


def _base(row: FindingRow) -> Row:
    fix = sentence_line(row.finding.fix)
    what = sentence_line(row.finding.what)
    return Row(name_line(image_name(row)), "", _of_finding(row), (what, fix))


def _reclaimable(rows: tuple[FindingRow, ...]) -> tuple[Row, ...]:
    most = max((row.stored_saving_bytes for row in rows), default=1)
    return tuple(
        Row(
            name_line(row.repository),
            ", ".join(part for part in (stored_words(row), _per_month(row)) if part),
            _of_finding(row),
            (sentence_line(row.finding.fix),),
            row.stored_saving_bytes / most,
        )
        for row in rows
    )


def _per_month(row: FindingRow) -> str:
    money = month_words(row)
    return f"{money} a month" if money else ""


def _moment(moment: datetime, digest: WeeklyDigest) -> str:
    return f"{moment.astimezone(ZoneInfo(digest.zone)):%a %d %b %Y, %H:%M %Z}"

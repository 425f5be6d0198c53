"""`wirewatch lexicon …`: analysts' tools. What a folder of lexicons holds wrong, how it does on cases, what a change changes."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from streams import lexicon_files
from streams.cli import cases, logs
from streams.codec import to_json
from streams.core.assess import Assessor
from streams.core.detect.lexicon import LexiconError, Lexicons
from streams.core.detect.lint import lint as problems_of
from streams.core.model import Reported
from streams.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from streams.core.model import Assessment

EXIT_FAILED, EXIT_USAGE = 1, 2
BUNDLED = "bundled"

app = typer.Typer(help="Analysts' tools: check lexicons, try them on cases, see what a change changes.", no_args_is_help=True)

Folder = Annotated[
    str | None,
    typer.Argument(metavar="DIR", help="A folder of lexicons, or `bundled`; WIREWATCH_LEXICON_DIR, else bundled, without."),
]


def _fail(message: str, code: int = EXIT_USAGE) -> NoReturn:
    typer.echo(f"wirewatch lexicon: {message}", err=True)
    raise typer.Exit(code)


def _settings() -> Settings:
    try:
        settings = load()
    except SettingsError as error:
        _fail(f"a setting is wrong\n{error}")
    logs.configure(settings)
    return settings


def _folder(name: str | None, settings: Settings) -> Path | Traversable:
    folder = (settings.lexicon_dir or lexicon_files.bundled()) if name is None else None
    if folder is None:
        folder = lexicon_files.bundled() if name == BUNDLED else Path(str(name))
    if not folder.is_dir():
        _fail(f"{folder} is no folder; give the one that holds ar.toml, en.toml …")
    return folder


def _assessor(name: str | None, settings: Settings) -> Assessor:
    folder = _folder(name, settings)
    try:
        return Assessor(lexicon_files.load(folder, databases=settings.cache_dir))
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"{folder}: {error}")
    except LexiconError as error:
        _fail(f"{folder} cannot be used:\n{error}", EXIT_FAILED)


def _counts(lexicons: Lexicons) -> list[str]:
    lines = []
    for language, lexicon in sorted(lexicons.escalation.items()):
        terms = Counter("terms" if field == "any" and owner in lexicon.rules else "others" for _, owner, field in lexicon.terms)
        told = f"{len(lexicon.rules)} rules with {terms['terms']} terms, {len(lexicon.guards)} guards"
        sittings = lexicons.sessions.get(language)
        lines.append(f"{language}: {told}, {len(sittings.terms) if sittings else 0} terms of sittings")
    return lines


@app.command()
def lint(
    folder: Folder = None,
    *,
    counts: Annotated[bool, typer.Option("--counts", help="Also say how many rules and terms each language has.")] = False,
) -> None:
    """Name every problem with file and line: what cannot be read, and what never counts. Exit 1 when there is any."""
    settings = _settings()
    place = _folder(folder, settings)
    kept = lexicon_files.CompiledDatabases(settings.cache_dir) if settings.cache_dir else None
    try:
        texts = lexicon_files.read(place)
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"{place}: {error}")
    problems = problems_of(texts, kept)
    for problem in problems:
        typer.echo(problem)
    if counts:
        try:
            for line in _counts(Lexicons.parse(texts)):
                typer.echo(line)
        except LexiconError:
            typer.echo("no counts: first mend what cannot be read", err=True)
    typer.echo(f"{len(problems)} problems in {len(texts)} files" if problems else f"{len(texts)} files are well", err=True)
    raise typer.Exit(EXIT_FAILED if problems else 0)


@app.command("compile")
def compile_now(folder: Folder = None) -> None:
    """Compile the lexicons and keep them (WIREWATCH_CACHE_DIR), so that no worker needs to at its start."""
    settings = _settings()
    place = _folder(folder, settings)
    try:
        lexicon_files.load(place, databases=settings.cache_dir).warm()
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"{place}: {error}")
    except LexiconError as error:
        _fail(f"{place} cannot be used:\n{error}", EXIT_FAILED)


@app.command("test")
def try_out(
    folder: Folder = None,
    case_dir: Annotated[
        Path, typer.Option("--cases", metavar="DIR", help="A folder of cases (.json), as docs/lexicons.md tells.")
    ] = Path("tests/cases"),
) -> None:
    """Judge the cases with the lexicons of a folder; print what comes out otherwise. Exit 1 when anything does."""
    settings = _settings()
    try:
        found = cases.read(case_dir)
    except cases.CaseError as error:
        _fail(f"{error}; --cases DIR names another folder")
    judge = _assessor(folder, settings)
    failed = known = 0
    for file, case in found:
        told = cases.differences(case, judge.assess(cases.article(case)))
        if "xfail" in case:
            known += bool(told)
            told = [] if told else ["passes now: take its xfail out"]
        failed += bool(told)
        for line in told:
            typer.echo(f"{file}: {case['id']}: {line}")
    passed = len(found) - failed - known
    typer.echo(f"{passed} of {len(found)} cases pass, {failed} fail, {known} are known failures", err=True)
    raise typer.Exit(EXIT_FAILED if failed else 0)


def _alerts(found: Assessment) -> set[str]:
    """What an article makes alerts of, in words."""
    told = {f"{s.body.value} {s.kind.value} {s.status.value}" for s in found.sessions if s.current}
    return told | {"escalation"} if found.escalation.value is Reported.REPORT else told


def _rules(found: Assessment) -> list[str]:
    return sorted({hit.rule for hit in found.escalation.hits})


def _change(uri: str, title: str, old: Assessment, new: Assessment) -> dict[str, Any]:
    before, after = _alerts(old), _alerts(new)
    return {
        "id": uri,
        "title": title,
        "gained": sorted(after - before),
        "lost": sorted(before - after),
        "old": {"escalation": old.escalation.value, "score": old.escalation.score, "rules": _rules(old)},
        "new": {"escalation": new.escalation.value, "score": new.escalation.score, "rules": _rules(new)},
    }


def _line(change: dict[str, Any]) -> str:
    old, new = change["old"], change["new"]
    signs = [f"+{name}" for name in change["gained"]] + [f"-{name}" for name in change["lost"]]
    rules = [f"+{rule}" for rule in new["rules"] if rule not in old["rules"]]
    rules += [f"-{rule}" for rule in old["rules"] if rule not in new["rules"]]
    judged = f"{old['escalation']} {old['score']} -> {new['escalation']} {new['score']}"
    told = " ".join(rules or new["rules"]) or "none"
    return f"{', '.join(signs)}  {change['id']}  {change['title']}\n    {judged}; rules: {told}"


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A folder of lexicons, or `bundled`.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another.")],
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Articles, as `check` reads them; - for JSONL on stdin.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Judge articles with two folders of lexicons; print which gain and which lose alerts, and by which rules."""
    from streams.ingest.files import read  # noqa: PLC0415 - lxml is loaded only where it is used
    from streams.ingest.item import Unreadable  # noqa: PLC0415 - as above

    settings = _settings()
    judges = _assessor(old, settings), _assessor(new, settings)
    counts = Counter({"articles": 0, "gained": 0, "lost": 0, "unreadable": 0})
    changes: list[dict[str, Any]] = []
    for item in read(paths, note=lambda words: typer.echo(words, err=True)):
        if isinstance(item, Unreadable):
            typer.echo(item, err=True)
            counts["unreadable"] += 1
            continue
        title = item.article.headline.text if item.article.headline else ""
        change = _change(item.article.uri, title, *(judge.assess(item.article) for judge in judges))
        counts["articles"] += 1
        counts["gained"] += bool(change["gained"])
        counts["lost"] += bool(change["lost"])
        if change["gained"] or change["lost"]:
            changes.append(change)
            if not as_json:
                typer.echo(_line(change))
    if as_json:
        versions = {"old": judges[0].lexicon, "new": judges[1].lexicon}
        sys.stdout.buffer.write(to_json({"lexicons": versions, "counts": dict(counts), "changes": changes}) + b"\n")
        sys.stdout.buffer.flush()
    else:
        told = f"{counts['articles']} articles: {counts['gained']} gain, {counts['lost']} lose alerts"
        typer.echo(f"{told} ({judges[0].lexicon} -> {judges[1].lexicon})", err=True)
    raise typer.Exit(EXIT_FAILED if counts["unreadable"] else 0)

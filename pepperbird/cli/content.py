"""`pepperbird content`: lint, test, show, sign and extend what is judged. `new` and `sign` write one file each."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path

import click

from pepperbird.bundle.find import find_content
from pepperbird.cli.agency import SITE
from pepperbird.cli.signing import key_options
from pepperbird.errors import ContentError
from pepperbird.model.catalog import Catalog
from pepperbird.scan.clock import now

KINDS = ("agency", "attestation", "baseline", "check", "collector", "list", "policy", "site", "waiver")

_content = click.option(
    "--content",
    "content_path",
    type=click.Path(path_type=Path),
    help="The folder that holds the five content folders.  [default: those that pepperbird came with]",
)


@click.group(short_help="Lint, test, show, sign and extend policies and checks.")
def content() -> None:
    """Look into the standards and how they are found out, and extend them."""


@content.command()
@_content
@click.option("--overlay", "overlays", multiple=True, type=click.Path(path_type=Path), help="A site's own baseline.")
def lint(content_path: Path | None, overlays: tuple[Path, ...]) -> None:
    """Read all content and say everything that is wrong with it, each as file:line:column."""
    from pepperbird.bundle.counts import count

    catalog = _linted(find_content(content_path), overlays)
    counted = count(catalog)
    click.echo(f"{counted.controls} controls in {counted.policies} policies, {counted.baselines} baselines")
    click.echo(
        f"{counted.catalogue} clauses of the catalogue and {counted.later} later ones:"
        f" {counted.built} built, {counted.document} by document, {counted.pending} pending"
    )
    click.echo(f"{counted.checks} checks with {counted.examples} examples, {counted.lists} lists")
    click.echo(f"{counted.collectors} collectors with {counted.probes} probes")
    for baseline in catalog.baselines.values():
        if baseline.loosened:
            click.echo(f"the overlay {baseline.id} loosens {', '.join(baseline.loosened)}")
    click.echo(f"content digest {catalog.digest}")


@content.command()
@_content
def test(content_path: Path | None) -> int:
    """Run the examples of every check. Exit status 1 where one does not hold, or where there are none."""
    from pepperbird.evaluate.examples import run_examples
    from pepperbird.model.text import clean

    catalog = _read(content_path)
    results = run_examples(catalog)
    failed = [result for result in results if not result.passed]
    for result in failed:
        click.echo(f"{result.check}: {clean(result.name)}: {clean(result.detail, 2000)}", err=True)
    held = f"{len(results) - len(failed)} of {len(results)} examples of {len(catalog.checks)} checks hold"
    click.echo(held if results else "no examples: nothing is proved")
    return 1 if failed or not results else 0


@content.command()
@click.argument("name", metavar="ID")
@_content
def show(name: str, content_path: Path | None) -> None:
    """Show a control, check or collector by its ID, and where it is used."""
    from pepperbird.cli.content_show import describe

    for line in describe(_read(content_path), name):
        click.echo(line)


@content.command()
@click.argument("kind", required=False, type=click.Choice(KINDS))
def schema(kind: str | None) -> None:
    """Print the JSON Schema of one KIND of file, or of all by kind."""
    from pepperbird.bundle.schemas import schema_of

    value = schema_of(kind) if kind is not None else {one: schema_of(one) for one in KINDS}
    click.echo(json.dumps(value, indent=2))


@content.command()
@_content
@key_options()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to; else beside the folders.")
@SITE
def sign(content_path: Path | None, key: str, passphrase: str | None, output: Path | None, site: Path | None) -> None:
    """Sign every file of the content with a key that may sign `content`: writes content.signed.json."""
    from pepperbird.cli.content_sign import sign as carry_out

    click.echo(carry_out(find_content(content_path), site, key, passphrase, output, now()))


@content.command()
@_content
@click.option("--signature", type=click.Path(path_type=Path, dir_okay=False), help="The signature's file.")
@SITE
def verify(content_path: Path | None, signature: Path | None, site: Path | None) -> int:
    """Hold the content against its signature: who signed, and every file that is not as it was signed."""
    from pepperbird.cli.content_sign import verify as carry_out

    return carry_out(find_content(content_path), site, signature, now())


@content.command()
@click.argument("name", metavar="AREA.NAME")
@click.option("--control", required=True, metavar="ID", help="The control whose clause uses the check.")
@click.option("--kind", required=True, help="The kind of asset it judges, such as linux-server.")
@_content
def new(name: str, control: str, kind: str, content_path: Path | None) -> None:
    """Write a new check to be filled in, and print the policy line that uses it."""
    from pepperbird.cli.content_new import scaffold

    path, line, policy = scaffold(find_content(content_path), name, control, kind)
    click.echo(f"wrote {path}; fill in every TODO", err=True)
    click.echo(f"add this line to the clauses of {control} in {policy}:", err=True)
    click.echo(line)


def _linted(root: Path, overlays: tuple[Path, ...]) -> Catalog:
    """The catalog, held also to what only the code knows and to how fixes are written. Raises ContentError."""
    from pepperbird.bundle.fixes import fix_issues
    from pepperbird.bundle.powershell import powershell_issues
    from pepperbird.bundle.read import read_bundle
    from pepperbird.bundle.sources import read_sources
    from pepperbird.observe.registry import DERIVED, PARSERS

    issues = [*fix_issues(root), *powershell_issues(root)]
    for part in read_sources(root).collectors.values():
        named = [(("probes", name, "parser"), one.parser, PARSERS) for name, one in part.value.probes.items()]
        named += [(("derived", name, "parser"), one.parser, DERIVED) for name, one in part.value.derived.items()]
        for path, parser, known in named:
            if parser not in known and part.document.at(path) is not None:
                near = ", ".join(get_close_matches(parser, known, 3)) or ", ".join(known)
                issues.append(part.document.issue(path, f"parser: there is no {parser!r}; there is {near}"))
    try:
        catalog = read_bundle(root, overlays)
    except ContentError as error:
        raise ContentError([*error.issues, *issues]) from None
    if issues:
        raise ContentError(issues)
    return catalog


def _read(content_path: Path | None, overlays: tuple[Path, ...] = ()) -> Catalog:
    from pepperbird.bundle.read import read_bundle

    return read_bundle(find_content(content_path), overlays)

"""PowerShell in the content: what ships is on its lists; whatever could do more than read is refused, at its place."""

from __future__ import annotations

import builtins
import shutil
from pathlib import Path
from typing import Any

import pytest

from pepperbird.bundle.powershell import powershell_issues
from pepperbird.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
STOP = "  $ErrorActionPreference = 'Stop'\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for part in ("powershell.yaml", "program", "windows/collector.yaml", "windows/probe.ps1"):
        source, target = ROOT / "collectors" / part, tmp_path / "collectors" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    return tmp_path


def test_what_ships_has_no_fault() -> None:
    assert powershell_issues(ROOT) == ()


def test_content_without_powershell_needs_no_grammar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_the_grammar(monkeypatch)
    (tmp_path / "collectors").mkdir()
    assert powershell_issues(tmp_path) == ()


def hide_the_grammar(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("tree_sitter"):
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)


@pytest.mark.slow
def test_without_the_grammar_lint_fails_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hide_the_grammar(monkeypatch)
    with pytest.raises(SystemExit) as left:
        main(["content", "lint", "--content", str(ROOT)])
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert "collectors/windows/probe.ps1" in said
    assert "pip install 'pepperbird[windows]'" in said


def told(root: Path, line: str) -> list[str]:
    """What is said of a probe that has `line` in it."""
    path = root / "collectors" / "windows" / "probe.ps1"
    text = path.read_text()
    path.write_text(text.replace(STOP, f"{STOP}  {line}\n", 1))
    return [f"{issue.file}:{issue.line}: {issue.message}" for issue in powershell_issues(root)]


@pytest.mark.parametrize(
    "line",
    [
        "Remove-Item C:\\data", "Set-SmbServerConfiguration -EncryptData $false", "New-Item x", "Invoke-Expression 'x'",
        "iex 'x'", "& $name", "& 'C:\\x.exe'", ". .\\x.ps1", ".\\x.ps1", "C:\\x.exe", "cmd.exe /c del x", "ls",
        "% { 1 }",
        "w32tm.exe /config /update", "w32tm.exe /query /status /verbose /computer:other", "w32tm.exe $args",
        "Get-CimInstance -ClassName Win32_Volume -ComputerName other", "Get-Item -Path C:\\x", "Get-Volume -Verbose",
        "Get-CimInstance -Comp other", "Get-Volume | Remove-Item", "$x = \"$(Remove-Item x)\"", "Get-Volume > x.txt",
        "Get-Volume 2>&1", "Get-Volume | Out-File x", "$x.IsReadOnly = $false", "$env:PATH = 'x'", "$script:x = 1",
        "$global:x = 1", "$x = ${C:\\secret.txt}", "$x = $env:USERNAME", "${function:Get-Volume} = { 1 }",
        "$x = (Get-Item -LiteralPath y).Delete()", "[System.IO.File]::Delete('x')", "[scriptblock]::Create('x')",
        "$x = [wmi]'x'", "[System.Diagnostics.Process]::Start('x')", "$x.Invoke()", "$x.$y()",
        "$x = New-Object Net.WebClient",
        "function other { 1 }", "switch ($x) { 1 { 2 } }", "while ($true) { }", "do { 1 } while ($x)", "trap { 1 }",
        "$x = @'\nx\n'@", "Get-Volume --% x", "class A { }", "using module x", "data { 1 }", "for (;;) { }", "$x++",
        "Get-Volume @args", "workflow a { 1 }", "Start-Job -ScriptBlock { 1 }", "exit 1 |", "if ($x {", "'é'",
        "throw 'x' |",
        "configuration a { }", "Get-Volume; Format-Volume -DriveLetter D", "Get-Volume & Remove-Item x",
    ],
)  # fmt: skip
def test_whatever_could_do_more_than_read_is_refused_where_it_stands(root: Path, line: str) -> None:
    assert powershell_issues(root) == ()
    found = told(root, line)
    assert found
    assert all(one.startswith("collectors/windows/probe.ps1:") for one in found)


def test_a_plain_line_that_only_reads_is_fine(root: Path) -> None:
    assert told(root, "$x = @(Get-CimInstance -ClassName Win32_Volume -Filter 'a=1')") == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text + "\nGet-Volume\n", "functions only"),
        (lambda text: text + "\n$x = 1\n", "functions only"),
        (lambda text: text.replace(STOP, "", 1), "first line"),
        (lambda text: text.replace(STOP, "  $ErrorActionPreference = 'Continue'\n", 1), "first line"),
        (lambda text: text.replace("function windows_smb", "function windows_smbs"), "without a function"),
        (lambda text: text.replace("\n", "\r\n"), "ASCII"),
        (lambda text: "# é\n" + text, "ASCII"),
    ],
)  # fmt: skip
def test_a_file_of_questions_is_functions_that_stop_at_the_first_error(root: Path, change: Any, why: str) -> None:
    path = root / "collectors" / "windows" / "probe.ps1"
    path.write_bytes(change(path.read_text()).encode())
    assert any(why in issue.message for issue in powershell_issues(root))


@pytest.mark.parametrize(
    "line",
    [
        "Remove-Item x",
        "New-Object Net.WebClient",
        "[System.IO.File]::Delete('x')",
        "Start-Job -FilePath x",
        "$env:X = 1",
    ],
)
def test_the_program_itself_is_held_to_its_own_lists(root: Path, line: str) -> None:
    path = root / "collectors" / "program" / "head.ps1"
    path.write_text(path.read_text() + line + "\n")
    assert [issue.file for issue in powershell_issues(root)] == ["collectors/program/head.ps1"]


def test_without_the_list_nothing_is_allowed(root: Path) -> None:
    (root / "collectors" / "powershell.yaml").unlink()
    assert [issue.file for issue in powershell_issues(root)] == ["collectors/powershell.yaml"]

"""Running sshd daemons: what each was started with, whether its files are what it read, and what holds for whom.

A row never takes a file's word for the daemon's: where a file changed after the daemon had read it, where another file
is used than may be read, or where not all processes can be seen, there is no row at all but the reason why.
"""

from __future__ import annotations

from typing import Any, Final

from pepperbird.model.gap import GapReason
from pepperbird.observe.parsers.sshd_config import ALGORITHMS, Config, Rules, normal
from pepperbird.observe.text import number, time_of, unknown, unseen, whole

TICKS: Final = 100
_KEY_METHODS: Final = {"publickey", "hostbased", "gssapi-with-mic"}
_OFFERS: Final = dict(zip(("kex_algorithms", "host_key_algorithms", "ciphers", "macs"), ALGORITHMS, strict=True))
_REREAD: Final = "systemctl reload ssh (on Red Hat and its kin: systemctl reload sshd)"


def daemons(output: bytes) -> dict[str, Any]:
    """`running` and the rows of `settings` and `offers`. Unseen where what runs can't be told from here."""
    told, configs = _read(whole(output))
    if told.get("sees") != ["all"]:
        raise unseen(
            GapReason.DENIED, "The processes of other users are hidden from the scanning account (hidepid).",
            "mount /proc with gid= of a group that the scanning account is in, or without hidepid",
        )  # fmt: skip
    _refuse_other(told)
    processes = [_process(line) for line in told.get("process", [])]
    daemons: list[tuple[int, str, dict[str, str], Config]] = []
    for pid, start, words in processes:
        path, options = _options(words)
        config = configs.get(path)
        if config is None:
            raise ValueError("a daemon whose configuration was not told")
        _refuse_unread(config)
        daemons.append((_loaded_at(pid, start, told), " ".join(words), options, config))
    rows: list[dict[str, Any]] = []
    offers: dict[str, dict[str, Any]] = {}
    for loaded, command, options, config in daemons:
        _refuse_changed(config, loaded)
        before = f"{command}: " if len(processes) > 1 else ""
        rows += [_row(before + rules.context, command, rules) for rules in config.rules(options)]
        offers[command] = {name: config.algorithms(keyword, options) for name, keyword in _OFFERS.items()}
    told_offers = [{"daemon": command, **some} for command, some in offers.items()]
    return {"running": bool(processes), "settings": _unique(rows), "offers": told_offers}


def _read(lines: list[str]) -> tuple[dict[str, list[str]], dict[str, Config]]:
    told: dict[str, list[str]] = {}
    configs: dict[str, Config] = {}
    config: Config | None = None
    for line in lines:
        key, _, value = line.partition(" ")
        if key == "config":
            config = configs.setdefault(value, Config(value))
        elif config is not None:
            config.tell(key, value)
        elif key in ("sees", "boot", "process", "pidfile", "other", "foreign"):
            told.setdefault(key, []).append(value)
        else:
            raise unknown(line)
    return told, configs


def _refuse_other(told: dict[str, list[str]]) -> None:
    """SSH that is served by something else than an sshd that listens is not "no SSH"."""
    if "foreign" in told:
        raise unseen(GapReason.UNSUPPORTED, f"Another SSH server than OpenSSH runs here: {told['foreign'][0]}.",
                     "use OpenSSH, or ask for a waiver")  # fmt: skip
    if "other" in told:
        raise unseen(
            GapReason.UNSUPPORTED,
            f"SSH is served here, but no sshd listens by itself ({told['other'][0]}); it starts on demand.",
            "let the daemon listen: systemctl disable --now ssh.socket; systemctl enable --now ssh.service",
        )


def _process(line: str) -> tuple[int, int, list[str]]:
    pid, start, *words = line.split()
    if not words:
        raise unknown(line)
    return number(pid), number(start), words


def _options(words: list[str]) -> tuple[str, dict[str, str]]:
    """The configuration file of a command line and its `-o` settings, of which the first of a name holds."""
    path = "/etc/ssh/sshd_config"
    options: dict[str, str] = {}
    rest = words[1:]
    while rest:
        word = rest.pop(0)
        if word.startswith("-f"):
            path = word[2:] or (rest.pop(0) if rest else "")
        elif word.startswith("-o"):
            text = word[2:] or (rest.pop(0) if rest else "")
            name, equals, value = text.partition("=")
            if not equals:
                value = rest.pop(0) if rest else ""
            options.setdefault(name.lower(), value)
    return path, options


def _refuse_unread(config: Config) -> None:
    if config.effective == "denied":
        raise unseen(
            GapReason.DENIED,
            f"The daemon was started with -f {config.path}, and sudo can't allow a path that varies.",
            "start sshd with /etc/ssh/sshd_config, or let the scan log in as root",
        )
    if config.denied:
        raise unseen(
            GapReason.DENIED, f"The scanning account can't read {config.denied[0]}, which sshd includes.",
            "make it readable for everyone: it holds no secrets",
        )  # fmt: skip
    if config.effective != "yes":
        raise unseen(GapReason.UNSUPPORTED, "sshd does not print its settings (sshd -T fails).", "sshd -t")


def _loaded_at(pid: int, start: int, told: dict[str, list[str]]) -> int:
    """When the daemon last read its files: its start, or its pid file, which it writes anew at each reload."""
    at = number(told["boot"][0]) + start // TICKS + 1
    for line in told.get("pidfile", []):
        written, _, owner = line.partition(" ")
        if owner.strip() == str(pid):
            at = max(at, number(written))
    return at


def _refuse_changed(config: Config, loaded: int) -> None:
    changed = next((path for path, at in config.changed_at() if at > loaded), None) or next(iter(config.changed), None)
    if changed is not None:
        raise unseen(
            GapReason.UNSUPPORTED,
            f"{changed} was changed after the daemon had read it at {time_of(loaded)}: what runs is not what it says.",
            _REREAD,
        )


def _row(context: str, command: str, rules: Rules) -> dict[str, Any]:
    methods = rules.get("authenticationmethods")
    lists = methods.split() if isinstance(methods, str) else []
    root = rules.get("permitrootlogin")
    return {
        "context": context[:300],
        "daemon": command,
        "permit_root_login": normal(root) if isinstance(root, str) else root,
        "password_authentication": rules.truth("passwordauthentication"),
        "kbd_interactive_authentication": rules.truth("kbdinteractiveauthentication"),
        "permit_empty_passwords": rules.truth("permitemptypasswords"),
        "pubkey_authentication": rules.truth("pubkeyauthentication"),
        "authentication_methods": lists if isinstance(methods, str) else methods,
        "key_required": _key_required(lists) if isinstance(methods, str) else methods,
    }


def _key_required(lists: list[str]) -> bool:
    """Whether each list of methods has one that wants a key."""
    return bool(lists) and all({m.partition(":")[0] for m in one.split(",")} & _KEY_METHODS for one in lists)


def _unique(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    for row in rows:
        context = row["context"]
        seen[context] = seen.get(context, 0) + 1
        if seen[context] > 1:
            row["context"] = f"{context} ({seen[context]})"
    return rows

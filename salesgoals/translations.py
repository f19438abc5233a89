"""The catalogues of translated texts: gathered from code and templates, checked, compiled; no GNU gettext."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from django.utils.translation import templatize, to_locale

SKIPPED = {"tests", "migrations", "node_modules", "__pycache__"}
KEYWORDS = {
    name + lazy: spec
    for name, spec in {
        "gettext": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }.items()
    for lazy in ("", "_lazy")
} | {"_": None, "gettext_noop": None}
_PLACEHOLDER = re.compile(r"%\([a-z_]+\)[a-z]|%[sd]|\{[a-z_]*(?:![rs])?(?::[^{}]*)?\}", re.IGNORECASE)

Key = tuple[str, str]


@dataclass
class Message:
    """A text to translate, its plural ("" without) and the files it stands in."""

    plural: str = ""
    files: set[str] = field(default_factory=set)
    comments: set[str] = field(default_factory=set)


def messages_in(root: Path, folders: list[str]) -> dict[Key, Message]:
    """Return every marked text below ``folders`` of ``root`` by (context, text)."""
    found: dict[Key, Message] = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            if path.suffix not in {".py", ".html", ".txt"} or SKIPPED.intersection(parts):
                continue
            if path.suffix != ".py" and "templates" not in parts:
                continue
            for key, plural, comments in _texts_of(path):
                message = found.setdefault(key, Message())
                message.plural = message.plural or plural
                message.files.add("/".join(parts))
                message.comments.update(comments)
    return found


def _texts_of(path: Path) -> Iterator[tuple[Key, str, list[str]]]:
    from babel.messages.extract import extract  # a tool of development: the running site does without

    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # In brackets, because the tokenizer would stumble over a template's indentation.
        source = f"(\n{templatize(source, origin=str(path))}\n)"
    file = io.BytesIO(source.encode())
    options = {"encoding": "utf-8"}
    for _line, texts, comments, context in extract("python", file, KEYWORDS, ["Translators:"], options):
        text, plural = (texts[0], texts[1]) if isinstance(texts, tuple) else (texts, "")
        if text:
            yield (context or "", text), plural or "", comments


def catalogue_path(locale_dir: Path, language: str) -> Path:
    """Return where the catalogue of a language code like "zh-hans" lies."""
    return locale_dir / to_locale(language) / "LC_MESSAGES" / "django.po"


def update(path: Path, messages: dict[Key, Message], *, plural_forms: str) -> None:
    """Write the catalogue anew: kept translations, new texts empty, texts that are gone left out."""
    old = polib.pofile(str(path)) if path.exists() else []
    known = {(entry.msgctxt or "", entry.msgid): entry for entry in old if not entry.obsolete}
    catalogue = polib.POFile(wrapwidth=100)
    catalogue.metadata = {
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plural_forms,
    }
    for (context, text), message in sorted(messages.items(), key=lambda item: (min(item[1].files), item[0])):
        catalogue.append(_entry(context, text, message, known.get((context, text))))
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))


def _entry(context: str, text: str, message: Message, known: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(msgid=text, msgctxt=context or None, comment="\n".join(sorted(message.comments)))
    entry.occurrences = [(file, "") for file in sorted(message.files)]  # no line numbers: quiet diffs
    if message.plural:
        entry.msgid_plural = message.plural
        entry.msgstr_plural = dict(known.msgstr_plural) if known and known.msgid_plural else {0: ""}
    elif known:
        entry.msgstr = known.msgstr
    if "%(" in text or "%s" in text or "%d" in text:
        entry.flags.append("python-format")
    if known and known.fuzzy:
        entry.flags.append("fuzzy")
    return entry


def faults(path: Path, messages: dict[Key, Message]) -> list[str]:
    """Return what is wrong with a catalogue: missing, untranslated, fuzzy, gone, other placeholders."""
    if not path.exists():
        return [f"there is no {path.name} for {path.parent.parent.name}"]
    found: list[str] = []
    entries = list(polib.pofile(str(path)))
    known = {(entry.msgctxt or "", entry.msgid) for entry in entries if not entry.obsolete}
    found += [
        f"missing: {text!r} ({min(messages[c, text].files)})" for c, text in sorted(messages.keys() - known)
    ]
    for entry in entries:
        if entry.obsolete or (entry.msgctxt or "", entry.msgid) not in messages:
            found.append(f"no longer used: {entry.msgid!r}")
        elif entry.fuzzy:
            found.append(f"fuzzy: {entry.msgid!r}")
        elif not entry.translated():
            found.append(f"untranslated: {entry.msgid!r}")
        else:
            found += _placeholder_faults(entry)
    return found


def _placeholder_faults(entry: polib.POEntry) -> Iterator[str]:
    wanted = Counter(_PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    for translation in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
        if Counter(_PLACEHOLDER.findall(translation)) != wanted:
            yield f"other placeholders: {entry.msgid!r} / {translation!r}"


def compile_all(locale_dir: Path) -> list[Path]:
    """Compile every .po below ``locale_dir`` to the .mo beside it; return what was written."""
    written = []
    for path in sorted(locale_dir.rglob("*.po")):
        target = path.with_suffix(".mo")
        polib.pofile(str(path)).save_as_mofile(str(target))
        written.append(target)
    return written

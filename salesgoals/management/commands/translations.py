"""``manage.py translations --extract | --check | --compile``."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesgoals import translations

# How many plural forms a language has; zh-hans has one.
PLURAL_FORMS = {"zh-hans": "nplurals=1; plural=0;"}


class Command(BaseCommand):
    """Gather, check or compile the translated texts."""

    help = "Keep locale/: gather texts from code and templates, check that all are translated, compile."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--extract", action="store_true", help="write new texts into the catalogues")
        what.add_argument("--check", action="store_true", help="fail unless every text is translated")
        what.add_argument("--compile", action="store_true", help="make the .mo files")

    def handle(self, *args: Any, **options: Any) -> None:
        locale_dir = settings.LOCALE_PATHS[0]
        if options["compile"]:
            for path in translations.compile_all(locale_dir):
                self.stdout.write(str(path.relative_to(settings.BASE_DIR)))
            return
        folders = ["salesgoals", "common", *settings.ROOMS, "templates"]
        messages = translations.messages_in(settings.BASE_DIR, folders)
        faults = []
        for language, plural_forms in PLURAL_FORMS.items():
            path = translations.catalogue_path(locale_dir, language)
            if options["extract"]:
                translations.update(path, messages, plural_forms=plural_forms)
                self.stdout.write(f"{language}: {len(messages)} texts")
            else:
                faults += [f"{language}: {fault}" for fault in translations.faults(path, messages)]
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} faults in the translations")

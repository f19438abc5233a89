"""Reading CSV files as rows of text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from common.errors import Invalid, gettext_noop


def csv_rows(path: Path, columns: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """The rows of a CSV file in UTF-8, cells trimmed; raises Invalid for what can't be read as such."""
    csv.field_size_limit(1_000_000)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                message = gettext_noop("%(file)s lacks the columns: %(columns)s.")
                raise Invalid(message, params={"file": path.name, "columns": ", ".join(missing)})
            for row in reader:
                if None in row:
                    message = gettext_noop("%(file)s, line %(line)s has more cells than columns.")
                    raise Invalid(message, params={"file": path.name, "line": reader.line_num})
                yield {name: (cell or "").strip() for name, cell in row.items()}
    except (UnicodeDecodeError, csv.Error) as error:
        message = gettext_noop("%(file)s can't be read as CSV in UTF-8: %(error)s")
        raise Invalid(message, params={"file": path.name, "error": str(error)}) from error
    except OSError as error:
        message = gettext_noop("%(file)s can't be opened: %(error)s")
        raise Invalid(message, params={"file": path.name, "error": error.strerror or str(error)}) from error

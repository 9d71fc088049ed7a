"""Lists of one-time passwords as files."""

import io
from collections.abc import Sequence

import pandas as pd
from django.utils.translation import gettext as _

from lms.core.tables import UTF8, Column, Table, write_csv, write_xlsx
from lms.people.domain.passwords import IssuedPassword


def password_file(issued: Sequence[IssuedPassword], units: dict[int, str], *, kind: str) -> bytes:
    """CSV in UTF-8 with a BOM, so that no name loses a character, or a workbook."""
    frame = pd.DataFrame(
        [
            (
                units.get(one.person.pk, ""),
                one.person.employee_number,
                one.person.name,
                one.password,
            )
            for one in issued
        ],
        columns=["unit", "number", "name", "password"],
    )
    columns = (
        Column(_("unit"), "unit"),
        Column(_("employee number"), "number"),
        Column(_("name"), "name"),
        Column(_("initial password"), "password"),
    )
    content = io.BytesIO()
    if kind == "csv":
        write_csv(Table(frame, columns), content, encoding=UTF8)
    else:
        write_xlsx(Table(frame, columns), content, sheet=_("initial password"))
    return content.getvalue()

"""Make the company, the root of the unit tree and the placeholders that stand for "nobody" and "nowhere"."""

import datetime as dt

from django.db import migrations

BEGINNING, FOREVER = dt.date(1, 1, 1), dt.date(9999, 12, 31)


def make_first_rows(apps, schema_editor):
    Company = apps.get_model("org", "Company")
    Unit = apps.get_model("org", "Unit")
    UnitClosure = apps.get_model("org", "UnitClosure")
    Person = apps.get_model("org", "Person")
    CreditInterval = apps.get_model("org", "CreditInterval")
    Company.objects.create(pk=1, name="My company")
    root = Unit.objects.create(external_id="company", name="My company", kind="company")
    nowhere = Unit.objects.create(
        external_id="no-team", name="No team", parent=root, position=9999, is_placeholder=True
    )
    UnitClosure.objects.create(ancestor=root, descendant=root, depth=0)
    UnitClosure.objects.create(ancestor=nowhere, descendant=nowhere, depth=0)
    UnitClosure.objects.create(ancestor=root, descendant=nowhere, depth=1)
    nobody = Person.objects.create(
        external_id="no-owner", employee_number="–", name="No owner", is_placeholder=True
    )
    CreditInterval.objects.create(person=nobody, unit=nowhere, starts_on=BEGINNING, ends_on=FOREVER)


class Migration(migrations.Migration):
    dependencies = [("org", "0002_changed_credit")]

    operations = [migrations.RunPython(make_first_rows, migrations.RunPython.noop)]

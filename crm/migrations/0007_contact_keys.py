"""Customers known before have the keys of their names too, so that one met twice is known again."""

from itertools import islice

from django.db import migrations

from crm.calc.keys import name_key

_AT_ONCE = 2000


def make_keys(apps, schema_editor):
    Account = apps.get_model("crm", "Account")
    Lead = apps.get_model("crm", "Lead")
    for model, names in ((Account, ("name",)), (Lead, ("company_name", "name"))):
        rows = model.objects.filter(name_key="").only("pk", "name_key", *names).order_by("pk")
        every = rows.iterator(chunk_size=_AT_ONCE)
        while some := list(islice(every, _AT_ONCE)):
            for row in some:
                row.name_key = name_key(next((text for name in names if (text := getattr(row, name))), ""))
            model.objects.bulk_update(some, ["name_key"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("crm", "0006_contact_fields")]

    operations = [migrations.RunPython(make_keys, migrations.RunPython.noop, elidable=True)]

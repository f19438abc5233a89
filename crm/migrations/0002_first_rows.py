"""Make the default stages, the customer types, and the placeholder of each dimension."""

from django.db import migrations

STAGES = (
    ("prospecting", "Prospecting", "open"),
    ("engaging", "Engaging", "open"),
    ("qualified", "Qualified", "open"),
    ("proposal", "Proposal", "open"),
    ("negotiation", "Negotiation", "open"),
    ("won", "Won", "won"),
    ("lost", "Lost", "lost"),
)
CUSTOMER_TYPES = (
    ("KA", "Key account"),
    ("dealer", "Dealer"),
    ("SMB", "Small and medium business"),
    ("consumer", "Consumer"),
)


def make_first_rows(apps, schema_editor):
    Stage = apps.get_model("crm", "Stage")
    Segment = apps.get_model("crm", "Segment")
    for position, (code, name, outcome) in enumerate(STAGES):
        Stage.objects.create(code=code, name=name, position=position, outcome=outcome)
    for position, (code, name) in enumerate(CUSTOMER_TYPES):
        Segment.objects.create(kind="customer_type", code=code, name=name, position=position)
    for kind in ("product_line", "region", "customer_type"):
        Segment.objects.create(kind=kind, code="-", name="Unspecified", position=9999, is_placeholder=True)


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial")]

    operations = [migrations.RunPython(make_first_rows, migrations.RunPython.noop)]
